import type { Node } from "acorn";
import { type Spending, TOO_DEEP, TooMuch, walkStatements } from "./source-parser.ts";

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
  /** Whether it makes code from text. */
  makesCode: boolean;
};

export type ReadSource =
  | { ok: true; facts: SourceFacts }
  /** `module` tells an ES module from what is no JavaScript. `line` counts from 1; 0 is none. */
  | { ok: false; module: boolean; message: string; line: number };

type Syntax = Node & Record<string, unknown>;

export const ESM_MESSAGE =
  "ES module syntax (import, export) is not supported: use require() and exports.handler";

/**
 * Reads a source, a CommonJS one or an ES module (`type`). One file that does not parse would keep
 * every other function of the build from starting, so it has to be found before the build is laid.
 * What it costs is taken from `spending`, which all sources of a build share.
 */
export async function readSource(
  source: string,
  spending: Spending,
  type: "commonjs" | "module" = "commonjs",
): Promise<ReadSource> {
  const facts = emptyFacts();
  const twilioNames = new Set(["Twilio"]);
  /** Names used for more than TwiML, whatever they stand for. */
  const heavyNames = new Set<string>();
  try {
    await walkStatements(source, spending, type, (node, parent) =>
      note(facts, twilioNames, heavyNames, node as Syntax, parent as Syntax | null),
    );
  } catch (error) {
    const { message, line, module } = failure(source, error);
    return { ok: false, module, message, line };
  }
  facts.imports.sort((a, b) => a - b);
  facts.usesSdk ||= [...twilioNames].some((name) => heavyNames.has(name));
  return { ok: true, facts };
}

function emptyFacts(): SourceFacts {
  return {
    ...{ imports: [], required: [], requiresComputed: false, looksUpComputed: false },
    ...{ strings: new Set(), names: new Set(), usesSdk: false, makesCode: false },
  };
}

/** Node's words. */
const AWAIT_MESSAGE = "await is only valid in async functions";

/** The parser's words for what only an ES module may have. */
const MODULE_ONLY = /'import' and 'export' may|'import\.meta' outside a module/;

function failure(
  source: string,
  error: unknown,
): { message: string; line: number; module: boolean } {
  const { message, loc, pos } = error as {
    message: string;
    loc?: { line: number };
    pos?: number;
  };
  if (error instanceof TooMuch) return { message, line: 1, module: false };
  if (error instanceof RangeError)
    return { message: `SyntaxError: ${TOO_DEEP}`, line: 1, module: false };
  const line = loc?.line ?? 1;
  // `await x` outside of an async function: a name, and then what cannot follow one. A module may.
  const awaits = pos !== undefined && /\bawait\s+$/.test(source.slice(Math.max(0, pos - 30), pos));
  if (MODULE_ONLY.test(message)) return { message: ESM_MESSAGE, line, module: true };
  const text = awaits ? AWAIT_MESSAGE : message.replace(/ \(\d+:\d+\)$/, "");
  return { message: `SyntaxError: ${text}${readAt(source, pos)}`, line, module: awaits };
}

/** What stands where the parser stopped: an invisible character shows in no editor. */
function readAt(source: string, pos: number | undefined): string {
  if (pos === undefined) return "";
  const code = source.codePointAt(pos);
  if (code === undefined) return ": the file ends here";
  const character = String.fromCodePoint(code);
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zs}]/u.test(character) && !/[\n\r]/.test(character)) {
    return `: read U+${code.toString(16).toUpperCase().padStart(4, "0")}, which cannot be seen`;
  }
  const read = /^[^\s]{1,20}/u.exec(source.slice(pos))?.[0];
  return read === undefined ? "" : `: read ${JSON.stringify(read)}`;
}

/** Names that only the whole SDK can serve: each gives a client of it (contract 5). */
const SDK_NAMES = new Set(["getTwilioClient", "getSync", "twilioClient"]);

/** What the small library has of `Twilio`, and of the `twilio` package. */
const LIGHT_MEMBERS = new Set(["twiml", "Response"]);

function note(
  facts: SourceFacts,
  twilioNames: Set<string>,
  heavyNames: Set<string>,
  node: Syntax,
  parent: Syntax | null,
): void {
  if (makesCode(node)) facts.makesCode = true;
  if (node.type === "ImportExpression") {
    facts.imports.push(node.start);
    noteRequired(facts, node.source as Syntax);
    if ((node.source as Syntax).value === "twilio") facts.usesSdk = true;
  } else if (IMPORTS_FROM.has(node.type)) {
    if (node.source != null) noteRequired(facts, node.source as Syntax);
  } else if (isRequire(node)) {
    const [argument] = node.arguments as Syntax[];
    if (argument !== undefined) noteRequired(facts, argument);
    if (argument?.value === "twilio" && !isLightUse(node, parent)) facts.usesSdk = true;
  } else if (node.type === "VariableDeclarator") {
    const { id, init } = node as { id?: Syntax; init?: Syntax | null };
    const [argument] = init && isRequire(init) ? (init.arguments as Syntax[]) : [];
    if (id?.type === "Identifier" && argument?.value === "twilio") {
      twilioNames.add(id.name as string);
    }
  } else if (node.type === "MemberExpression" && node.computed) {
    if (typeof (node.property as Syntax).value !== "string") facts.looksUpComputed = true;
  } else if (node.type === "Identifier") {
    const name = node.name as string;
    facts.names.add(name);
    if (SDK_NAMES.has(name)) facts.usesSdk = true;
    if (!isLightUse(node, parent)) heavyNames.add(name);
  } else if (node.type === "Literal" && typeof node.value === "string") {
    facts.strings.add(node.value);
    if (SDK_NAMES.has(node.value)) facts.usesSdk = true;
  } else if (node.type === "TemplateElement") {
    facts.strings.add(`${(node.value as { cooked?: string | null }).cooked ?? ""}`);
  }
}

const IMPORTS_FROM = new Set([
  ...["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"],
]);

function noteRequired(facts: SourceFacts, argument: Syntax): void {
  const id = argument.type === "TemplateLiteral" ? fixedText(argument) : argument.value;
  if (typeof id !== "string") {
    facts.requiresComputed = true;
    return;
  }
  facts.required.push(id);
  if (id.startsWith("twilio/") && !id.startsWith("twilio/lib/twiml/")) facts.usesSdk = true;
}

/** The text of a template without anything to fill in. */
function fixedText({ quasis }: Syntax): unknown {
  const parts = quasis as { value: { cooked?: string | null } }[];
  return parts.length === 1 ? parts[0]?.value.cooked : undefined;
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

/** `eval(x)` or `new Function(x)`; not the old way to the global scope, which bundles do without. */
function makesCode({ type, callee, arguments: given }: Syntax): boolean {
  if (type !== "CallExpression" && type !== "NewExpression") return false;
  const { name } = callee as Syntax;
  const [first] = given as Syntax[];
  if (first === undefined || `${first.value}`.startsWith("return this")) return false;
  return name === "Function" || (name === "eval" && type === "CallExpression");
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
