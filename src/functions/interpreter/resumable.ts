import type {
  ArrowFunctionExpression,
  Expression,
  Function as FunctionNode,
  Pattern,
  Statement,
  VariableDeclaration,
} from "acorn";
import { declareLexical, hasLexical, namesOf } from "./declarations.ts";
import { expression } from "./expressions.ts";
import type { Activation, Frame } from "./frame.ts";
import type { Body } from "./functions.ts";
import { assigning, nameFor } from "./patterns.ts";
import { Scope } from "./scope.ts";
import { type Completion, opened, sequence, statement } from "./statements.ts";

/** Why code pauses: to wait for something, or to hand something out. */
type Pause = { kind: "await" | "yield"; value: unknown };
type Pausing<Value> = (frame: Frame) => Generator<Pause, Value, unknown>;

/**
 * The code of an async function or a generator. What does not pause runs as everywhere else. In an expression,
 * what pauses is evaluated before its neighbours are, which differs where these have effects of their own.
 */
export function resumable(
  scope: Scope,
  node: FunctionNode | ArrowFunctionExpression,
  body: readonly Statement[],
  prepare: (frame: Frame, activation: Activation, given: unknown[]) => Frame,
): Body {
  const isExpression = node.body.type !== "BlockStatement";
  const value = isExpression ? pausingExpression(scope, node.body as Expression) : null;
  const run = pausingSequence(scope, body);
  function* begin(frame: Frame): Generator<Pause, unknown, unknown> {
    if (value !== null) return yield* value(frame);
    const completion = yield* run(frame);
    return completion?.kind === "return" ? completion.value : undefined;
  }
  if (!node.generator) {
    return async (frame, activation, given) => settle(begin(prepare(frame, activation, given)));
  }
  return (frame, activation, given) => {
    const own = prepare(frame, activation, given);
    const made = node.async ? asyncItems(begin(own)) : items(begin(own));
    const { prototype } = activation.callee as { prototype?: object } & CallableFunction;
    return prototype ? Object.setPrototypeOf(made, prototype) : made;
  };
}

/** Runs to its end, and waits where it has to. */
async function settle(code: Generator<Pause, unknown, unknown>): Promise<unknown> {
  let step = code.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = await step.value.value;
    } catch (error) {
      step = code.throw(error);
      continue;
    }
    step = code.next(value);
  }
  return step.value;
}

function* items(code: Generator<Pause, unknown, unknown>): Generator<unknown, unknown, unknown> {
  let step = code.next();
  try {
    while (!step.done) {
      let sent: unknown;
      try {
        sent = yield step.value.value;
      } catch (error) {
        step = code.throw(error);
        continue;
      }
      step = code.next(sent);
    }
    return step.value;
  } finally {
    if (!step.done) code.return(undefined);
  }
}

async function* asyncItems(code: Generator<Pause, unknown, unknown>) {
  let step = code.next();
  try {
    while (!step.done) {
      const { kind, value } = step.value;
      let sent: unknown;
      try {
        sent = kind === "await" ? await value : yield value;
      } catch (error) {
        step = code.throw(error);
        continue;
      }
      step = code.next(sent);
    }
    return step.value;
  } finally {
    if (!step.done) code.return(undefined);
  }
}

const PAUSES = new Set(["AwaitExpression", "YieldExpression"]);
const BRANCHES = new Set(["LogicalExpression", "ConditionalExpression", "SequenceExpression"]);

/** Whether a node pauses the function that it stands in. */
function pauses(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(pauses);
  if (typeof node !== "object" || node === null) return false;
  const { type, await: awaits } = node as { type?: string; await?: boolean };
  if (type === undefined) return false;
  if (PAUSES.has(type) || (type === "ForOfStatement" && awaits)) return true;
  return !/Function/.test(type) && Object.values(node).some(pauses);
}

