import type { FunctionDeclaration, Pattern, Statement, VariableDeclaration } from "acorn";
import type { Scope } from "./scope.ts";

type Body = readonly (Statement | { type: string })[];

/** All names that a pattern binds. */
export function namesOf(pattern: Pattern | null): string[] {
  if (pattern === null) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        namesOf(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap(namesOf);
    case "RestElement":
      return namesOf(pattern.argument);
    case "AssignmentPattern":
      return namesOf(pattern.left);
    default:
      return [];
  }
}

/** Declares every `var` below `node`, but those of functions in it, in the function's scope. */
export function declareVars(scope: Scope, node: unknown): void {
  if (Array.isArray(node)) {
    for (const item of node) declareVars(scope, item);
    return;
  }
  if (typeof node !== "object" || node === null || !("type" in node)) return;
  const { type } = node as { type: string };
  if (/Function|^Class/.test(type)) {
    // A function in a block is the function's variable too, where the code is not strict.
    if (type === "FunctionDeclaration" && !scope.strict) {
      scope.declare((node as FunctionDeclaration).id.name);
    }
    return;
  }
  if (type === "VariableDeclaration" && (node as VariableDeclaration).kind === "var") {
    for (const { id } of (node as VariableDeclaration).declarations) {
      for (const name of namesOf(id)) scope.declare(name);
    }
  }
  for (const value of Object.values(node)) declareVars(scope, value);
}

/** Declares what a block's own statements bind: let, const, classes and functions. */
export function declareLexical(scope: Scope, body: Body): void {
  for (const statement of body) {
    if (statement.type === "VariableDeclaration") {
      const { kind, declarations } = statement as VariableDeclaration;
      if (kind === "var") continue;
      const options = { late: true, constant: kind === "const" };
      for (const { id } of declarations) {
        for (const name of namesOf(id)) scope.declare(name, options);
      }
    } else if (statement.type === "ClassDeclaration") {
      const { id } = statement as unknown as { id: { name: string } };
      scope.declare(id.name, { late: true });
    } else if (statement.type === "FunctionDeclaration") {
      scope.declare((statement as FunctionDeclaration).id.name);
    }
  }
}

/** Whether a block needs a scope of its own. */
export function hasLexical(body: Body): boolean {
  return body.some(
    (statement) =>
      ["ClassDeclaration", "FunctionDeclaration"].includes(statement.type) ||
      (statement.type === "VariableDeclaration" &&
        (statement as VariableDeclaration).kind !== "var"),
  );
}
