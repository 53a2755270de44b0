import type { Class, Expression, Statement } from "acorn";
import { expression, fieldsOf, noPrivateNames, propertyKey } from "./expressions.ts";
import { type Activation, type Frame, openFrame, type Run, UNSET } from "./frame.ts";
import { entryOf, functionOf, type Maker } from "./functions.ts";
import { Scope, writing } from "./scope.ts";
import { block } from "./statements.ts";

type Member = {
  isStatic: boolean;
  /** Puts a method, or evaluates a field's key. */
  prepare(frame: Frame, made: CallableFunction): PropertyKey | null;
  /** Gives an object, or the class itself, the field. */
  field: ((frame: Frame, holder: object, key: PropertyKey | null) => void) | null;
};

/** Makes a class ready to be made. */
export function classOf(outer: Scope, node: Class, given = ""): Run<CallableFunction> {
  const scope = new Scope(outer, "block", { strict: true });
  const name = node.id?.name ?? given;
  if (node.id) scope.declare(node.id.name);
  const writeName = node.id ? writing(scope, node.id.name, true) : null;
  const parent = node.superClass ? expression(scope, node.superClass) : null;
  const written = node.body.body.find(
    (one) => one.type === "MethodDefinition" && one.kind === "constructor",
  );
  const construct =
    written?.type === "MethodDefinition"
      ? (functionOf(scope, written.value, name, { method: true }) as Maker)
      : null;
  const members = node.body.body
    .filter((one) => one !== written)
    .map((one) => memberOf(scope, one));
  return (outerFrame) => {
    const frame = openFrame(outerFrame, scope.size);
    const base = parent === null ? null : (parent(frame) as CallableFunction | null);
    const made = constructorOf(name, parent !== null, () => body);
    const prototype = Object.create(parent === null ? Object.prototype : (base?.prototype ?? null));
    Object.defineProperty(made, "prototype", { value: prototype, writable: false });
    Object.defineProperty(prototype, "constructor", {
      value: made,
      writable: true,
      configurable: true,
    });
    if (base) Object.setPrototypeOf(made, base);
    const body = construct === null ? null : entryOf(construct(frame, prototype));
    writeName?.(frame, made);
    const keys = members.map(({ prepare }) => prepare(frame, made));
    fieldsOf.set(made, (holder) => {
      members.forEach(({ isStatic, field }, at) => {
        if (!isStatic) field?.(frame, holder, keys[at] ?? null);
      });
    });
    members.forEach(({ isStatic, field }, at) => {
      if (isStatic) field?.(frame, made, keys[at] ?? null);
    });
    return made;
  };
}

type Construct = (activation: Activation) => unknown;

function constructorOf(
  name: string,
  derived: boolean,
  body: () => Construct | null,
): CallableFunction {
  const made = function (this: object, ...given: unknown[]) {
    if (new.target === undefined) {
      throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
    }
    const self = derived ? UNSET : this;
    const home = made.prototype as object;
    const activation: Activation = { self, given, newTarget: new.target, callee: made, home };
    if (!derived) fieldsOf.get(made)?.(this);
    const run = body();
    if (run === null) {
      if (derived) {
        const parent = Object.getPrototypeOf(made) as CallableFunction;
        activation.self = Reflect.construct(parent, given, new.target);
        fieldsOf.get(made)?.(activation.self as object);
      }
      return activation.self as object;
    }
    const result = run(activation);
    if (typeof result === "object" && result !== null) return result;
    if (activation.self === UNSET) {
      throw new ReferenceError(
        "Must call super constructor before returning from derived constructor",
      );
    }
    return activation.self as object;
  };
  return Object.defineProperty(made, "name", { value: name, configurable: true });
}

function memberOf(scope: Scope, node: Class["body"]["body"][number]): Member {
  if (node.type === "StaticBlock") {
    const run = block(new Scope(scope, "function"), node.body as Statement[]);
    const field = (frame: Frame, holder: object) =>
      void run({ slots: [], parent: frame, activation: fieldActivation(holder), object: null });
    return { isStatic: true, prepare: () => null, field };
  }
  const key = propertyKey(scope, node.key as Expression, node.computed);
  if (node.key.type === "PrivateIdentifier") throw noPrivateNames();
  const name = node.computed ? "" : ((node.key as { name?: string }).name ?? "");
  const isStatic = node.static;
  if (node.type === "MethodDefinition") {
    const make = functionOf(scope, node.value, name, { method: true }) as Maker;
    const prepare = (frame: Frame, made: CallableFunction) => {
      const holder = (isStatic ? made : made.prototype) as object;
      const fn = make(frame, holder);
      const how = node.kind === "method" ? { value: fn, writable: true } : { [node.kind]: fn };
      Object.defineProperty(holder, key(frame), { ...how, configurable: true });
      return null;
    };
    return { isStatic, prepare, field: null };
  }
  const fields = new Scope(scope, "function");
  const value = node.value ? expression(fields, node.value, name) : () => undefined;
  return {
    isStatic,
    prepare: (frame) => key(frame),
    field(frame, holder, at) {
      const activation = fieldActivation(holder);
      const own: Frame = { slots: [], parent: frame, activation, object: null };
      const how = { value: value(own), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(holder, at as PropertyKey, how);
    },
  };
}

function fieldActivation(self: object): Activation {
  const home = typeof self === "function" ? self : (Object.getPrototypeOf(self) as object);
  return { self, given: [], newTarget: undefined, callee: null, home };
}