function pausingExpression(scope: Scope, node: Expression, name?: string): Pausing<unknown> {
  if (!pauses(node)) {
    const run = expression(scope, node, name);
    // biome-ignore lint/correctness/useYield: it is one of those that may.
    return function* (frame) {
      return run(frame);
    };
  }
  switch (node.type) {
    case "AwaitExpression": {
      const value = pausingExpression(scope, node.argument);
      return function* (frame) {
        return yield { kind: "await", value: yield* value(frame) };
      };
    }
    case "YieldExpression": {
      const value = node.argument ? pausingExpression(scope, node.argument) : null;
      if (node.delegate && value !== null) {
        return function* (frame) {
          const iterator = ((yield* value(frame)) as Iterable<unknown>)[Symbol.iterator]();
          let step = iterator.next();
          while (!step.done)
            step = iterator.next((yield { kind: "yield", value: step.value }) as never);
          return step.value;
        };
      }
      return function* (frame) {
        return yield { kind: "yield", value: value === null ? undefined : yield* value(frame) };
      };
    }
    case "LogicalExpression": {
      const left = pausingExpression(scope, node.left);
      const right = pausingExpression(scope, node.right);
      return function* (frame) {
        const found = yield* left(frame);
        const { operator } = node;
        const keeps =
          operator === "||" ? found : operator === "&&" ? !found : (found ?? null) !== null;
        return keeps ? found : yield* right(frame);
      };
    }
    case "ConditionalExpression": {
      const test = pausingExpression(scope, node.test);
      const yes = pausingExpression(scope, node.consequent);
      const no = pausingExpression(scope, node.alternate);
      return function* (frame) {
        return (yield* test(frame)) ? yield* yes(frame) : yield* no(frame);
      };
    }
    case "SequenceExpression": {
      const all = node.expressions.map((one) => pausingExpression(scope, one));
      return function* (frame) {
        let value: unknown;
        for (const run of all) value = yield* run(frame);
        return value;
      };
    }
    default:
      return withPausesFirst(scope, node);
  }
}

/** Evaluates the parts that pause, and then the whole with a variable in the place of each. */
function withPausesFirst(scope: Scope, node: Expression): Pausing<unknown> {
  const inner = new Scope(scope, "block");
  const first: { index: number; run: Pausing<unknown> }[] = [];
  const replaced = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(replaced);
    if (!pauses(part)) return part;
    const { type } = part as { type: string };
    if (!PAUSES.has(type) && !BRANCHES.has(type)) {
      return Object.fromEntries(
        Object.entries(part as object).map(([key, value]) => [key, replaced(value)]),
      );
    }
    const name = ` ${first.length}`;
    first.push({ index: inner.declare(name), run: pausingExpression(inner, part as Expression) });
    return { type: "Identifier", name };
  };
  const whole = replaced(node) as Expression;
  const run = expression(inner, whole);
  return function* (frame) {
    const own = opened(inner, frame);
    for (const part of first) own.slots[part.index] = yield* part.run(own);
    return run(own);
  };
}

type PausingStep = Pausing<Completion | undefined>;

