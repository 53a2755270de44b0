import { type Closure, closureKey, decodeClosure } from "../contract/closure-format.ts";

/** A file of a package that is no JavaScript: its path in the Worker, and why. */
export type BrokenFile = { path: string; message: string };

/**
 * Loads a closure's modules once, cut off from everything, and runs none of them: one that does not
 * parse would keep all functions of a build from starting. Returns the first such file; null where there
 * is none. What was tried is not tried again.
 */
export async function trialLoad(env: Env, sha256: string): Promise<BrokenFile | null> {
  const tried = `${closureKey(sha256)}.tried`;
  if ((await env.BYTES.head(tried)) !== null) return null;
  const object = await env.BYTES.get(closureKey(sha256));
  const decoded = object && decodeClosure(new Uint8Array(await object.arrayBuffer()));
  if (!decoded?.ok) throw new Error(`${closureKey(sha256)} cannot be read`);
  const broken = await load(env.LOADER, decoded.closure);
  if (broken === null) await env.BYTES.put(tried, "");
  return broken;
}

const TRIAL = "export default { fetch() { return new Response(null); } };";
const BRIDGE =
  "export default {};export const load=()=>({}),builtin=()=>({}),meta=()=>({}),createRequire=()=>({}),importFrom=()=>({});";

async function load(loader: WorkerLoader, { modules }: Closure): Promise<BrokenFile | null> {
  const texts = new Map<string, string>();
  const code: Record<string, WorkerLoaderModule> = {
    "trial.js": { js: TRIAL },
    "bridge.js": { js: BRIDGE },
  };
  for (const { name, type, bytes } of modules) {
    if (type === "data") continue;
    if (type === "wasm") {
      code[name] = { wasm: bytes.slice().buffer };
      continue;
    }
    texts.set(name, new TextDecoder().decode(bytes));
    code[name] = { [type]: texts.get(name) as string };
  }
  const worker = loader.load({
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["nodejs_compat"],
    mainModule: "trial.js",
    modules: code,
    globalOutbound: null,
  });
  try {
    await worker.getEntrypoint().fetch("https://trial.invalid/");
    return null;
  } catch (error) {
    const { message } = error as Error;
    const [, reason = "", module = "", line = "0"] =
      /Uncaught (SyntaxError: .*)\s+at (\S+?):(\d+)/.exec(message) ?? [];
    const path = pathAt(module, texts.get(module) ?? "", Number(line));
    if (path === null) throw error;
    return { path, message: `${path}: ${reason.replace(/^SyntaxError: /, "")}` };
  }
}

/** Which file of a module stands at a line: tables have one after the other. */
function pathAt(module: string, text: string, line: number): string | null {
  if (module.startsWith("node_modules/")) return `/bundle/${module}`;
  const before = text.split("\n").slice(0, line).join("\n");
  return (
    [...before.matchAll(/^("\/bundle\/node_modules\/[^"\n]+")\(/gm)]
      .map(([, path]) => JSON.parse(path as string) as string)
      .at(-1) ?? null
  );
}
