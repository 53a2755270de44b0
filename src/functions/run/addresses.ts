/**
 * Which hosts a function must not reach: its own machine, private networks, and the services that
 * hand out a machine's credentials. A hostname is refused by how it is spelled. What a public name
 * resolves to is not looked up: in production a Worker's way out leads to the public internet alone.
 */

/** Names that stand for this machine or for a network's inside (RFC 6761, 6762, 8375, 9476). */
const INTERNAL_NAME =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion|test)$/;

/** Blocks of the IANA registry of special-purpose IPv4 addresses, and multicast. */
const SPECIAL_V4 = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier NAT; 100.100.100.200 serves metadata
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local; 169.254.169.254 serves metadata
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments; 192.0.0.192 serves metadata
  "192.0.2.0/24", // documentation
  "192.31.196.0/24", // AS112
  "192.52.193.0/24", // AMT
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "192.175.48.0/24", // AS112
  "198.18.0.0/15", // benchmarking
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
].map(block(parseV4));

/** Blocks of the IANA registry of special-purpose IPv6 addresses, and what else is not unicast. */
const SPECIAL_V6 = [
  "::/96", // unspecified, loopback, IPv4-compatible
  "::ffff:0:0/96", // IPv4-mapped
  "::ffff:0:0:0/96", // IPv4-translated
  "64:ff9b::/96", // NAT64
  "64:ff9b:1::/48", // NAT64, local
  "100::/64", // discard
  "100:0:0:1::/64", // dummy
  "2001::/23", // protocol assignments: Teredo, ORCHID, benchmarking
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "2620:4f:8000::/48", // AS112
  "3fff::/20", // documentation
  "5f00::/16", // segment routing
  "fc00::/7", // unique local; fd00:ec2::254 serves metadata
  "fe80::/10", // link-local
  "fec0::/10", // site-local
  "ff00::/8", // multicast
].map(block(parseV6));

/** Whether `hostname`, as a URL gives it (canonical, IPv6 in brackets), is not the public internet. */
export function isInternalHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.+$/, "");
  if (name.startsWith("[")) return within(SPECIAL_V6, parseV6(name.slice(1, -1)), 128);
  const v4 = parseV4(name);
  if (v4 !== null) return within(SPECIAL_V4, v4, 32);
  // A name of one label is looked up in the machine's own domain.
  return !name.includes(".") || INTERNAL_NAME.test(name);
}

type Block = { network: bigint; bits: number };

function block(parse: (address: string) => bigint | null) {
  return (text: string): Block => {
    const [network = "", bits] = text.split("/");
    return { network: parse(network) as bigint, bits: Number(bits) };
  };
}

function within(blocks: Block[], address: bigint, length: number): boolean {
  return blocks.some(({ network, bits }) => {
    const shift = BigInt(length - bits);
    return address >> shift === network >> shift;
  });
}

/** URL parsers have already turned hexadecimal, octal and short spellings into four decimals. */
function parseV4(text: string): bigint | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null;
  return text.split(".").reduce((address, part) => address * 256n + BigInt(part), 0n);
}

/** Of a canonical address, in eight groups of which one run of zeros may be left out. */
function parseV6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((x) => BigInt(`0x${x}`));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...zeros, ...after].reduce((address, group) => (address << 16n) | group, 0n);
}
