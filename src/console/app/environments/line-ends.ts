/**
 * Returns `typed`, out of a text field, with the line ends that `before` had: a field makes all of them
 * LF (HTML, 4.10.11), and a value whose lines end in CRLF is to stay one.
 */
export function asBefore(typed: string, before: string | null): string {
  if (before === null || !before.includes("\r\n") || /(^|[^\r])\n/.test(before)) return typed;
  return typed.replace(/\r?\n/g, "\r\n");
}
