export type Destination = "control-plane" | "asset-host" | "nowhere";

/** One DNS label of an asset host (RFC 1035 2.3.1, RFC 1123 2.1); the underscore is not a hostname's. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const CONTROL_PLANE_LABELS = new Set(["serverless", "serverless-upload"]);

/**
 * Says which side answers for `hostname` (lower case, no port, no trailing dot) under `baseDomain`
 * (`example.net`, `localhost:8787`).
 *
 * The apex and Twilio's two API names below it are the control plane; every other single label below
 * it is an asset host; so is a whole other name, which may be a custom domain. Two labels below the
 * base domain, and IP addresses, are nowhere. Only a base domain of `localhost` also answers to the
 * loopback addresses: Node resolves no `*.localhost`, and Twilio's tools run on Node.
 */
export function destinationOf(hostname: string, baseDomain: string): Destination {
  const base = baseHostname(baseDomain);
  if (hostname === base) return "control-plane";
  if (hostname.endsWith(base) && hostname.charCodeAt(hostname.length - base.length - 1) === 0x2e) {
    const label = hostname.slice(0, -base.length - 1);
    if (CONTROL_PLANE_LABELS.has(label)) return "control-plane";
    return LABEL.test(label) ? "asset-host" : "nowhere";
  }
  if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname)) {
    const loopback = hostname === "127.0.0.1" || hostname === "[::1]";
    return base === "localhost" && loopback ? "control-plane" : "nowhere";
  }
  return isHostname(hostname) ? "asset-host" : "nowhere";
}

/** The base domain without its port, lower case: what asset hostnames end with. */
export function baseHostname(baseDomain: string): string {
  const colon = baseDomain.indexOf(":");
  return (colon === -1 ? baseDomain : baseDomain.slice(0, colon)).toLowerCase();
}

/** Whether `hostname` is a fully qualified DNS name of at least two labels. */
function isHostname(hostname: string): boolean {
  const labels = hostname.split(".");
  return hostname.length <= 253 && labels.length >= 2 && labels.every((label) => LABEL.test(label));
}
