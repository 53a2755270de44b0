/** Poly1305 (RFC 8439, 2.5) with the interface of ssh2's WebAssembly, which a Worker does not compile. */
export const POLY1305 = `
module.exports = async () => {
  const HEAPU8 = new Uint8Array(16);
  const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const prime = (1n << 130n) - 5n;
  function authenticate(_, head, headLength, body, bodyLength, key) {
    const message = Buffer.concat([head.subarray(0, headLength), body.subarray(0, bodyLength)]);
    const r = number(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
    let sum = 0n;
    for (let at = 0; at < message.length; at += 16) {
      const block = message.subarray(at, at + 16);
      sum = ((sum + number(block) + (1n << BigInt(8 * block.length))) * r) % prime;
    }
    let tag = sum + number(key.subarray(16, 32));
    for (let at = 0; at < 16; at++, tag >>= 8n) HEAPU8[at] = Number(tag & 255n);
  }
  return { HEAPU8, _malloc: () => 0, cwrap: () => authenticate };
};
`;
