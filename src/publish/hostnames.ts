/** Returns the `domain_name` of an environment: its label below `BASE_DOMAIN`, port included. */
export function domainName(label: string, baseDomain: string): string {
  return `${label}.${baseDomain}`;
}

/** Returns the hostname that a manifest stands under for `label`: lower case, without a port. */
export function manifestHostname(label: string, baseDomain: string): string {
  return domainName(label, baseDomain).replace(/:\d+$/, "").toLowerCase();
}
