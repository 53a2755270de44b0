import type {
  ArrowFunctionExpression,
  BlockStatement,
  Function as FunctionNode,
  Statement,
} from "acorn";
import { declareLexical, declareVars, namesOf } from "./declarations.ts";
import { expression } from "./expressions.ts";
import { type Activation, type Frame, openFrame, UNSET } from "./frame.ts";
import { assigning } from "./patterns.ts";
import { resumable } from "./resumable.ts";
import { Scope, writing } from "./scope.ts";
import { type Step, sequence } from "./statements.ts";

/** Makes a function where its code is evaluated. `home`: whose method it is. */
export type Maker = (frame: Frame, home?: object) => CallableFunction;

type Kind = { method?: boolean };

/** What a call does with what it is given. */
export type Body = (frame: Frame, activation: Activation, given: unknown[]) => unknown;

/** A method → its code, for an activation that is not its own: a constructor's. */
const entries = new WeakMap<CallableFunction, (activation: Activation) => unknown>();

export function entryOf(method: CallableFunction): (activation: Activation) => unknown {
  return entries.get(method) as (activation: Activation) => unknown;
}

/** Makes a function's code ready; `name` where it has none of its own. */
export function functionOf(
  scope: Scope,
  node: FunctionNode | ArrowFunctionExpression,
  name = "",
  kind: Kind = {},
): Maker {
  const isArrow = node.type === "ArrowFunctionExpression";
  const strict = scope.strict || isStrict(node);
  const named = node.type === "FunctionExpression" && node.id ? node.id.name : null;
  // A function expression's own name is its alone.
  const around = named === null ? scope : new Scope(scope, "block", { strict });
  if (named !== null) around.declare(named);
  const writeName = named === null ? null : writing(around, named, true);
  const run = bodyOf(around, node, { strict, arrow: isArrow });
  const length = node.params.findIndex(
    ({ type }) => type === "AssignmentPattern" || type === "RestElement",
  );
  const facts = {
    name: node.id?.name ?? name,
    length: length === -1 ? node.params.length : length,
  };
  return (outer, home) => {
    const frame = named === null ? outer : openFrame(outer, around.size);
    const made = isArrow
      ? arrowFunction(frame, run)
      : plainFunction(frame, run, { strict, home: home ?? null, node, kind });
    for (const [key, value] of Object.entries(facts)) {
      Object.defineProperty(made, key, { value, configurable: true });
    }
    if (node.async || node.generator) Object.setPrototypeOf(made, kindOf(node));
    writeName?.(frame, made);
    return made;
  };
}

function arrowFunction(frame: Frame, run: Body): CallableFunction {
  const { activation } = frame;
  return (...given: unknown[]) => run(frame, activation, given);
}

type Facts = { strict: boolean; home: object | null; node: FunctionNode; kind: Kind };

function plainFunction(frame: Frame, run: Body, facts: Facts): CallableFunction {
  const { strict, home, node, kind } = facts;
  const call = (self: unknown, given: unknown[], newTarget: unknown) => {
    const own = strict || newTarget !== undefined ? self : sloppySelf(self);
    return run(frame, { self: own, given, newTarget, callee: made, home }, given);
  };
  const isConstructor = !kind.method && !node.async && !node.generator;
  const made: CallableFunction = isConstructor
    ? function (this: unknown, ...given: unknown[]) {
        return call(this, given, new.target);
      }
    : {
        method(this: unknown, ...given: unknown[]) {
          return call(this, given, undefined);
        },
      }.method;
  if (kind.method) entries.set(made, (activation) => run(frame, activation, activation.given));
  if (node.generator) {
    const prototype = node.async ? ASYNC_GENERATOR : GENERATOR;
    const items = Object.create(prototype.prototype);
    Object.defineProperty(made, "prototype", { value: items, writable: true });
  }
  return made;
}

const ASYNC = Object.getPrototypeOf(async () => {}) as object;
const GENERATOR = Object.getPrototypeOf(function* () {}) as { prototype: object };
const ASYNC_GENERATOR = Object.getPrototypeOf(async function* () {}) as { prototype: object };

/** By which code tells a function's kind. */
function kindOf({ async, generator }: FunctionNode): object {
  if (generator) return async ? ASYNC_GENERATOR : GENERATOR;
  return async ? ASYNC : Function.prototype;
}

/** Outside of strict code `this` is an object always. */
function sloppySelf(self: unknown): unknown {
  return self === null || self === undefined ? globalThis : Object(self);
}

function bodyOf(
  outer: Scope,
  node: FunctionNode | ArrowFunctionExpression,
  options: { strict: boolean; arrow: boolean },
): Body {
  const scope = new Scope(outer, "function", options);
  for (const param of node.params) for (const name of namesOf(param)) scope.declare(name);
  const isExpression = node.body.type !== "BlockStatement";
  const body = (isExpression ? [] : (node.body as BlockStatement).body) as Statement[];
  declareVars(scope, body);
  declareLexical(scope, body);
  const params = node.params.map((param, index) =>
    param.type === "RestElement"
      ? { rest: true, index, assign: assigning(scope, param.argument, true) }
      : { rest: false, index, assign: assigning(scope, param, true) },
  );
  const prepare = (frame: Frame, activation: Activation, given: unknown[]) => {
    const own: Frame = { slots: new Array(scope.size), parent: frame, activation, object: null };
    for (const index of scope.lateIndexes()) own.slots[index] = UNSET;
    if (scope.usesArguments) {
      own.slots[scope.declare("arguments")] = argumentsOf(given);
    }
    for (const { rest, index, assign } of params) {
      assign(own, rest ? given.slice(index) : given[index]);
    }
    return own;
  };
  if (node.async || node.generator) return resumable(scope, node, body, prepare);
  if (isExpression) {
    const value = expression(scope, node.body as never);
    return (frame, activation, given) => value(prepare(frame, activation, given));
  }
  const run: Step = sequence(scope, body);
  return (frame, activation, given) => {
    const completion = run(prepare(frame, activation, given));
    return completion?.kind === "return" ? completion.value : undefined;
  };
}

function argumentsOf(given: unknown[]): object {
  return (function (..._: unknown[]) {
    // biome-ignore lint/complexity/noArguments: it is what is asked for.
    return arguments;
  })(...given);
}

function isStrict({ body }: { body: unknown }): boolean {
  const { type, body: statements } = body as { type: string; body: { directive?: string }[] };
  return (
    type === "BlockStatement" && statements.some(({ directive }) => directive === "use strict")
  );
}
