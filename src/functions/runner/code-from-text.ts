import manifest from "manifest.json";
import native from "native.cjs";
import { importFromRoot, requireFromRoot } from "./modules.ts";

type Kind = "function" | "async function" | "function*" | "async function*";

/** What src/functions/interpreter exports. */
type Interpreter = {
  functionFromText(kind: Kind, texts: string[]): CallableFunction;
  evaluateText(text: string, require: unknown): unknown;
  setImport(dynamicImport: (id: unknown) => Promise<object>): void;
};

/** One of each kind of function: its prototype's constructor is what makes it of text. */
const KINDS: [Kind, object][] = [
  ["function", () => {}],
  ["async function", async () => {}],
  ["function*", function* () {}],
  ["async function*", async function* () {}],
];

/**
 * Lets the build's code make code from text, where any of it does so: `Function(…)` and its kin, and
 * `eval` in the global scope. The runtime refuses it, so an interpreter runs it, more slowly.
 */
export function interpretCodeFromText(): void {
  if (!manifest.compiles) return;
  for (const [kind, example] of KINDS) {
    const { prototype } = example.constructor as CallableFunction;
    const value: CallableFunction = new Proxy(example.constructor as CallableFunction, {
      apply: (_, __, texts: unknown[]) => functionOf(kind, texts),
      construct(_, texts, newTarget: CallableFunction): object {
        const made = functionOf(kind, texts);
        return newTarget === value ? made : Object.setPrototypeOf(made, newTarget.prototype);
      },
    });
    Object.defineProperty(prototype, "constructor", { value, configurable: true, writable: true });
    if (kind === "function") define("Function", value);
  }
  define("eval", (text: unknown) =>
    typeof text === "string" ? interpreter().evaluateText(text, requireFromRoot()) : text,
  );
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

function functionOf(kind: Kind, given: unknown[]): CallableFunction {
  const texts = given.map(String);
  // The old way to the global scope, which many take when they are loaded.
  if (kind === "function" && /^\s*(?:return this)?;?\s*$/.test(texts.join(""))) {
    return texts.join("").includes("this") ? () => globalThis : () => undefined;
  }
  return interpreter().functionFromText(kind, texts);
}

let loaded: Interpreter | undefined;

function interpreter(): Interpreter {
  if (loaded === undefined) {
    loaded = native.require("interpreter.cjs") as Interpreter;
    loaded.setImport(importFromRoot);
  }
  return loaded;
}
