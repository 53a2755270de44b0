/** Why a build cannot be made: the asset path it is about, and the line in that file, where known. */
export type BuildError = { message: string; path?: string; line?: number };

/** Returns `error` as one sentence: `/_headers line 3: …`. */
export function buildErrorText({ message, path, line }: BuildError): string {
  const place = [path, line === undefined ? undefined : `line ${line}`].filter(Boolean).join(" ");
  return place === "" ? message : `${place}: ${message}`;
}
