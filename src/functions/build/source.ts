import { type Node, type Options, Parser, type Program } from "acorn";

/** What a build has to know of one source file. */
export type SourceFacts = {
  /** Offsets, in UTF-16 units, of the `import` of every `import()`. */
  imports: number[];
  /** The literal arguments of `require`, `require.resolve` and `import()`. */
  required: string[];
  /** Whether something is required whose name stands in no literal. */
  requiresComputed: boolean;
  /** Whether a member is looked up whose name stands in no literal. */
  looksUpComputed: boolean;
  /** Every string in the source, the fixed parts of templates too. */
  strings: Set<string>;
  /** Every name in the source: variables, properties. */
  names: Set<string>;
  /** Whether it needs more of the `twilio` package than TwiML. */
  usesSdk: boolean;
};

export type ReadSource =
  | { ok: true; facts: SourceFacts }
  /** `module` tells a sound ES module from what is no JavaScript. `line` counts from 1. */
  | { ok: false; module: boolean; message: string; line: number };

type Syntax = Node & Record<string, unknown>;

/**
 * Reads a CommonJS source. One file that does not parse would keep every other function of the
 * build from starting, so it has to be found before the build is laid.
 */
export function readSource(source: string): ReadSource {
  try {
    const program = parse(source, {
      ecmaVersion: "latest",
      sourceType: "commonjs",
      allowHashBang: true,
    });
    return { ok: true, facts: sourceFacts(program) };
  } catch (error) {
    const line = isTooMuch(error) ? null : moduleSyntaxLine(source);
    if (line === null) return { ok: false, module: false, ...syntaxError(error) };
    const message =
      "ES module syntax (import, export) is not supported: use require() and exports.handler";
    return { ok: false, module: true, message, line };
  }
}

function syntaxError(error: unknown): { message: string; line: number } {
  const { message, loc } = error as { message: string; loc?: { line: number } };
  if (message === TOO_LARGE) return { message, line: 1 };
  const text = message.replace(/ \(\d+:\d+\)$/, "");
  return { message: `SyntaxError: ${text}`, line: loc?.line ?? 1 };
}

/**
 * What a syntax tree may have: a node takes up to 200 bytes of the 128 MB of an isolate, which has
 * others to answer meanwhile. A bundle of a megabyte has a quarter of a million.
 */
const MAX_NODES = 400_000;

/** The parser's own way of making a node; not in its types. */
type NodeMaker = { finishNode(...parts: unknown[]): Node; finishNodeAt(...parts: unknown[]): Node };

/** Gives up on a source whose tree would not fit into memory before it has made the tree. */
const BoundedParser = Parser.extend((Base) => {
  const Maker = Base as unknown as new (...given: unknown[]) => NodeMaker;
  return class extends Maker {
    #nodes = 0;

    override finishNode(...parts: unknown[]): Node {
      this.#count();
      return super.finishNode(...parts);
    }

    override finishNodeAt(...parts: unknown[]): Node {
      this.#count();
      return super.finishNodeAt(...parts);
    }

    #count(): void {
      this.#nodes += 1;
      if (this.#nodes > MAX_NODES) throw new SyntaxError(TOO_LARGE);
    }
  } as unknown as typeof Parser;
});

const TOO_LARGE = `Too much code in one script: it has more than ${MAX_NODES} syntax nodes`;

function parse(source: string, options: Options): Program {
  return BoundedParser.parse(source, options);
}

/** A second try proves nothing, since how deep the parser gets is chance, or costs as much again. */
function isTooMuch(error: unknown): boolean {
  const { message } = error as Error;
  return message === TOO_LARGE || message.startsWith("Not enough stack space");
}

/** The line of the first import, export or top-level await of an ES module; null if it is none. */
function moduleSyntaxLine(source: string): number | null {
  try {
    const program = parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true });
    const first = program.body.find(({ type }) => /^(?:Im|Ex)port/.test(type));
    return first?.loc?.start.line ?? 1;
  } catch {
    return null;
  }
}

/** Names that only the whole SDK can serve: each gives a client of it (contract 5). */
const SDK_NAMES = new Set(["getTwilioClient", "getSync", "twilioClient"]);

/** What the small library has of `Twilio`, and of the `twilio` package. */
const LIGHT_MEMBERS = new Set(["twiml", "Response"]);

