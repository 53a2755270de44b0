import { type Expression, type FunctionExpression, parse, type Statement } from "acorn";
import { declareLexical, declareVars } from "./declarations.ts";
import { expression } from "./expressions.ts";
import type { Frame } from "./frame.ts";
import { functionOf } from "./functions.ts";
import { setImport } from "./imports.ts";
import { Scope } from "./scope.ts";
import { opened, sequence } from "./statements.ts";

export { setImport };

type Kind = "function" | "async function" | "function*" | "async function*";

/** As `Function(…)` makes a function: of its parameters, and of its body last. Throws SyntaxError. */
export function functionFromText(kind: Kind, texts: string[]): CallableFunction {
  const params = texts.slice(0, -1).join(",");
  const source = `(${kind} anonymous(${params}\n) {\n${texts.at(-1) ?? ""}\n})`;
  const [only] = parse(source, { ecmaVersion: "latest" }).body;
  const node = (only as Statement & { expression: Expression }).expression;
  if (node.type !== "FunctionExpression") throw new SyntaxError("Unexpected token");
  // Its name is only shown: it is no variable in it.
  const unnamed = { ...(node as FunctionExpression), id: null };
  const made = functionOf(new Scope(null, "block"), unnamed, "anonymous")(world());
  const text = source.slice(1, -1);
  return Object.defineProperty(made, "toString", {
    value: () => text,
    configurable: true,
    writable: true,
  });
}

/**
 * As indirect `eval`: in the global scope; returns what the last expression gives. `require` is known all
 * the same: to write `eval("require")` is how code hides it from bundlers.
 */
export function evaluateText(text: string, require?: unknown): unknown {
  const body = parse(text, { ecmaVersion: "latest" }).body as Statement[];
  const scope = new Scope(null, "function");
  const required = scope.declare("require");
  declareVars(scope, body);
  declareLexical(scope, body);
  const last = body.at(-1);
  const isValue = last?.type === "ExpressionStatement";
  const before = sequence(scope, isValue ? body.slice(0, -1) : body);
  const value = isValue ? expression(scope, last.expression) : () => undefined;
  const frame = opened(scope, world());
  frame.slots[required] = require;
  before(frame);
  return value(frame);
}

function world(): Frame {
  const activation = {
    ...{ self: globalThis, given: [], newTarget: undefined, callee: null, home: null },
  };
  return { slots: [], parent: null, activation, object: null };
}
