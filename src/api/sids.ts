/** Twilio's resource prefixes (contract 1.1). */
export type SidPrefix =
  | "AC" // account
  | "SK" // API key
  | "ZS" // service
  | "ZE" // environment
  | "ZH" // asset, function
  | "ZN" // asset version, function version
  | "ZB" // build
  | "ZD" // deployment
  | "ZV" // variable
  | "NO" // log
  | "RQ" // request
  | "DM"; // domain (Ringback's own)

/** Returns a new SID: the prefix and 32 random lower-case hexadecimal digits. */
export function newSid(prefix: SidPrefix): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}

/** Whether `value` is a SID of this kind. */
export function isSid(value: string, prefix: SidPrefix): boolean {
  return value.startsWith(prefix) && /^[A-Z]{2}[0-9a-fA-F]{32}$/.test(value);
}