function sourceFacts(program: Program): SourceFacts {
  const facts: SourceFacts = {
    imports: [],
    required: [],
    requiresComputed: false,
    looksUpComputed: false,
    strings: new Set(),
    names: new Set(),
    usesSdk: false,
  };
  const sdkNames = namesOfSdk(program as unknown as Syntax);
  walk(program as unknown as Syntax, (node, parent) => {
    if (node.type === "ImportExpression") {
      facts.imports.push(node.start);
      noteRequired(facts, node.source as Syntax);
      if ((node.source as Syntax).value === "twilio") facts.usesSdk = true;
    } else if (isRequire(node)) {
      const [argument] = node.arguments as Syntax[];
      if (argument !== undefined) noteRequired(facts, argument);
      if (argument?.value === "twilio" && !isLightUse(node, parent)) facts.usesSdk = true;
    } else if (node.type === "MemberExpression" && node.computed) {
      if (typeof (node.property as Syntax).value !== "string") facts.looksUpComputed = true;
    } else if (node.type === "Identifier") {
      const name = node.name as string;
      facts.names.add(name);
      if (SDK_NAMES.has(name)) facts.usesSdk = true;
      if (sdkNames.has(name) && !isLightUse(node, parent)) facts.usesSdk = true;
    } else if (node.type === "Literal" && typeof node.value === "string") {
      facts.strings.add(node.value);
      if (SDK_NAMES.has(node.value)) facts.usesSdk = true;
    } else if (node.type === "TemplateElement") {
      facts.strings.add(`${(node.value as { cooked?: string | null }).cooked ?? ""}`);
    }
  });
  facts.imports.sort((a, b) => a - b);
  return facts;
}

function noteRequired(facts: SourceFacts, argument: Syntax): void {
  if (argument.type !== "Literal" || typeof argument.value !== "string") {
    facts.requiresComputed = true;
    return;
  }
  const id = argument.value;
  facts.required.push(id);
  if (id.startsWith("twilio/") && !id.startsWith("twilio/lib/twiml/")) facts.usesSdk = true;
}

/** `Twilio`, and every name that `require("twilio")` is given somewhere in the file. */
function namesOfSdk(program: Syntax): Set<string> {
  const names = new Set(["Twilio"]);
  walk(program, (node) => {
    const { id, init } = node as { id?: Syntax; init?: Syntax | null };
    if (node.type !== "VariableDeclarator" || id?.type !== "Identifier" || !init) return;
    const [argument] = isRequire(init) ? (init.arguments as Syntax[]) : [];
    if (argument?.value === "twilio") names.add(id.name as string);
  });
  return names;
}

/** Whether `node`, the SDK, is used for no more than the small library has. In doubt it is not. */
function isLightUse(node: Syntax, parent: Syntax | null): boolean {
  if (parent?.type === "MemberExpression") {
    if (parent.object !== node) return false;
    return !parent.computed && LIGHT_MEMBERS.has((parent.property as Syntax).name as string);
  }
  if (parent?.type !== "VariableDeclarator") return false;
  if (parent.id === node) return true;
  const target = parent.id as Syntax;
  if (target.type === "Identifier") return node.type === "CallExpression";
  if (target.type !== "ObjectPattern") return false;
  return (target.properties as Syntax[]).every(
    ({ type, computed, key }) =>
      type === "Property" && !computed && LIGHT_MEMBERS.has((key as Syntax).name as string),
  );
}

/** `require(x)` or `require.resolve(x)`, also as `module.require(x)`. */
function isRequire(node: Syntax): boolean {
  if (node.type !== "CallExpression") return false;
  let callee = node.callee as Syntax;
  if (callee.type === "MemberExpression") {
    const property = callee.property as Syntax;
    if (property.name === "resolve") callee = callee.object as Syntax;
    else callee = property;
  }
  return callee.type === "Identifier" && callee.name === "require";
}

/** Visits every node below `root`. It keeps its own stack: sources are as deep as they like. */
function walk(root: Syntax, visit: (node: Syntax, parent: Syntax | null) => void): void {
  const pending: [node: Syntax, parent: Syntax | null][] = [[root, null]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next;
    visit(node, parent);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isSyntax(child)) pending.push([child, node]);
      }
    }
  }
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
