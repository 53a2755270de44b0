import type {
  AssignmentExpression,
  CallExpression,
  Expression,
  MemberExpression,
  NewExpression,
  ObjectExpression,
  Pattern,
  PrivateIdentifier,
  SpreadElement,
  Super,
  UpdateExpression,
} from "acorn";
import { classOf } from "./classes.ts";
import type { Frame, Run } from "./frame.ts";
import { UNSET } from "./frame.ts";
import { functionOf, type Maker } from "./functions.ts";
import { importing } from "./imports.ts";
import { BINARY } from "./operators.ts";
import { assigning, nameFor } from "./patterns.ts";
import { notDefined, reading, type Scope, withHolder, writing } from "./scope.ts";

type Bag = Record<PropertyKey, unknown>;
type Callable = (this: unknown, ...given: unknown[]) => unknown;

/** What a `?.` has found nothing to go on with. */
const STOP = Symbol("stop");

/** Makes an expression ready to run. `name`: what an unnamed function is called then. */
export function expression(scope: Scope, node: Expression, name?: string): Run {
  switch (node.type) {
    case "Identifier":
      return node.name === "undefined" && scope.find(node.name).kind === "global"
        ? () => undefined
        : reading(scope, node.name, notDefined(node.name));
    case "Literal": {
      const { regex, bigint, value } = node;
      if (regex) return () => new RegExp(regex.pattern, regex.flags);
      if (bigint) return () => BigInt(bigint);
      return () => value;
    }
    case "ThisExpression":
      return selfOf;
    case "TemplateLiteral": {
      const texts = node.quasis.map(({ value }) => value.cooked ?? "");
      const values = node.expressions.map((one) => expression(scope, one));
      return (frame) =>
        texts.reduce((text, next, at) => `${text}${(values[at - 1] as Run)(frame)}${next}`);
    }
    case "TaggedTemplateExpression": {
      const { quasis, expressions } = node.quasi;
      const strings = Object.assign(
        quasis.map(({ value }) => value.cooked ?? undefined),
        { raw: Object.freeze(quasis.map(({ value }) => value.raw)) },
      );
      Object.freeze(strings);
      const call = calling(scope, node.tag, () => [strings, ...expressions]);
      return (frame) => unlessStopped(call(frame));
    }
    case "ArrayExpression": {
      const items = spreading(scope, node.elements);
      return (frame) => items(frame);
    }
    case "ObjectExpression":
      return objectOf(scope, node);
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return functionOf(scope, node, name) as Maker;
    case "ClassExpression":
      return classOf(scope, node, name);
    case "UnaryExpression":
      return unary(scope, node.operator, node.argument);
    case "UpdateExpression":
      return update(scope, node);
    case "BinaryExpression": {
      if (node.left.type === "PrivateIdentifier") throw noPrivateNames();
      const left = expression(scope, node.left);
      const right = expression(scope, node.right);
      const operate = BINARY[node.operator] as (a: unknown, b: unknown) => unknown;
      return (frame) => operate(left(frame), right(frame));
    }
    case "LogicalExpression": {
      const left = expression(scope, node.left);
      const right = expression(scope, node.right);
      if (node.operator === "||") return (frame) => left(frame) || right(frame);
      if (node.operator === "&&") return (frame) => left(frame) && right(frame);
      return (frame) => left(frame) ?? right(frame);
    }
    case "ConditionalExpression": {
      const [test, yes, no] = [node.test, node.consequent, node.alternate].map((one) =>
        expression(scope, one, name),
      ) as [Run, Run, Run];
      return (frame) => (test(frame) ? yes(frame) : no(frame));
    }
    case "AssignmentExpression":
      return assignment(scope, node);
    case "SequenceExpression": {
      const all = node.expressions.map((one) => expression(scope, one));
      return (frame) => {
        let value: unknown;
        for (const run of all) value = run(frame);
        return value;
      };
    }
    case "MemberExpression":
    case "CallExpression": {
      const found = chained(scope, node);
      return (frame) => unlessStopped(found(frame));
    }
    case "ChainExpression":
      return expression(scope, node.expression);
    case "NewExpression":
      return construction(scope, node);
    case "MetaProperty":
      if (node.meta.name !== "new")
        throw new SyntaxError("Cannot use 'import.meta' outside a module");
      return ({ activation }) => activation.newTarget;
    case "ImportExpression": {
      const source = expression(scope, node.source);
      return (frame) => importing(source(frame));
    }
    case "ParenthesizedExpression":
      return expression(scope, node.expression, name);
    default:
      throw new SyntaxError(`${node.type} is not supported in code that is made from text here`);
  }
}

