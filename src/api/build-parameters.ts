import * as z from "zod";
import type { Dependency } from "../contract/lock.ts";
import { single } from "./parameters.ts";

/** The runtime of a build that names none, or one that nobody knows (`latest`). */
const DEFAULT_RUNTIME = "node22";
const RUNTIME = /^node(8|10|12|14|16|18|20|22|24)$/;

const MAX_DEPENDENCIES = 1000;

const dependency = z.object({
  name: z.string().min(1).max(214),
  version: z.string().max(255),
});

/**
 * `Dependencies`: JSON of a list of {name, version}, or of {name: version}. Twilio's own tool wraps
 * it in one more pair of double quotes (contract 1.7). Missing or empty is no dependency.
 */
export function dependencies() {
  const expected = "it must be a JSON list of objects with a name and a version";
  return single
    .transform((text, check): Dependency[] => {
      const parsed = dependencyList(text);
      if (parsed) return parsed;
      check.addIssue(expected);
      return z.NEVER;
    })
    .default([]);
}

function dependencyList(text: string): Dependency[] | null {
  const json = text
    .trim()
    .replace(/^"(.*)"$/s, "$1")
    .trim();
  if (json === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (value === null) return [];
  const list =
    typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([name, version]) => ({ name, version }))
      : value;
  const parsed = z.array(dependency).max(MAX_DEPENDENCIES).safeParse(list);
  return parsed.success ? parsed.data : null;
}

/** `Runtime`: one of Twilio's names; any other is the newest that Twilio's API document knows. */
export function runtime() {
  return single
    .transform((name) => (RUNTIME.test(name) ? name : DEFAULT_RUNTIME))
    .default(DEFAULT_RUNTIME);
}
