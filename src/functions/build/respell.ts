import { type Import, readModule } from "./module-syntax.ts";

/** The module that stands between ES modules and the runner's loader. */
export const BRIDGE = "/bridge.js";

/** CommonJS whose import() calls go by the runner: `__import(<its path>, …)`. */
export function withImports(text: string, path: string): string {
  // A hashbang is only one at the very start of a file.
  const source = text.replace(/^\uFEFF/, "").replace(/^#!/, "//");
  const imports = importsOf(source);
  let result = source;
  for (const { d, ss } of [...imports].reverse()) {
    if (d < 0) continue;
    const open = result.indexOf("(", ss);
    result = `${result.slice(0, ss)}__import(${JSON.stringify(path)},${result.slice(open + 1)}`;
  }
  return result;
}

/** An ES module whose specifiers are those that `spell` gives; null leaves one as it is. */
export function respelled(
  source: string,
  path: string,
  spell: (specifier: string, statement: string) => string | null,
): string {
  let result = source;
  let meta = false;
  for (const { n, s, e, ss, se, d } of [...importsOf(source)].reverse()) {
    if (d === -2) {
      meta = true;
      result = `${result.slice(0, ss)}__meta${result.slice(ss + "import.meta".length)}`;
      continue;
    }
    const spelled = n === undefined ? null : spell(n, source.slice(ss, se));
    if (spelled === null) continue;
    if (d >= 0) result = `${result.slice(0, s)}${JSON.stringify(spelled)}${result.slice(e)}`;
    // Without its attributes: JSON comes through a shim.
    else result = `${result.slice(0, s)}${spelled}${result.slice(e, e + 1)}${result.slice(se)}`;
  }
  const head = meta
    ? `import{meta as __metaOf}from"${BRIDGE}";const __meta=__metaOf(${JSON.stringify(path)});`
    : "";
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
