import type {
  Expression,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  Pattern,
  Statement,
  SwitchStatement,
  TryStatement,
  VariableDeclaration,
} from "acorn";
import { classOf } from "./classes.ts";
import { declareLexical, hasLexical, namesOf } from "./declarations.ts";
import { expression } from "./expressions.ts";
import { type Frame, openFrame, openWith, type Run, UNSET } from "./frame.ts";
import { functionOf, type Maker } from "./functions.ts";
import { assigning, nameFor } from "./patterns.ts";
import { Scope, writing } from "./scope.ts";

/** Why a statement did not go on to the one after it. */
export type Completion =
  | { kind: "break" | "continue"; label: string | null }
  | { kind: "return"; value: unknown };

export type Step = Run<Completion | undefined>;

/** Makes a statement ready to run. `labels`: those that stand before it. */
export function statement(scope: Scope, node: Statement, labels: string[] = []): Step {
  switch (node.type) {
    case "ExpressionStatement": {
      const run = expression(scope, node.expression);
      return (frame) => void run(frame);
    }
    case "VariableDeclaration":
      return declaration(scope, node);
    case "FunctionDeclaration":
    case "EmptyStatement":
    case "DebuggerStatement":
      return () => undefined;
    case "ClassDeclaration": {
      const make = classOf(scope, node, node.id.name);
      const write = writing(scope, node.id.name, true);
      return (frame) => void write(frame, make(frame));
    }
    case "ReturnStatement": {
      const value = node.argument ? expression(scope, node.argument) : () => undefined;
      return (frame) => ({ kind: "return", value: value(frame) });
    }
    case "IfStatement": {
      const test = expression(scope, node.test);
      const yes = statement(scope, node.consequent);
      const no = node.alternate ? statement(scope, node.alternate) : () => undefined;
      return (frame) => (test(frame) ? yes(frame) : no(frame));
    }
    case "BlockStatement":
      return labelled(block(scope, node.body), labels);
    case "ForStatement":
      return forLoop(scope, node, labels);
    case "ForInStatement":
    case "ForOfStatement":
      return forEach(scope, node, labels);
    case "WhileStatement": {
      const test = expression(scope, node.test);
      const body = statement(scope, node.body);
      return loop(labels, (frame, turn) => {
        while (test(frame)) if (turn(body(frame))) return;
      });
    }
    case "DoWhileStatement": {
      const test = expression(scope, node.test);
      const body = statement(scope, node.body);
      return loop(labels, (frame, turn) => {
        do if (turn(body(frame))) return;
        while (test(frame));
      });
    }
    case "SwitchStatement":
      return switching(scope, node, labels);
    case "BreakStatement":
    case "ContinueStatement": {
      const kind = node.type === "BreakStatement" ? "break" : "continue";
      const completion = { kind, label: node.label?.name ?? null } as const;
      return () => completion;
    }
    case "ThrowStatement": {
      const value = expression(scope, node.argument);
      return (frame) => {
        throw value(frame);
      };
    }
    case "TryStatement":
      return trying(scope, node);
    case "LabeledStatement":
      return statement(scope, node.body, [...labels, node.label.name]);
    case "WithStatement": {
      const object = expression(scope, node.object);
      const body = statement(new Scope(scope, "with"), node.body);
      return (frame) => body(openWith(frame, Object(object(frame)) as object));
    }
    default:
      throw new SyntaxError(
        `${(node as Statement).type} cannot stand in code that is made from text`,
      );
  }
}

