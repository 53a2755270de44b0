import { parse } from "es-module-lexer/minimal/js";

/**
 * Of an import, an export from, an import() or an import.meta, as es-module-lexer gives it: `n` its
 * specifier, `s` and `e` where that stands, `ss` and `se` where the statement does; `d` is -1 for a
 * statement, -2 for import.meta, else where import() begins.
 */
export type Import = {
  n: string | undefined;
  s: number;
  e: number;
  ss: number;
  se: number;
  d: number;
};

export type ModuleSyntax = { imports: readonly Import[]; exports: boolean };

/** The lexer takes twelve times a source's length for itself, and never gives it back. */
const LEXED = 512 * 1024;

/** Finds what `source` imports. Throws where it is no JavaScript that the lexer understands. */
export function readModule(source: string): ModuleSyntax {
  if (source.length > LEXED) return readLargeModule(source);
  const [imports, exports] = parse(source);
  return { imports: imports as unknown as Import[], exports: exports.length > 0 };
}

/** Statements of a bundle: they begin a line, or follow a statement. Comments may mislead it. */
const STATEMENT =
  /(?<=^|[;\n}]\s{0,20})(?:import|export)\b(?:[^"'`;()=]{0,20000}?\bfrom)?\s{0,20}(["'])([^"'\n]{1,300})\1/g;
const EXPORT =
  /(?:^|[;\n}])\s{0,20}export\s{0,20}(?:\{|default\b|const\b|let\b|var\b|function\b|class\b|async\b|\*)/;
const DYNAMIC = /(?<![\w$.])import\s{0,20}\(\s{0,20}(?:(["'])([^"'\n]{1,300})\1)?/g;

function readLargeModule(source: string): ModuleSyntax {
  const imports: Import[] = [];
  for (const match of source.matchAll(STATEMENT)) {
    const end = match.index + match[0].length;
    const n = match[2] as string;
    imports.push({ n, s: end - 1 - n.length, e: end - 1, ss: match.index, se: end, d: -1 });
  }
  for (const match of source.matchAll(DYNAMIC)) {
    const end = match.index + match[0].length;
    const n = match[2];
    const s = n === undefined ? end : end - n.length - 2;
    imports.push({ n, s, e: end, ss: match.index, se: end, d: match.index });
  }
  for (const match of source.matchAll(/\bimport\.meta\b/g)) {
    imports.push({ n: undefined, s: 0, e: 0, ss: match.index, se: match.index + 11, d: -2 });
  }
  return {
    imports: imports.sort((a, b) => a.ss - b.ss),
    exports: EXPORT.test(source) && !/\bmodule\.exports\b/.test(source),
  };
}
