import type { PackagedModule } from "../../contract/package-format.ts";
import { builtinOf } from "./builtins.ts";
import { isRelative } from "./link.ts";
import { BRIDGE, namesTaken, respelled } from "./respell.ts";

/** Where the Worker's module of a private asset that is an ES module stands. */
export function moduleAssetName(name: string): string {
  return `esm/${name}`;
}

/** Whether a file of this name can be a module of the Worker by it. */
export function canBeModule(name: string): boolean {
  return /^[\w./@+-]+$/.test(name);
}

/**
 * Makes a module of the Worker of a private asset that is an ES module: what it imports of the build's
 * other ES modules (`modules`, by file name) and of Node is spelled as the Worker has it; all else comes
 * through a shim each, which asks the runner's loader.
 */
export function moduleAsset(name: string, source: string, modules: Set<string>): PackagedModule {
  const path = `/bundle/${name}`;
  const shims: PackagedModule["shims"] = [];
  const code = respelled(source, path, (specifier, statement) => {
    const builtin = builtinOf(specifier);
    if (builtin !== null) return `node:${builtin}`;
    if (isRelative(specifier)) {
      const target = new URL(specifier, `file:///${name}`).pathname.slice(1);
      if (modules.has(target)) return `/${moduleAssetName(target)}`;
    }
    const shim = `esm-shims/${name}/${shims.length}.js`;
    shims.push({ name: shim, code: shimCode(path, specifier, namesTaken(statement).names) });
    return `/${shim}`;
  });
  return { code, shims };
}

/** Names that the statement takes, and the default: an ES module's own, CommonJS's exports. */
function shimCode(path: string, specifier: string, names: string[]): string {
  const list = [...new Set(names)]
    .filter((name) => name !== "default")
    .map((name, index) => [`v${index}`, JSON.stringify(name)] as const);
  const head =
    `import{createRequire}from"${BRIDGE}";` +
    `const m=createRequire(${JSON.stringify(path)})(${JSON.stringify(specifier)});` +
    "const o=m==null?{}:m;" +
    'export default typeof m==="object"&&m!==null&&Object.getPrototypeOf(m)===null&&"default"in m?m.default:m;';
  if (list.length === 0) return head;
  const values = list.map(([value, name]) => `${value}=o[${name}]`).join(",");
  const exported = list.map(([value, name]) => `${value} as ${name}`).join(",");
  return `${head}const ${values};export{${exported}};`;
}
