/** Why an import stops, or a part of it: told to whoever runs it, without a stack. */
export class ImportFailure extends Error {}

/** Returns `error` as a sentence for people; a bug is thrown on. */
export function sentence(error: unknown): string {
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  const { message, cause, errors } = error as AggregateError;
  // One that tried several addresses has no message of its own.
  return message || String((cause as Error)?.message ?? errors?.[0] ?? error);
}
