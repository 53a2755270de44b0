import { ancestor, type Frame, type Run, UNSET } from "./frame.ts";

type Variable = { index: number; constant: boolean; late: boolean };

/** Where a name stands, as it is known before anything runs. */
type Place =
  | { kind: "slot"; hops: number; variable: Variable; withs: number[] }
  | { kind: "global"; withs: number[] };

/** The names of one scope; each has a frame at run time. */
export class Scope {
  readonly parent: Scope | null;
  readonly kind: "function" | "block" | "with";
  readonly strict: boolean;
  readonly #variables = new Map<string, Variable>();
  /** Of the function: whether its code asks for `arguments`. */
  usesArguments = false;
  /** Of an arrow function's scope: `arguments` is that of the function around it. */
  readonly arrow: boolean;

  constructor(
    parent: Scope | null,
    kind: Scope["kind"],
    { strict = parent?.strict ?? false, arrow = false } = {},
  ) {
    this.parent = parent;
    this.kind = kind;
    this.strict = strict;
    this.arrow = arrow;
  }

  get size(): number {
    return this.#variables.size;
  }

  /** `late`: it may not be used before its declaration has run. */
  declare(name: string, { constant = false, late = false } = {}): number {
    const known = this.#variables.get(name);
    if (known !== undefined) return known.index;
    const index = this.#variables.size;
    this.#variables.set(name, { index, constant, late });
    return index;
  }

  has(name: string): boolean {
    return this.#variables.has(name);
  }

  /** Indexes of variables that are UNSET at first. */
  lateIndexes(): number[] {
    return [...this.#variables.values()].flatMap(({ index, late }) => (late ? [index] : []));
  }

  /** The scope that a `var` in this one belongs to. */
  get functionScope(): Scope {
    return this.kind === "function" || this.parent === null ? this : this.parent.functionScope;
  }

  find(name: string): Place {
    const withs: number[] = [];
    let hops = 0;
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent, hops++) {
      if (scope.kind === "with") withs.push(hops);
      const variable = scope.#variables.get(name);
      if (variable !== undefined) return { kind: "slot", hops, variable, withs };
      const isOwner = scope.kind === "function" && !scope.arrow && scope.parent !== null;
      if (name === "arguments" && isOwner) {
        scope.usesArguments = true;
        scope.declare(name);
        return { kind: "slot", hops, variable: scope.#variables.get(name) as Variable, withs };
      }
    }
    return { kind: "global", withs };
  }
}

const world = globalThis as unknown as Record<string, unknown>;

/** What the name is; `ifMissing` where there is no such variable at all. */
export function reading(scope: Scope, name: string, ifMissing: () => unknown): Run {
  const place = scope.find(name);
  const plain = place.kind === "slot" ? slotReader(place, name) : globalReader(name, ifMissing);
  if (place.withs.length === 0) return plain;
  return (frame) => {
    const holder = withHolder(frame, place.withs, name);
    return holder === null ? plain(frame) : holder[name];
  };
}

function slotReader({ hops, variable }: Place & { kind: "slot" }, name: string): Run {
  const { index, late } = variable;
  if (late) {
    return (frame) => {
      const value = ancestor(frame, hops).slots[index];
      if (value === UNSET)
        throw new ReferenceError(`Cannot access '${name}' before initialization`);
      return value;
    };
  }
  if (hops === 0) return (frame) => frame.slots[index];
  if (hops === 1) return (frame) => (frame.parent as Frame).slots[index];
  return (frame) => ancestor(frame, hops).slots[index];
}

function globalReader(name: string, ifMissing: () => unknown): Run {
  return () => {
    const value = world[name];
    return value === undefined && !(name in world) ? ifMissing() : value;
  };
}

export function notDefined(name: string): () => never {
  return () => {
    throw new ReferenceError(`${name} is not defined`);
  };
}

/** Sets a variable; `first`: its declaration does, which a constant allows. */
export function writing(
  scope: Scope,
  name: string,
  first = false,
): (frame: Frame, value: unknown) => void {
  const place = scope.find(name);
  const plain =
    place.kind === "slot" ? slotWriter(place, name, first) : globalWriter(name, scope.strict);
  if (place.withs.length === 0 || first) return plain;
  return (frame, value) => {
    const holder = withHolder(frame, place.withs, name);
    if (holder === null) plain(frame, value);
    else holder[name] = value;
  };
}

function slotWriter({ hops, variable }: Place & { kind: "slot" }, name: string, first: boolean) {
  const { index, constant, late } = variable;
  return (frame: Frame, value: unknown) => {
    const { slots } = ancestor(frame, hops);
    if (!first && late && slots[index] === UNSET) {
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    }
    if (!first && constant) throw new TypeError("Assignment to constant variable.");
    slots[index] = value;
  };
}

function globalWriter(name: string, strict: boolean) {
  return (_: Frame, value: unknown) => {
    if (strict && !(name in world)) notDefined(name)();
    world[name] = value;
  };
}

/** The object of the innermost `with` that has the name. */
export function withHolder(
  frame: Frame,
  withs: number[],
  name: string,
): Record<string, unknown> | null {
  for (const hops of withs) {
    const object = ancestor(frame, hops).object as Record<string | symbol, unknown>;
    const hidden = object[Symbol.unscopables] as Record<string, unknown> | undefined;
    if (name in object && !hidden?.[name]) return object as Record<string, unknown>;
  }
  return null;
}
