import { type Import, readModule } from "./module-syntax.ts";

/** The module that stands between ES modules and the runner's loader. */
export const BRIDGE = "/bridge.js";

/** CommonJS whose import() calls go by the runner: `__import(<its path>, …)`. */
export function withImports(text: string, path: string): string {
  // A hashbang is only one at the very start of a file.
  const source = text.replace(/^\uFEFF/, "").replace(/^#!/, "//");
  const call = `__import(${JSON.stringify(path)},`;
  const changes: Change[] = [];
  for (const { d, ss } of importsOf(source)) {
    if (d >= 0) changes.push({ start: ss, end: source.indexOf("(", ss) + 1, text: call });
  }
  return changed(source, changes);
}

/** What stands in place of the characters from `start` up to `end`. */
type Change = { start: number; end: number; text: string };

/**
 * Makes all `changes`, which stand in order, in one pass: a script has as many of them as it likes. One
 * that begins within another is left out.
 */
function changed(source: string, changes: Change[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end, text } of changes) {
    if (start < at) continue;
    pieces.push(source.slice(at, start), text);
    at = end;
  }
  return pieces.join("") + source.slice(at);
}

/**
 * An ES module whose specifiers are those that `spell` gives; null leaves one as it is. What stands in
 * no literal is asked of the runner's loader.
 */
export function respelled(
  source: string,
  path: string,
  spell: (specifier: string, statement: string) => string | null,
): string {
  const changes: Change[] = [];
  let meta = false;
  let computed = false;
  for (const { n, s, e, ss, se, d } of importsOf(source)) {
    if (d === -2) {
      meta = true;
      changes.push({ start: ss, end: ss + "import.meta".length, text: "__meta" });
      continue;
    }
    if (n === undefined && d >= 0) {
      computed = true;
      changes.push({ start: ss, end: source.indexOf("(", ss) + 1, text: "__import(" });
    }
    const spelled = n === undefined ? null : spell(n, source.slice(ss, se));
    if (spelled === null) continue;
    if (d >= 0) changes.push({ start: s, end: e, text: JSON.stringify(spelled) });
    // Without its attributes: JSON comes through a shim.
    else changes.push({ start: s, end: se, text: spelled + source.slice(e, e + 1) });
  }
  const result = changed(source, changes);
  const own = JSON.stringify(path);
  const metaHead = `import{meta as __metaOf}from"${BRIDGE}";const __meta=__metaOf(${own});`;
  const importHead = `import{importFrom as __importFrom}from"${BRIDGE}";const __import=(id)=>__importFrom(${own},id);`;
  const head = (meta ? metaHead : "") + (computed ? importHead : "");
  return `${head}${result.replace(/^#!/, "//")}`;
}

function importsOf(source: string): readonly Import[] {
  try {
    return readModule(source).imports;
  } catch {
    return [];
  }
}

/** The names that an import or export statement takes from another file; `all`: whatever it has. */
export function namesTaken(statement: string): { names: string[]; all: boolean } {
  const clause = statement.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  const all =
    /^\s*import\s*\(/.test(clause) || /^(?:import|export)\s*(?:[\w$]+\s*,\s*)?\*/.test(clause);
  const [, inner = ""] = /\{([^}]*)\}/.exec(clause) ?? [];
  const names = inner.split(",").flatMap((part) => {
    const name = /^\s*(?:type\s+)?(["']?)([\w$-]+)\1/.exec(part)?.[2];
    return name === undefined ? [] : [name];
  });
  return { names, all };
}
