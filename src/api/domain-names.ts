/** The longest DNS label (RFC 1035 2.3.4). */
const MAX_LABEL_LENGTH = 63;

export type DomainLabel = { ok: true; label: string } | { ok: false; reason: string };

/**
 * Returns the label that a service's `domain_base` starts with, lower case, or why `uniqueName`
 * cannot be one. Four digits and a hyphen are still to follow.
 */
export function serviceLabel(uniqueName: string): DomainLabel {
  return checkLabel(uniqueName.toLowerCase(), MAX_LABEL_LENGTH - "-0000".length);
}

/** Returns the label of an environment of the service with this `domainBase`, or why there is none. */
export function environmentLabel(domainBase: string, suffix: string | null): DomainLabel {
  return checkLabel(
    suffix === null ? domainBase : `${domainBase}-${suffix.toLowerCase()}`,
    MAX_LABEL_LENGTH,
  );
}

/** Returns `count` different candidates for a `domain_base`: the label and four random digits. */
export function domainBases(label: string, count: number): string[] {
  const bases = new Set<string>();
  while (bases.size < count) {
    const random = crypto.getRandomValues(new Uint16Array(1))[0] as number;
    bases.add(`${label}-${String(random % 10_000).padStart(4, "0")}`);
  }
  return [...bases];
}

function checkLabel(label: string, maxLength: number): DomainLabel {
  if (!/^[a-z0-9-]+$/.test(label)) {
    return refused(label, "may hold only letters, digits and hyphens");
  }
  if (label.startsWith("-") || label.endsWith("-")) {
    return refused(label, "must not start or end with a hyphen");
  }
  // RFC 5890 2.3.1: "--" there is reserved for encodings such as xn--, which browsers decode.
  if (label.slice(2, 4) === "--") {
    return refused(label, "must not have hyphens as its third and fourth characters");
  }
  if (label.length > maxLength) {
    return refused(label, `must be at most ${maxLength} characters long`);
  }
  return { ok: true, label };
}

function refused(label: string, rule: string): DomainLabel {
  return { ok: false, reason: `it becomes part of a domain name, and "${label}" ${rule}` };
}