export function selfOf({ activation }: Frame): unknown {
  if (activation.self !== UNSET) return activation.self;
  throw new ReferenceError(
    "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
  );
}

export function noPrivateNames(): SyntaxError {
  return new SyntaxError("#private names are not supported in code that is made from text here");
}

function unlessStopped(value: unknown): unknown {
  return value === STOP ? undefined : value;
}

/** The key of a member, a property or a method. */
export function propertyKey(
  scope: Scope,
  node: Expression | PrivateIdentifier,
  computed: boolean,
): Run<PropertyKey> {
  if (node.type === "PrivateIdentifier") throw noPrivateNames();
  if (computed) {
    const run = expression(scope, node);
    return (frame) => {
      const key = run(frame);
      return typeof key === "symbol" || typeof key === "number" ? key : String(key);
    };
  }
  const key = node.type === "Identifier" ? node.name : String((node as { value: unknown }).value);
  return () => key;
}

/** A member or a call, of which `?.` may have stopped. */
function chained(scope: Scope, node: Expression): Run {
  if (node.type === "MemberExpression") {
    const { member } = memberOf(scope, node);
    return (frame) => member(frame).value;
  }
  if (node.type === "CallExpression") return callOf(scope, node);
  return expression(scope, node);
}

type Member = { self: unknown; value: unknown };

function memberOf(scope: Scope, node: MemberExpression): { member: Run<Member> } {
  const key = propertyKey(scope, node.property, node.computed);
  if (node.object.type === "Super") {
    return {
      member(frame) {
        const self = selfOf(frame);
        return { self, value: Reflect.get(superHome(frame), key(frame), self) };
      },
    };
  }
  const object = chained(scope, node.object);
  const { optional } = node;
  return {
    member(frame) {
      const self = object(frame);
      if (self === STOP) return { self, value: STOP };
      if (self === null || self === undefined) {
        if (optional) return { self, value: STOP };
        const name = String(key(frame));
        throw new TypeError(`Cannot read properties of ${self} (reading '${name}')`);
      }
      return { self, value: (self as Bag)[key(frame)] };
    },
  };
}

function superHome({ activation }: Frame): object {
  return Object.getPrototypeOf(activation.home) as object;
}

function callOf(scope: Scope, node: CallExpression): Run {
  const given = spreading(scope, node.arguments);
  if (node.callee.type === "Super") return superCall(given);
  return calling(scope, node.callee, () => node.arguments, node.optional);
}

/** `super(…)`, which makes `this`. */
function superCall(given: Run<unknown[]>): Run {
  return (frame) => {
    const { activation } = frame;
    const parent = Object.getPrototypeOf(activation.callee) as CallableFunction;
    const made = Reflect.construct(parent, given(frame), activation.newTarget as CallableFunction);
    if (activation.self !== UNSET)
      throw new ReferenceError("Super constructor may only be called once");
    activation.self = made;
    fieldsOf.get(activation.callee as object)?.(made);
    return made;
  };
}

/** A class → what gives a new object its fields. */
export const fieldsOf = new WeakMap<object, (made: object) => void>();