/** Statements one after the other, with the functions among them made first. */
export function sequence(scope: Scope, body: readonly Statement[]): Step {
  const functions = body.flatMap((node) => {
    if (node.type !== "FunctionDeclaration") return [];
    const make = functionOf(scope, node, node.id.name) as Maker;
    const writes = [writing(scope, node.id.name, true)];
    const outer = scope.functionScope;
    if (outer !== scope && !scope.strict && outer.has(node.id.name)) {
      const parent = scope.parent as Scope;
      const write = writing(parent, node.id.name, true);
      writes.push((frame, value) => write(frame.parent as Frame, value));
    }
    return [{ make, writes }];
  });
  const steps = body.map((node) => statement(scope, node));
  return (frame) => {
    for (const { make, writes } of functions) {
      const made = make(frame);
      for (const write of writes) write(frame, made);
    }
    for (const step of steps) {
      const completion = step(frame);
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

export function block(scope: Scope, body: readonly Statement[]): Step {
  if (!hasLexical(body)) return sequence(scope, body);
  const inner = new Scope(scope, "block");
  declareLexical(inner, body);
  const run = sequence(inner, body);
  return (frame) => run(opened(inner, frame));
}

/** A frame for `scope` in which nothing has been declared yet. */
export function opened(scope: Scope, parent: Frame): Frame {
  const frame = openFrame(parent, scope.size);
  for (const index of scope.lateIndexes()) frame.slots[index] = UNSET;
  return frame;
}

function labelled(step: Step, labels: string[]): Step {
  if (labels.length === 0) return step;
  return (frame) => {
    const completion = step(frame);
    const ends = completion?.kind === "break" && labels.includes(completion.label ?? "");
    return ends ? undefined : completion;
  };
}

function declaration(scope: Scope, { kind, declarations }: VariableDeclaration): Step {
  const steps = declarations.flatMap(({ id, init }): Run<unknown>[] => {
    if (!init && kind === "var") return [];
    // A `var` under a `with` may be a member of its object.
    const assign = assigning(scope, id, kind !== "var");
    const value = init ? expression(scope, init, nameFor(id)) : () => undefined;
    return [(frame) => assign(frame, value(frame))];
  });
  return (frame) => {
    for (const step of steps) step(frame);
    return undefined;
  };
}

/** Takes how a turn of the loop ended; true where the loop ends with it. */
type Turn = (completion: Completion | undefined) => boolean;

function loop(labels: string[], run: (frame: Frame, turn: Turn) => void): Step {
  return (frame) => {
    let result: Completion | undefined;
    run(frame, (completion) => {
      if (completion === undefined) return false;
      const mine =
        completion.kind !== "return" &&
        (completion.label === null || labels.includes(completion.label));
      if (mine) return completion.kind === "break";
      result = completion;
      return true;
    });
    return result;
  };
}

function forLoop(scope: Scope, node: ForStatement, labels: string[]): Step {
  const { init, test, update } = node;
  const isLexical = init?.type === "VariableDeclaration" && init.kind !== "var";
  const inner = isLexical ? new Scope(scope, "block") : scope;
  if (isLexical) declareLexical(inner, [init]);
  const begin = !init
    ? () => undefined
    : init.type === "VariableDeclaration"
      ? declaration(inner, init)
      : expression(inner, init as Expression);
  const goesOn = test ? expression(inner, test) : () => true;
  const next = update ? expression(inner, update) : () => undefined;
  const body = statement(inner, node.body);
  return loop(labels, (outer, turn) => {
    let frame = isLexical ? opened(inner, outer) : outer;
    begin(frame);
    while (goesOn(frame)) {
      if (turn(body(frame))) return;
      // Each turn has variables of its own, which functions made in it keep.
      if (isLexical) frame = { ...frame, slots: [...frame.slots] };
      next(frame);
    }
  });
}

function forEach(scope: Scope, node: ForInStatement | ForOfStatement, labels: string[]): Step {
  const { left } = node;
  const isLexical = left.type === "VariableDeclaration" && left.kind !== "var";
  const inner = isLexical ? new Scope(scope, "block") : scope;
  if (isLexical) declareLexical(inner, [left]);
  const target = left.type === "VariableDeclaration" ? left.declarations[0]?.id : left;
  const assign = assigning(inner, target as Pattern, isLexical);
  const values = expression(inner, node.right);
  const body = statement(inner, node.body);
  return loop(labels, (outer, turn) => {
    const start = isLexical ? opened(inner, outer) : outer;
    const list = values(start);
    const all = node.type === "ForOfStatement" ? (list as Iterable<unknown>) : keysOf(list);
    for (const value of all) {
      const frame = isLexical ? opened(inner, outer) : outer;
      assign(frame, value);
      if (turn(body(frame))) return;
    }
  });
}

function* keysOf(value: unknown): Generator<string> {
  if (value === null || value === undefined) return;
  for (const key in value as object) yield key;
}

function switching(scope: Scope, node: SwitchStatement, labels: string[]): Step {
  const inner = new Scope(scope, "block");
  const all = node.cases.flatMap(({ consequent }) => consequent);
  declareLexical(inner, all);
  const value = expression(scope, node.discriminant);
  const cases = node.cases.map(({ test, consequent }) => ({
    test: test ? expression(inner, test) : null,
    run: sequence(inner, consequent),
  }));
  const otherwise = cases.findIndex(({ test }) => test === null);
  return (outer) => {
    const given = value(outer);
    const frame = opened(inner, outer);
    const hit = cases.findIndex(({ test }) => test !== null && test(frame) === given);
    const from = hit === -1 ? otherwise : hit;
    if (from === -1) return undefined;
    for (const { run } of cases.slice(from)) {
      const completion = run(frame);
      if (completion === undefined) continue;
      const { kind } = completion;
      // `continue` is for the loop around it.
      const mine = kind === "break" && [null, ...labels].includes(completion.label);
      return mine ? undefined : completion;
    }
    return undefined;
  };
}

function trying(scope: Scope, { block: tried, handler, finalizer }: TryStatement): Step {
  const run = block(scope, tried.body);
  const rescue = handler ? catching(scope, handler.param ?? null, handler.body.body) : null;
  const end = finalizer ? block(scope, finalizer.body) : null;
  return (frame) => {
    let completion: Completion | undefined;
    try {
      try {
        completion = run(frame);
      } catch (error) {
        if (rescue === null) throw error;
        completion = rescue(frame, error);
      }
    } finally {
      const last = end?.(frame);
      // What the last block does instead takes the place of an error too.
      // biome-ignore lint/correctness/noUnsafeFinally: it is what the language says.
      if (last !== undefined) return last;
    }
    return completion;
  };
}

function catching(scope: Scope, param: Pattern | null, body: readonly Statement[]) {
  const inner = new Scope(scope, "block");
  for (const name of namesOf(param)) inner.declare(name);
  const assign = param === null ? null : assigning(inner, param, true);
  const run = block(inner, body);
  return (frame: Frame, error: unknown) => {
    const own = opened(inner, frame);
    assign?.(own, error);
    return run(own);
  };
}
