import { type Node, Parser, tokTypes } from "acorn";
import { worked } from "../../contract/slices.ts";

/**
 * What reading a build's sources may still cost, in syntax nodes: about two microseconds each. All
 * sources of a build share one.
 */
export type Spending = { nodes: number };

/** A bundle of a megabyte has a quarter of a million. */
export const MAX_NODES = 3_000_000;

/**
 * Nodes of one statement, which is read before it can be let go: each takes some 200 bytes of an
 * isolate's 128 MB.
 */
const MAX_LIVE_NODES = 400_000;

/** Why a source is not read to its end. */
export class TooMuch extends Error {}

export const TOO_DEEP = "Not enough stack space to parse input";

type Visit = (node: Node, parent: Node | null) => void;

/**
 * Parses `source` and visits every node of it, once, statement by statement: what has been visited is
 * let go, so that the memory this takes is that of the largest statement, and between two statements
 * of the outermost ones others have the thread. Throws the parser's SyntaxError, or TooMuch.
 * Everything the parser does that takes more than one step a character is counted.
 */
export async function walkStatements(
  source: string,
  spending: Spending,
  sourceType: "commonjs" | "module",
  visit: Visit,
): Promise<void> {
  if (LONG_NUMBER.test(source)) throw new TooMuch("A number has more than 10000 digits");
  const options = { ecmaVersion: "latest", sourceType, allowHashBang: true } as const;
  const Constructor = CountingParser as unknown as new (...given: unknown[]) => Counting;
  const parser = new Constructor(options, source);
  parser.begin(spending, visit);
  await parser.parseInSlices();
}

/** To read one of n digits takes more than n steps. */
const LONG_NUMBER = /[\d_a-fA-F]{10000}n/;

type Counting = { begin(spending: Spending, visit: Visit): void; parseInSlices(): Promise<void> };

/** The parts of the parser that are overridden; they are not in its types, but in its plugins'. */
type Internals = Counting & {
  input: string;
  type: unknown;
  startNode(): Node & { body?: Node[] };
  nextToken(): void;
  catchStackOverflow<Value>(parse: () => Value): Value;
  parseTopLevel(program: Node): Node;
  scopeStack: Scope[];
  privateNameStack: { used: unknown[] }[];
  finishNode(...given: unknown[]): Node;
  finishNodeAt(...given: unknown[]): Node;
  parseStatement(...given: unknown[]): Node;
  parseExportDeclaration(...given: unknown[]): Node;
  enterScope(flags: number): void;
  declareName(name: string, binding: number, pos: number): void;
  exitClassBody(): void;
  validateRegExpPattern(state: { source: string }): void;
};

type Scope = { flags: number; var: string[]; lexical: string[]; functions: string[] };

/** Acorn's flags: a scope that holds `var`s, and a binding that is one. */
const SCOPE_VAR = 1 | 2 | 256;
const BIND_VAR = 1;

/** What stands in the tree for a statement that has been visited. */
const VISITED = { type: "EmptyStatement", start: 0, end: 0 } as Node;

