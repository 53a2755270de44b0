/** Returns a moment (now, unless told) as rows and answers say it (contract 1.1): `2018-11-10T20:00:00Z`. */
export function timestamp(date: Date = new Date()): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
