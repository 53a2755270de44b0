import type { Expression, Pattern } from "acorn";
import { expression, propertyKey } from "./expressions.ts";
import type { Frame } from "./frame.ts";
import { type Scope, writing } from "./scope.ts";

type Assign = (frame: Frame, value: unknown) => void;

/** Gives a value to all that a pattern names. `first`: it declares them. */
export function assigning(scope: Scope, pattern: Pattern | Expression, first: boolean): Assign {
  switch (pattern.type) {
    case "Identifier":
      return writing(scope, pattern.name, first);
    case "MemberExpression": {
      const object = expression(scope, pattern.object as Expression);
      const key = propertyKey(scope, pattern.property as Expression, pattern.computed);
      return (frame, value) => {
        (object(frame) as Record<PropertyKey, unknown>)[key(frame)] = value;
      };
    }
    case "AssignmentPattern": {
      const assign = assigning(scope, pattern.left, first);
      const otherwise = expression(scope, pattern.right, nameFor(pattern.left));
      return (frame, value) => assign(frame, value === undefined ? otherwise(frame) : value);
    }
    case "ArrayPattern":
      return arrayPattern(scope, pattern.elements, first);
    case "ObjectPattern": {
      const taken = pattern.properties.map((property) => {
        if (property.type === "RestElement") {
          return { rest: true, key: null, assign: assigning(scope, property.argument, first) };
        }
        const key = propertyKey(scope, property.key, property.computed);
        return { rest: false, key, assign: assigning(scope, property.value, first) };
      });
      return (frame, value) => {
        if (value === null || value === undefined) {
          throw new TypeError(`Cannot destructure '${value}' as it is ${value}.`);
        }
        const seen = new Set<PropertyKey>();
        for (const { key, assign } of taken) {
          if (key === null) {
            const rest = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
              ([name, { enumerable }]) => enumerable && !seen.has(name),
            );
            const names = rest.map(([name]) => [name, (value as Record<string, unknown>)[name]]);
            assign(frame, Object.fromEntries(names));
          } else {
            const name = key(frame);
            seen.add(typeof name === "symbol" ? name : String(name));
            assign(frame, (value as Record<PropertyKey, unknown>)[name]);
          }
        }
      };
    }
    default:
      throw new SyntaxError(`Invalid destructuring assignment target: ${pattern.type}`);
  }
}

function arrayPattern(scope: Scope, elements: (Pattern | null)[], first: boolean): Assign {
  const taken = elements.map((element) =>
    element === null
      ? null
      : element.type === "RestElement"
        ? { rest: true, assign: assigning(scope, element.argument, first) }
        : { rest: false, assign: assigning(scope, element, first) },
  );
  return (frame, value) => {
    const iterator = (value as Iterable<unknown>)[Symbol.iterator]();
    let done: boolean | undefined = false;
    const next = () => {
      if (done) return undefined;
      const step = iterator.next();
      done = step.done;
      return done ? undefined : step.value;
    };
    for (const element of taken) {
      if (element === null) next();
      else if (element.rest) {
        const rest: unknown[] = [];
        for (let item = next(); !done; item = next()) rest.push(item);
        element.assign(frame, rest);
      } else element.assign(frame, next());
    }
    if (!done) iterator.return?.();
  };
}

/** The name that an unnamed function gets from where it is put. */
export function nameFor(target: { type: string }): string | undefined {
  return target.type === "Identifier" ? (target as unknown as { name: string }).name : undefined;
}
