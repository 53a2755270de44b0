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
 * they may: a page with credentials may read what names one origin, its own (Fetch 3.3).
 */
export function crossOriginIdleness(headers: HeaderFields): (name: string) => string | null {
  const all = new Headers(headers);
  const origin = all.get("access-control-allow-origin");
  if (origin === null) {
    return (name) =>
      /^access-control-/i.test(name)
        ? "without Access-Control-Allow-Origin no other origin may ask"
        : null;
  }
  const ofOrigin = originIdleness(origin);
  const credentials = all.get("access-control-allow-credentials");
  return (name) => {
    const field = name.toLowerCase();
    switch (field) {
      case "access-control-allow-origin":
        return ofOrigin;
      case "access-control-allow-credentials":
        if (credentials !== "true") return "true is the one value that browsers know";
        return origin === "*"
          ? "credentials need one origin in Access-Control-Allow-Origin, not *"
          : null;
      case "access-control-max-age":
        return /^\d+$/.test(all.get(field) ?? "") ? null : "it takes a number of seconds";
      case "access-control-allow-headers":
      case "access-control-allow-methods":
      case "access-control-expose-headers":
        return credentials === "true" && origin !== "*" && all.get(field) === "*"
          ? "beside Access-Control-Allow-Credentials * stands for nothing but itself"
          : null;
      default:
        return null;
    }
  };
}

/** Browsers compare, letter by letter, with what they call the page's origin (RFC 6454 6.2). */
function originIdleness(origin: string): string | null {
  if (/[\s,]/.test(origin)) return "browsers take one origin, or *";
  if (origin === "*" || origin === "null") return null;
  // Apps and browser extensions have schemes of their own, which no URL parser knows the origin of.
  if (/^(?!https?:)[a-z][a-z\d+.-]*:\/\/[^/]+$/.test(origin)) return null;
  const named = URL.canParse(origin) ? new URL(origin).origin : "null";
  if (named === origin && !origin.includes("*")) return null;
  const example = named === "null" || named === origin ? "https://app.example" : named;
  return `no page has this origin; one is written like ${example}`;
}

function warning(line: number, message: string): BuildError {
  return { path: HEADER_RULES_PATH, line, message };
}
