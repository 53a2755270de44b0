/** What a call has of its own: arrow functions share that of the function around them. */
export type Activation = {
  /** UNSET in a derived class's constructor, until super() has returned. */
  self: unknown;
  given: unknown[];
  newTarget: unknown;
  callee: CallableFunction | null;
  /** Where `super.x` is looked up. */
  home: object | null;
};

/** The variables of one scope while it runs. */
export type Frame = {
  slots: unknown[];
  parent: Frame | null;
  activation: Activation;
  /** The object of a `with`. */
  object: object | null;
};

/** In a variable before its declaration has run. */
export const UNSET: unique symbol = Symbol("unset");

/** A piece of code that was made ready to run. */
export type Run<Value = unknown> = (frame: Frame) => Value;

export function openFrame(parent: Frame, size: number): Frame {
  return { slots: new Array(size), parent, activation: parent.activation, object: null };
}

export function openWith(parent: Frame, object: object): Frame {
  return { slots: [], parent, activation: parent.activation, object };
}

export function ancestor(frame: Frame, hops: number): Frame {
  let at = frame;
  for (let count = hops; count > 0; count--) at = at.parent as Frame;
  return at;
}