const CountingParser = Parser.extend((Base) => {
  const Original = Base as unknown as new (...given: unknown[]) => Internals;
  return class extends Original {
    #spending: Spending = { nodes: 0 };
    #visit: Visit = () => {};
    #live = 0;
    /** Whether the statement that comes is what an export statement declares. */
    #exported = false;
    /** Whether the statement that comes is one of the outermost, which are visited in slices. */
    #outermost = false;

    override begin(spending: Spending, visit: Visit): void {
      this.#spending = spending;
      this.#visit = visit;
    }

    /** What `parse` does, a statement at a time. */
    override async parseInSlices(): Promise<void> {
      const program = this.startNode();
      const exported = Object.create(null);
      program.body = [];
      this.nextToken();
      while (this.type !== tokTypes.eof) {
        const before = this.#spending.nodes;
        this.#outermost = true;
        const statement = this.catchStackOverflow(() => this.parseStatement(null, true, exported));
        await worked(before - this.#spending.nodes);
        for (const nodes of walk(statement, this.#visit)) await worked(nodes);
        const kept = isText(statement);
        if (!kept) this.#live = 0;
        program.body.push(kept ? statement : VISITED);
      }
      this.parseTopLevel(program);
    }

    #spend(nodes: number): void {
      this.#spending.nodes -= nodes;
      if (this.#spending.nodes < 0) {
        throw new TooMuch(
          `Too much code: the functions and scripts of a build have more than ${MAX_NODES} syntax nodes`,
        );
      }
    }

    #count(): void {
      this.#spend(1);
      this.#live += 1;
      if (this.#live > MAX_LIVE_NODES) {
        throw new TooMuch(
          `Too much code in one statement: it has more than ${MAX_LIVE_NODES} syntax nodes`,
        );
      }
    }

    override finishNode(...given: unknown[]): Node {
      this.#count();
      return super.finishNode(...given);
    }

    override finishNodeAt(...given: unknown[]): Node {
      this.#count();
      return super.finishNodeAt(...given);
    }

    override parseStatement(...given: unknown[]): Node {
      const before = this.#live;
      const exported = this.#exported;
      const outermost = this.#outermost;
      this.#exported = false;
      this.#outermost = false;
      const statement = super.parseStatement(...given);
      // Visited with the export statement around it, which asks for its names.
      if (exported || outermost) return statement;
      for (const _ of walk(statement, this.#visit));
      if (isText(statement)) return statement;
      this.#live = before;
      return VISITED;
    }

    override parseExportDeclaration(...given: unknown[]): Node {
      this.#exported = true;
      return super.parseExportDeclaration(...given);
    }

    /** The parser's own lists are searched from the front for every name that is declared. */
    override enterScope(flags: number): void {
      super.enterScope(flags);
      const scope = this.scopeStack.at(-1) as Scope;
      scope.var = new Names();
      scope.lexical = new Names();
      scope.functions = new Names();
    }

    /** A `var` is noted in every block around it. */
    override declareName(name: string, binding: number, pos: number): void {
      let levels = 1;
      if (binding === BIND_VAR) {
        for (let at = this.scopeStack.length - 1; at > 0; at--, levels++) {
          if (((this.scopeStack[at] as Scope).flags & SCOPE_VAR) !== 0) break;
        }
      }
      this.#spend(levels);
      super.declareName(name, binding, pos);
    }

    /** A private name that a class does not know is handed to the class around it. */
    override exitClassBody(): void {
      this.#spend(this.privateNameStack.at(-1)?.used.length ?? 0);
      super.exitClassBody();
    }

    /** A named group is compared with all before it. */
    override validateRegExpPattern(state: { source: string }): void {
      const groups = state.source.split("(?<").length - 1;
      this.#spend(Math.ceil((groups * groups) / 20) + Math.ceil(state.source.length / 10));
      super.validateRegExpPattern(state);
    }
  } as unknown as typeof Parser;
});

/** A list of names that is searched in one step, of which the parser looks at the first alone. */
class Names extends Array<string> {
  readonly #known = new Set<string>();

  override push(name: string): number {
    this.#known.add(name);
    return this.length === 0 ? super.push(name) : 1;
  }

  override indexOf(name: string): number {
    return this.#known.has(name) ? 0 : -1;
  }
}

/** Whether the parser looks at a statement once more: it may be a directive, "use strict" say. */
function isText(node: Node): boolean {
  if ("directive" in node) return true;
  const { type, expression } = node as Node & { expression?: { type: string; value?: unknown } };
  return (
    type === "ExpressionStatement" &&
    expression?.type === "Literal" &&
    typeof expression.value === "string"
  );
}

/** Nodes that have none below them: most of those of a table of data. */
const LEAVES = new Set(["Identifier", "Literal", "TemplateElement", "ThisExpression"]);

/** Nodes that are visited between two pauses. */
const STRETCH = 10_000;

/**
 * Visits every node below `root`, pausing now and then: yields how many it has visited since. It keeps
 * its own stack: sources are as deep as they like.
 */
function* walk(root: Node, visit: Visit): Generator<number> {
  const pending: [node: Node, parent: Node | null][] = [[root, null]];
  let visited = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next;
    visit(node, parent);
    if (++visited % STRETCH === 0) yield STRETCH / 2;
    if (LEAVES.has(node.type)) continue;
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) {
        for (const child of value) if (isNode(child)) pending.push([child, node]);
      } else if (isNode(value)) {
        pending.push([value, node]);
      }
    }
  }
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" &&
    value !== null &&
    value !== VISITED &&
    "type" in value &&
    "start" in value
  );
}
