import type { HeaderFields } from "../contract/manifest.ts";
import type { BuildError } from "../store/builds.ts";
import { HEADER_RULES_PATH, type HeaderRule } from "./header-rules.ts";

/** What the lines of `/_headers` did, by their numbers, over all assets of a build. */
export type RuleEffects = {
  /** Path lines that an asset matched. */
  matched: Set<number>;
  /** Header lines that some asset's headers would differ without. */
  effective: Set<number>;
  /** Why a line that stands in an asset's headers does nothing there. */
  idle: Map<number, string>;
  /** How many lines have been applied to an asset so far. */
  applied: number;
};

/** A file that is wrong all over says so in this many lines. */
const MOST_WARNINGS = 100;

export function noEffects(): RuleEffects {
  return { matched: new Set(), effective: new Set(), idle: new Map(), applied: 0 };
}

/** Returns a warning for each line that no asset of the build is served otherwise for. */
export function idleRules(rules: HeaderRule[], effects: RuleEffects): BuildError[] {
  const warnings = rules.flatMap(({ line, changes }) => {
    if (!effects.matched.has(line)) {
      return [warning(line, "no public or protected asset has this path: the rule has no effect")];
    }
    if (changes.length === 0) return [warning(line, "no header lines stand below this path")];
    return changes
      .filter((change) => !effects.effective.has(change.line))
      .map(({ kind, name, line }) => {
        const undone = kind === "set" ? "a later line undoes it" : "nothing sets it before";
        return warning(line, `${name} has no effect: ${effects.idle.get(line) ?? undone}`);
      });
  });
  return warnings.slice(0, MOST_WARNINGS);
}

/**
 * Returns what tells why browsers make nothing of a field beside the others of an asset, or null where
 * they may: a page with credentials may read what names one origin, its own (Fetch 3.2).
 */
export function crossOriginIdleness(headers: HeaderFields): (name: string) => string | null {
  const all = new Headers(headers);
  const origin = all.get("access-control-allow-origin");
  const credentials = all.get("access-control-allow-credentials");
  return (name) => {
    const field = name.toLowerCase();
    if (!field.startsWith("access-control-")) return null;
    if (origin === null) return "without Access-Control-Allow-Origin no other origin may ask";
    if (field === "access-control-allow-origin") {
      return /[\s,]/.test(origin) ? "browsers take one origin, or *" : null;
    }
    if (field !== "access-control-allow-credentials") return null;
    if (credentials !== "true") return "true is the one value that browsers know";
    return origin === "*"
      ? "credentials need one origin in Access-Control-Allow-Origin, not *"
      : null;
  };
}

function warning(line: number, message: string): BuildError {
  return { path: HEADER_RULES_PATH, line, message };
}
