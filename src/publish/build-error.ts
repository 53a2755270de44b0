import type { BuildError } from "../store/builds.ts";

/** Returns `error` as one sentence: `/_headers line 3: …`. */
export function buildErrorText({ message, path, line }: BuildError): string {
  const place = [path, line === undefined ? undefined : `line ${line}`].filter(Boolean).join(" ");
  return place === "" ? message : `${place}: ${message}`;
}
