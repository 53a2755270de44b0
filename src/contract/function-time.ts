/**
 * Milliseconds that a function has for its answer, by the installation's table of limits: an object, or
 * JSON where it was set on a command line. It has been checked by then (api/limits.ts).
 */
export function functionTime(limits: unknown): number {
  const table = typeof limits === "string" ? JSON.parse(limits) : limits;
  return (table as { function_seconds: number }).function_seconds * 1000;
}
