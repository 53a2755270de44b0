/**
 * Which hosts a function must not reach: its own machine, private networks, and the services that
 * hand out a machine's credentials. A hostname is refused by how it is spelled. What a public name
 * resolves to is not looked up: in production a Worker's way out leads to the public internet alone.
 */

/** Names that stand for this machine or for a network's inside (RFC 6761, 6762, 8375, 9476). */
const INTERNAL_NAME =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion|test)$/;

/** IPv4 blocks that are not the public internet (RFC 6890 and its registry). */
const INTERNAL_V4: [network: string, bits: number][] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier NAT; 100.100.100.200 serves metadata
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local; 169.254.169.254 serves metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments; 192.0.0.192 serves metadata
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarking
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/** Whether `hostname`, as a URL gives it (canonical, IPv6 in brackets), is not the public internet. */
export function isInternalHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.+$/, "");
  if (name.startsWith("[")) return isInternalV6(name.slice(1, -1));
  const v4 = parseV4(name);
  if (v4 !== null) return isInternalV4(v4);
  // A name of one label is looked up in the machine's own domain.
  return !name.includes(".") || INTERNAL_NAME.test(name);
}

function isInternalV4(address: number): boolean {
  return INTERNAL_V4.some(([network, bits]) => {
    const shift = 32 - bits;
    return address >>> shift === (parseV4(network) as number) >>> shift;
  });
}

/** URL parsers have already turned hexadecimal, octal and short spellings into four decimals. */
function parseV4(text: string): number | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null;
  return text.split(".").reduce((address, part) => address * 256 + Number(part), 0);
}

function isInternalV6(text: string): boolean {
  const groups = parseV6(text);
  const [first = 0, second = 0] = groups;
  const embedded = ((groups[6] ?? 0) * 0x10000 + (groups[7] ?? 0)) >>> 0;
  if (groups.slice(0, 5).every((group) => group === 0)) {
    // ::, ::1, and IPv4 in its mapped and its old compatible form.
    return groups[5] !== 0xffff || isInternalV4(embedded);
  }
  if (groups.slice(0, 4).every((group) => group === 0)) return true; // IPv4 translated, ::ffff:0:x:y
  if (first === 0x64 && second === 0xff9b) return true; // NAT64
  if (first === 0x2002) return isInternalV4((second * 0x10000 + (groups[2] ?? 0)) >>> 0); // 6to4
  return (
    (first & 0xfe00) === 0xfc00 || // unique local; fd00:ec2::254 serves metadata
    (first & 0xffc0) === 0xfe80 || // link-local
    (first & 0xffc0) === 0xfec0 || // site-local
    (first & 0xff00) === 0xff00 || // multicast
    (first === 0x2001 && second === 0) || // Teredo
    (first === 0x100 && second === 0) // discard
  );
}

/** Eight groups of a canonical IPv6 address. */
function parseV6(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((x) => parseInt(x, 16)));
  if (tail === undefined) return groups(head);
  const before = groups(head);
  const after = groups(tail);
  return [...before, ...Array(8 - before.length - after.length).fill(0), ...after];
}
