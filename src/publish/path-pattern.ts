import { canonicalPath, escapeStrayPercents } from "../contract/canonical-path.ts";

/** A rule's path: which assets it is for, and what of a path its `*` and `:name` stand for. */
export type PathPattern = { expression: RegExp; names: string[] };

export type ParsedPattern = { ok: true; pattern: PathPattern } | { ok: false; reason: string };

/** `*`, or `:name` as Cloudflare Pages has it: a letter, then letters, digits and underscores. */
const WILDCARD = /\*|:([A-Za-z]\w*)/g;

/**
 * Reads a path of `/_headers`: `*` is anything, slashes included, and called `:splat`; `:name` is
 * anything in one segment. The rest is compared in canonical form, so `/my file` is `/my%20file`.
 * At most one `*` a path and one wildcard a segment, so that no path takes long to compare.
 */
export function parsePathPattern(text: string): ParsedPattern {
  const path = canonicalPath(escapeStrayPercents(text));
  if (path === null) return { ok: false, reason: `the path ${text} is not valid` };
  const names: string[] = [];
  let source = "";
  let end = 0;
  for (const match of path.matchAll(WILDCARD)) {
    const literal = path.slice(end, match.index);
    const name = match[1] ?? "splat";
    if (names.includes(name)) return { ok: false, reason: `${match[0]} stands twice in the path` };
    if (names.length > 0 && !literal.includes("/")) {
      return { ok: false, reason: `${match[0]} must stand in a segment of its own` };
    }
    source += RegExp.escape(literal) + (match[1] ? "([^/]+)" : "(.*)");
    names.push(name);
    end = match.index + match[0].length;
  }
  const expression = new RegExp(`^${source}${RegExp.escape(path.slice(end))}$`, "s");
  return { ok: true, pattern: { expression, names } };
}

/** Returns what `pattern`'s wildcards stand for in the canonical `path`, or null where it differs. */
export function matchPath(pattern: PathPattern, path: string): Map<string, string> | null {
  const match = pattern.expression.exec(path);
  if (!match) return null;
  return new Map(pattern.names.map((name, index) => [name, match[index + 1] as string]));
}

/**
 * Returns `text` with each `:name` that `captured` has replaced; null, without having made it, where
 * that has more than `most` characters: a line can name a long path a thousand times.
 */
export function substitute(
  text: string,
  captured: Map<string, string>,
  most: number,
): string | null {
  const replacement = (whole: string, name: string) => captured.get(name) ?? whole;
  let length = text.length;
  for (const [whole, name = ""] of text.matchAll(WILDCARD)) {
    length += replacement(whole, name).length - whole.length;
  }
  return length > most ? null : text.replace(WILDCARD, replacement);
}