function calling(
  scope: Scope,
  callee: Expression,
  args: () => (Expression | SpreadElement | unknown)[],
  optional = false,
): Run {
  const given = spreading(scope, args() as (Expression | SpreadElement)[]);
  const shown = nameOf(callee);
  const call = (frame: Frame, self: unknown, value: unknown) => {
    if (value === STOP || (optional && (value === null || value === undefined))) return STOP;
    if (typeof value !== "function") throw new TypeError(`${shown} is not a function`);
    return Reflect.apply(value as Callable, self, given(frame));
  };
  if (callee.type === "MemberExpression") {
    const { member } = memberOf(scope, callee);
    return (frame) => {
      const { self, value } = member(frame);
      return call(frame, self, value);
    };
  }
  if (callee.type === "Identifier") {
    const read = expression(scope, callee);
    const { withs } = scope.find(callee.name);
    if (withs.length === 0) return (frame) => call(frame, undefined, read(frame));
    // A function out of a `with` is its object's method.
    return (frame) => call(frame, withHolder(frame, withs, callee.name) ?? undefined, read(frame));
  }
  const value = chained(scope, callee);
  return (frame) => call(frame, undefined, value(frame));
}

function construction(scope: Scope, node: NewExpression): Run {
  const callee = expression(scope, node.callee);
  const given = spreading(scope, node.arguments);
  const shown = nameOf(node.callee);
  return (frame) => {
    const made = callee(frame);
    if (typeof made !== "function") throw new TypeError(`${shown} is not a constructor`);
    return Reflect.construct(made, given(frame));
  };
}

function nameOf(node: Expression | Super): string {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return "(intermediate value)";
  const { property, computed } = node;
  const last = !computed && property.type === "Identifier" ? property.name : "…";
  return `${nameOf(node.object)}.${last}`;
}

/** The values of a list, of which some are spread; what is no node stands for itself. */
function spreading(scope: Scope, nodes: (Expression | SpreadElement | null)[]): Run<unknown[]> {
  const items = nodes.map((node) => {
    if (node === null) return { spread: false, hole: true, run: () => undefined };
    if (Array.isArray(node)) return { spread: false, hole: false, run: () => node };
    const spread = node.type === "SpreadElement";
    const run = expression(scope, spread ? node.argument : (node as Expression));
    return { spread, hole: false, run: run as Run };
  });
  if (items.every(({ spread, hole }) => !spread && !hole)) {
    const runs = items.map(({ run }) => run);
    return (frame) => runs.map((run) => run(frame));
  }
  return (frame) => {
    const values: unknown[] = [];
    for (const { spread, hole, run } of items) {
      if (hole) values.length += 1;
      else if (spread) values.push(...(run(frame) as Iterable<unknown>));
      else values.push(run(frame));
    }
    return values;
  };
}

function objectOf(scope: Scope, node: ObjectExpression): Run {
  const parts = node.properties.map((property): ((frame: Frame, made: Bag) => void) => {
    if (property.type === "SpreadElement") {
      const run = expression(scope, property.argument);
      return (frame, made) => void Object.assign(made, run(frame));
    }
    const key = propertyKey(scope, property.key, property.computed);
    const { kind, method, computed } = property;
    const plain = nameFor(property.key) ?? (property.key as { value?: unknown }).value;
    const name = computed ? undefined : String(plain);
    if (kind !== "init" || method) {
      const make = functionOf(scope, property.value as never, name, { method: true }) as Maker;
      return (frame, made) => {
        const fn = make(frame, made);
        const how = kind === "init" ? { value: fn, writable: true } : { [kind]: fn };
        Object.defineProperty(made, key(frame), { ...how, enumerable: true, configurable: true });
      };
    }
    const value = expression(scope, property.value, name);
    if (!computed && !property.shorthand && name === "__proto__") {
      return (frame, made) => {
        const parent = value(frame);
        if (typeof parent === "object") Object.setPrototypeOf(made, parent);
      };
    }
    return (frame, made) => {
      const at = key(frame);
      if (at !== "__proto__") made[at] = value(frame);
      else {
        const own = { value: value(frame), writable: true, enumerable: true, configurable: true };
        Object.defineProperty(made, at, own);
      }
    };
  });
  return (frame) => {
    const made: Bag = {};
    for (const part of parts) part(frame, made);
    return made;
  };
}