function pausingSequence(scope: Scope, body: readonly Statement[]): PausingStep {
  // Functions are made first, all of them.
  const hoisted = sequence(
    scope,
    body.filter(({ type }) => type === "FunctionDeclaration"),
  );
  const steps = body.map((node) => pausingStatement(scope, node));
  return function* (frame) {
    hoisted(frame);
    for (const step of steps) {
      const completion = yield* step(frame);
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

function pausingBlock(scope: Scope, body: readonly Statement[]): PausingStep {
  if (!hasLexical(body)) return pausingSequence(scope, body);
  const inner = new Scope(scope, "block");
  declareLexical(inner, body);
  const run = pausingSequence(inner, body);
  return function* (frame) {
    return yield* run(opened(inner, frame));
  };
}

function pausingStatement(scope: Scope, node: Statement, labels: string[] = []): PausingStep {
  if (!pauses(node)) {
    const run = statement(scope, node, labels);
    // biome-ignore lint/correctness/useYield: it is one of those that may.
    return function* (frame) {
      return run(frame);
    };
  }
  switch (node.type) {
    case "ExpressionStatement": {
      const run = pausingExpression(scope, node.expression);
      return function* (frame) {
        yield* run(frame);
        return undefined;
      };
    }
    case "VariableDeclaration":
      return pausingDeclaration(scope, node);
    case "ReturnStatement": {
      const value = pausingExpression(scope, node.argument as Expression);
      return function* (frame) {
        return { kind: "return", value: yield* value(frame) };
      };
    }
    case "ThrowStatement": {
      const value = pausingExpression(scope, node.argument);
      return function* (frame) {
        throw yield* value(frame);
      };
    }
    case "IfStatement": {
      const test = pausingExpression(scope, node.test);
      const yes = pausingStatement(scope, node.consequent);
      const no = node.alternate ? pausingStatement(scope, node.alternate) : null;
      return function* (frame) {
        if (yield* test(frame)) return yield* yes(frame);
        return no === null ? undefined : yield* no(frame);
      };
    }
    case "BlockStatement":
      return pausingBlock(scope, node.body);
    case "LabeledStatement":
      return pausingStatement(scope, node.body, [...labels, node.label.name]);
    case "WhileStatement":
    case "DoWhileStatement":
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
      return pausingLoop(scope, node, labels);
    case "TryStatement": {
      const run = pausingBlock(scope, node.block.body);
      const { handler } = node;
      const inner = new Scope(scope, "block");
      for (const name of namesOf(handler?.param ?? null)) inner.declare(name);
      const assign = handler?.param ? assigning(inner, handler.param, true) : null;
      const rescue = handler ? pausingBlock(inner, handler.body.body) : null;
      const end = node.finalizer ? pausingBlock(scope, node.finalizer.body) : null;
      return function* (frame) {
        let completion: Completion | undefined;
        try {
          try {
            completion = yield* run(frame);
          } catch (error) {
            if (rescue === null) throw error;
            const own = opened(inner, frame);
            assign?.(own, error);
            completion = yield* rescue(own);
          }
        } finally {
          const last = end === null ? undefined : yield* end(frame);
          // biome-ignore lint/correctness/noUnsafeFinally: it is what the language says.
          if (last !== undefined) return last;
        }
        return completion;
      };
    }
    default:
      throw new SyntaxError(
        `await and yield in a ${node.type} are not supported in code made from text here`,
      );
  }
}

function pausingDeclaration(
  scope: Scope,
  { kind, declarations }: VariableDeclaration,
): PausingStep {
  const steps = declarations.flatMap(({ id, init }) => {
    if (!init && kind === "var") return [];
    const value = init ? pausingExpression(scope, init, nameFor(id)) : null;
    return [{ assign: assigning(scope, id, kind !== "var"), value }];
  });
  return function* (frame) {
    for (const { assign, value } of steps) {
      assign(frame, value === null ? undefined : yield* value(frame));
    }
    return undefined;
  };
}

type Loop = Statement & { type: `${string}Statement` };

function pausingLoop(scope: Scope, node: Loop, labels: string[]): PausingStep {
  const ends = (completion: Completion | undefined) => {
    if (completion === undefined) return "goes on";
    const mine =
      completion.kind !== "return" &&
      (completion.label === null || labels.includes(completion.label));
    if (!mine) return "leaves";
    return completion.kind === "break" ? "stops" : "goes on";
  };
  if (node.type === "ForOfStatement" || node.type === "ForInStatement") {
    const { left } = node;
    const isDeclared = left.type === "VariableDeclaration";
    const inner = new Scope(scope, "block");
    if (isDeclared) declareLexical(inner, [left]);
    const target = (isDeclared ? left.declarations[0]?.id : left) as Pattern;
    const assign = assigning(inner, target, isDeclared && left.kind !== "var");
    const values = pausingExpression(scope, node.right);
    const body = pausingStatement(inner, node.body);
    const isAsync = node.type === "ForOfStatement" && node.await;
    return function* (outer) {
      const list = (yield* values(outer)) as Iterable<unknown> & AsyncIterable<unknown>;
      const all = node.type === "ForInStatement" ? keysOf(list) : list;
      const iterator = (isAsync && list[Symbol.asyncIterator]?.()) || all[Symbol.iterator]();
      for (;;) {
        const asked = iterator.next();
        const step = (
          isAsync ? yield { kind: "await", value: asked } : asked
        ) as IteratorResult<unknown>;
        if (step.done) return undefined;
        const frame = opened(inner, outer);
        assign(frame, isAsync ? yield { kind: "await", value: step.value } : step.value);
        const completion = yield* body(frame);
        const end = ends(completion);
        if (end === "goes on") continue;
        iterator.return?.();
        return end === "leaves" ? completion : undefined;
      }
    };
  }
  if (node.type === "ForStatement") {
    const { init } = node;
    const isDeclared = init?.type === "VariableDeclaration";
    const inner = new Scope(scope, "block");
    if (isDeclared) declareLexical(inner, [init]);
    const begin = !init
      ? null
      : isDeclared
        ? pausingDeclaration(inner, init)
        : pausingExpression(inner, init as Expression);
    const test = node.test ? pausingExpression(inner, node.test) : null;
    const update = node.update ? pausingExpression(inner, node.update) : null;
    const body = pausingStatement(inner, node.body);
    return function* (outer) {
      let frame = opened(inner, outer);
      if (begin) yield* begin(frame);
      while (test === null || (yield* test(frame))) {
        const completion = yield* body(frame);
        const end = ends(completion);
        if (end !== "goes on") return end === "leaves" ? completion : undefined;
        frame = { ...frame, slots: [...frame.slots] };
        if (update) yield* update(frame);
      }
      return undefined;
    };
  }
  if (node.type !== "WhileStatement" && node.type !== "DoWhileStatement")
    throw new SyntaxError(node.type);
  const test = pausingExpression(scope, node.test);
  const body = pausingStatement(scope, node.body);
  return function* (frame) {
    for (
      let first = node.type === "DoWhileStatement";
      first || (yield* test(frame));
      first = false
    ) {
      const completion = yield* body(frame);
      const end = ends(completion);
      if (end !== "goes on") return end === "leaves" ? completion : undefined;
    }
    return undefined;
  };
}

function* keysOf(value: unknown): Generator<string> {
  for (const key in value as object) yield key;
}
