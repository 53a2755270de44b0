/** Returns the `domain_name` of an environment: its label below `BASE_DOMAIN`, port included. */
export function domainName(label: string, baseDomain: string): string {
  return `${label}.${baseDomain}`;
}

/** Returns the hostname that a manifest stands under for `label`: lower case, without a port. */
export function manifestHostname(label: string, baseDomain: string): string {
  return domainName(label, baseDomain).replace(/:\d+$/, "").toLowerCase();
}

/** Returns the label that `hostname` is one below `BASE_DOMAIN`, or null where it is none. */
export function hostnameLabel(hostname: string, baseDomain: string): string | null {
  const suffix = manifestHostname("", baseDomain);
  const label = hostname.slice(0, -suffix.length);
  return hostname.endsWith(suffix) && label !== "" && !label.includes(".") ? label : null;
}

/** Returns every hostname that an environment's manifest stands under. */
export function environmentHostnames(
  names: { label: string; customHostnames: string[] },
  baseDomain: string,
): string[] {
  return [manifestHostname(names.label, baseDomain), ...names.customHostnames];
}