function unary(scope: Scope, operator: string, argument: Expression): Run {
  if (operator === "delete") return deletion(scope, argument);
  if (operator === "typeof" && argument.type === "Identifier") {
    const read = reading(scope, argument.name, () => undefined);
    return (frame) => typeof read(frame);
  }
  const value = expression(scope, argument);
  switch (operator) {
    case "typeof":
      return (frame) => typeof value(frame);
    case "!":
      return (frame) => !value(frame);
    case "-":
      return (frame) => -(value(frame) as number);
    case "+":
      return (frame) => +(value(frame) as number);
    case "~":
      return (frame) => ~(value(frame) as number);
    default:
      return (frame) => void value(frame);
  }
}

function deletion(scope: Scope, argument: Expression): Run {
  if (argument.type === "ChainExpression") return deletion(scope, argument.expression);
  if (argument.type !== "MemberExpression") return () => argument.type !== "Identifier";
  const object = chained(scope, argument.object as Expression);
  const key = propertyKey(scope, argument.property, argument.computed);
  const { optional } = argument;
  return (frame) => {
    const self = object(frame);
    if (self === STOP || (optional && (self === null || self === undefined))) return true;
    const at = key(frame);
    const gone = Reflect.deleteProperty(Object(self), at);
    if (!gone && scope.strict) throw new TypeError(`Cannot delete property '${String(at)}'`);
    return gone;
  };
}

type Reference = { read: Run; write: (frame: Frame, value: unknown) => void };

/** A place that is read and written with its parts evaluated once. */
function referring<Result>(
  scope: Scope,
  target: Expression | Pattern,
  use: (frame: Frame, reference: Reference) => Result,
): Run<Result> {
  if (target.type === "Identifier") {
    const read = expression(scope, target);
    const write = writing(scope, target.name);
    const reference = { read, write };
    return (frame) => use(frame, reference);
  }
  if (target.type !== "MemberExpression")
    throw new SyntaxError("Invalid left-hand side in assignment");
  const isSuper = target.object.type === "Super";
  const object = isSuper ? selfOf : expression(scope, target.object as Expression);
  const key = propertyKey(scope, target.property, target.computed);
  return (frame) => {
    const self = object(frame) as Bag;
    const at = key(frame);
    const read = isSuper ? () => Reflect.get(superHome(frame), at, self) : () => self[at];
    const write = (_: Frame, value: unknown) => {
      self[at] = value;
    };
    return use(frame, { read, write });
  };
}

function update(scope: Scope, node: UpdateExpression): Run {
  const change = node.operator === "++" ? 1 : -1;
  return referring(scope, node.argument, (frame, { read, write }) => {
    const value = read(frame);
    const before = typeof value === "bigint" ? value : Number(value);
    const after = typeof before === "bigint" ? before + BigInt(change) : before + change;
    write(frame, after);
    return node.prefix ? after : before;
  });
}

function assignment(scope: Scope, node: AssignmentExpression): Run {
  const { operator } = node;
  const target = node.left as Expression | Pattern;
  const name = nameFor(target);
  if (operator === "=" && (target.type === "ObjectPattern" || target.type === "ArrayPattern")) {
    const value = expression(scope, node.right);
    const assign = assigning(scope, target, false);
    return (frame) => {
      const given = value(frame);
      assign(frame, given);
      return given;
    };
  }
  const value = expression(scope, node.right, name);
  if (operator === "=" && target.type === "Identifier") {
    const write = writing(scope, target.name);
    return (frame) => {
      const given = value(frame);
      write(frame, given);
      return given;
    };
  }
  const set = (frame: Frame, { write }: Reference) => {
    const given = value(frame);
    write(frame, given);
    return given;
  };
  if (operator === "=") return referring(scope, target, set);
  if (operator === "||=" || operator === "&&=" || operator === "??=") {
    return referring(scope, target, (frame, reference) => {
      const before = reference.read(frame);
      const keeps =
        operator === "||=" ? before : operator === "&&=" ? !before : (before ?? null) !== null;
      return keeps ? before : set(frame, reference);
    });
  }
  const operate = BINARY[operator.slice(0, -1)] as (a: unknown, b: unknown) => unknown;
  return referring(scope, target, (frame, { read, write }) => {
    const after = operate(read(frame), value(frame));
    write(frame, after);
    return after;
  });
}
