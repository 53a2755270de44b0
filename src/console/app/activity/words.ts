import type { RequestRepresentation } from "../../../api/representations.ts";
import { formatBytes } from "../format.ts";

const CALLERS: Record<string, string> = {
  twilio: "Twilio",
  browser: "a browser",
  curl: "curl",
  other: "a program",
  unnamed: "nobody named",
};

const SIGNATURES: Record<string, string> = {
  none: "none came",
  unchecked: "came; nothing here is protected",
  valid: "valid",
  refused: "refused",
};

const SOURCES: Record<string, string> = {
  memory: "the Worker's memory",
  cache: "the data centre's cache",
  bucket: "the bucket",
};

/** Who asks, as the User-Agent says. */
export function callerWords(caller: string | null): string {
  return CALLERS[caller ?? ""] ?? "several";
}

export function signatureWords(signature: string | null): string {
  return SIGNATURES[signature ?? ""] ?? "not known";
}

export function sourceWords(source: string | null): string | null {
  return source === null ? null : (SOURCES[source] ?? source);
}

/** `4.2 kB`, `100 B of 58 kB (0-99)`; null where no bytes were counted. */
export function sentWords({ bytes_sent, asset_size, range }: RequestRepresentation): string | null {
  if (bytes_sent === null) return null;
  const sent = formatBytes(bytes_sent);
  if (asset_size === null || asset_size === bytes_sent) return sent;
  return `${sent} of ${formatBytes(asset_size)}${range === null ? "" : ` (bytes ${range})`}`;
}

/** `good`, `bad` or nothing: the colour of a status. */
export function statusClass(status: number): string {
  if (status >= 400) return "rb-request-bad";
  return status < 300 ? "rb-request-good" : "rb-request-other";
}

/** Hours, minutes, seconds and a tenth, in the person's time zone; the date where it is another. */
export function requestTime(date: string, now = Date.now()): string {
  const then = new Date(date);
  const time = then.toLocaleTimeString("en-GB");
  if (then.toDateString() === new Date(now).toDateString()) return time;
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}
