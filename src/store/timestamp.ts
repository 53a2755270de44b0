/** Returns a moment (now, unless told) as rows and answers have it: `2018-11-10T20:00:00Z` (contract 1.1). */
export function timestamp(date: Date = new Date()): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
