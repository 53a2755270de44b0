import { builtinOf } from "./builtins.ts";
import type { Script } from "./needs.ts";
import type { BuildMessage } from "./protocol.ts";

/** Modules of Node's that load here and do nothing. */
const ABSENT = new Set(["child_process", "cluster", "worker_threads", "vm", "repl", "inspector"]);

/** Whether `id`, the name of a module of Node's, is one that loads here and does nothing. */
export function isAbsent(id: string): boolean {
  return ABSENT.has(id);
}

/** What is said of `who`, a package or a script, that uses such `modules`. */
export function absentWarning(who: string, modules: Iterable<string>): string {
  return `${who} uses ${[...modules].join(", ")}, which is not there: calls that need it fail, and a service by HTTP does instead`;
}

/** What is said of `who`, a package or a script, that compiles WebAssembly. */
export function assemblyWarning(who: string): string {
  return `${who} compiles WebAssembly, which the runtime refuses: calls that need it fail, and plain JavaScript does instead`;
}

/** Returns what in the build's own scripts loads, and fails when it is called. */
export function ownWarnings(scripts: Iterable<Script>, hasWasm: boolean): BuildMessage[] {
  return [...scripts].flatMap(({ key, facts }) => {
    const path = key.startsWith("/") ? key : `/${key}`;
    const modules = new Set(facts.required.map(builtinOf).filter((id) => id && isAbsent(id)));
    return [
      ...(modules.size > 0 ? [{ message: absentWarning("It", modules as Set<string>), path }] : []),
      ...(facts.names.has("WebAssembly") && !hasWasm
        ? [{ message: assemblyWarning("It"), path }]
        : []),
    ];
  });
}
