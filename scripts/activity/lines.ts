/** What is shown of a request of the API (docs/api.md). */
export type ShownRequest = {
  sid: string;
  count: number;
  method: string | null;
  path: string;
  status: number;
  reason: string | null;
  reason_text: string | null;
  advice: string | null;
  bytes_sent: number | null;
  asset_size: number | null;
  range: string | null;
  source: string | null;
  signature: string | null;
  duration: number;
  caller: string | null;
  country: string | null;
  data_center: string | null;
  date_created: string;
};

/** Returns the lines that show a request: what it was, and where it failed why, and what to do. */
export function requestLines(request: ShownRequest): string[] {
  const time = request.date_created.slice(11, 23);
  const what = `${request.status} ${(request.method ?? "-").padEnd(4)} ${request.path || "(no such path)"}`;
  const facts = [
    request.count > 1 ? `${request.count} times within the minute` : null,
    sent(request),
    request.source,
    request.count > 1 ? null : `${request.duration} ms`,
    request.caller,
    request.signature === "valid" ? "signed" : null,
    request.country,
    request.data_center,
  ].filter((fact) => fact !== null);
  const lines = [`${time} ${what}  ${facts.join(", ")}`];
  if (request.reason_text !== null) {
    lines.push(`             ${request.reason}: ${request.reason_text}`);
    if (request.advice !== null) lines.push(`             ${request.advice}`);
  }
  return lines.map(printable);
}

function sent({ bytes_sent, asset_size, range, status }: ShownRequest): string | null {
  if (bytes_sent === null || status >= 300) return null;
  if (range !== null) return `${range}/${asset_size} bytes`;
  return asset_size !== null && bytes_sent !== asset_size
    ? `${bytes_sent} of ${asset_size} bytes`
    : `${bytes_sent} bytes`;
}

/** Callers choose paths: nothing in them may speak to the terminal. */
function printable(line: string): string {
  return line.replace(/\p{C}/gu, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}
