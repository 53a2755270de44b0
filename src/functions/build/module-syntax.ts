import { tokenizer, tokTypes } from "acorn";
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

/** How statements of a bundle begin: on a line, or after a statement. Comments may mislead it. */
const STATEMENT = /(?<=^|[;\n}]\s{0,20})(?:import|export)\b/g;
/** What can follow the names that a statement takes. */
const AFTER_NAMES = /["'`;()=]/g;
const SPECIFIER = /(["'])([^"'\n]{1,300})\1/y;
const EXPORT =
  /(?:^|[;\n}])\s{0,20}export\s{0,20}(?:\{|default\b|const\b|let\b|var\b|function\b|class\b|async\b|\*)/;

function readLargeModule(source: string): ModuleSyntax {
  const imports: Import[] = [];
  let quote = -1;
  for (const { index: ss, 0: keyword } of source.matchAll(STATEMENT)) {
    const names = ss + keyword.length;
    // Many statements that have no end are followed by the same one.
    if (quote < names) quote = indexOf(AFTER_NAMES, source, names);
    if (!/(?:\bfrom|^)\s{0,20}$/.test(source.slice(Math.max(names, quote - 30), quote))) continue;
    SPECIFIER.lastIndex = quote;
    const n = SPECIFIER.exec(source)?.[2];
    if (n === undefined) continue;
    const e = quote + 1 + n.length;
    imports.push({ n, s: quote + 1, e, ss, se: e + 1, d: -1 });
  }
  for (const found of dynamicImports(source)) imports.push(found);
  for (const match of source.matchAll(/\bimport\.meta\b/g)) {
    imports.push({ n: undefined, s: 0, e: 0, ss: match.index, se: match.index + 11, d: -2 });
  }
  return {
    imports: imports.sort((a, b) => a.ss - b.ss),
    exports: EXPORT.test(source) && !/\bmodule\.exports\b/.test(source),
  };
}

/** Where `pattern` first matches from `start` on; the end of `text` where it does not. */
function indexOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}

/**
 * The import() calls of a source, token by token: the word stands in strings and comments too, most of all in
 * compilers. None where it cannot be told.
 */
function dynamicImports(source: string): Import[] {
  const found: Import[] = [];
  /** Where `import` stands that comes right before, and whether its parenthesis has come. */
  let start: number | null = null;
  let isOpen = false;
  let afterDot = false;
  try {
    for (const token of tokenizer(source, { ecmaVersion: "latest" })) {
      const { type, start: at, end } = token;
      // Without an argument it is a method of that name.
      if (isOpen && start !== null && type !== tokTypes.parenR) {
        const n =
          type === tokTypes.string ? (token as unknown as { value: string }).value : undefined;
        const [s, e] = n === undefined ? [at, at] : [at, end];
        found.push({ n, s, e, ss: start, se: e, d: start });
      }
      isOpen = !isOpen && start !== null && type === tokTypes.parenL;
      if (!isOpen) start = type === tokTypes._import && !afterDot ? at : null;
      afterDot = type === tokTypes.dot || type === tokTypes.questionDot;
    }
  } catch {
    return [];
  }
  return found;
}
