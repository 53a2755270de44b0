import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/xml";
import { childrenOf, isTwimlElement } from "./vocabulary.ts";

/** `error`: Twilio answers 12100 or plays nothing. `line` counts from 1, offsets in UTF-16 units. */
export type TwimlFinding = {
  level: "error" | "warning";
  message: string;
  line: number;
  from: number;
  to: number;
};

/** What else is there: where the text stands, and who may fetch a path that it plays. */
export type TwimlPlace = {
  /** Path of the text, which relative URLs start from. */
  path: string;
  /** Names, with port, under which the same files answer. */
  hosts: readonly string[];
  /** Null where there is no file; undefined where that cannot be known. */
  visibilityOf(path: string): "public" | "protected" | "private" | null | undefined;
};

/** Findings told of one text: whoever mends these sees the next. */
const MOST = 50;

/** Characters that are looked at: a call's TwiML has at most 64 KB. */
export const MAX_TWIML = 256 * 1024;

/**
 * Returns what is wrong with a TwiML text, in its order: what is not well-formed (XML 1.0), a root that
 * is not `<Response>`, elements TwiML does not have or not there, and a `<Play>` of no file of `place`.
 * A text longer than `MAX_TWIML` is not looked at.
 */
export function checkTwiml(text: string, place?: TwimlPlace): TwimlFinding[] {
  if (text.length > MAX_TWIML) return [];
  const found: Omit<TwimlFinding, "line">[] = [];
  const tell: Tell = (level, message, { from, to }) => {
    if (found.length < MOST) found.push({ level, message, from, to });
  };
  const document = parser.parse(text).topNode;
  if (text.trim() !== "") checkForm(document, text, tell);
  const roots = document.getChildren("Element");
  const [root] = roots;
  if (root === undefined) {
    if (found.length === 0) tell("error", "There is no <Response>", { from: 0, to: text.length });
  } else if (nameOf(root, text) !== "Response") {
    const message = `The root is <${nameOf(root, text)}>: TwiML's is <Response>, in this spelling`;
    tell("error", message, tagOf(root));
  } else {
    checkElements(root, text, tell);
    if (place) checkPlayed(root, text, place, tell);
  }
  if (roots[1]) tell("error", "There is a second root: XML has one", tagOf(roots[1]));
  const lineOf = lineCounter(text);
  return found
    .toSorted((left, right) => left.from - right.from)
    .map((finding) => ({ ...finding, line: lineOf(finding.from) }));
}

type Range = { from: number; to: number };
type Tell = (level: TwimlFinding["level"], message: string, range: Range) => void;

const AMPERSAND = "A & that is no entity is written &amp;";

/** What the parser goes on after, and XML does not allow. */
function checkForm(document: SyntaxNode, text: string, tell: Tell): void {
  let broken = false;
  document.cursor().iterate((node) => {
    const { name, from, to } = node;
    const range = { from, to: Math.max(to, Math.min(from + 1, text.length)) };
    switch (name) {
      case "⚠":
        if (text[from] === "&") tell("error", AMPERSAND, range);
        // What follows from the first one says nothing more.
        else if (!broken) tell("error", "This is not well-formed XML", range);
        broken = true;
        return false;
      case "MismatchedCloseTag":
        tell("error", `${text.slice(from, to)} closes what is not open`, range);
        return false;
      case "MissingCloseTag": {
        const element = node.node.parent;
        if (element) tell("error", `<${nameOf(element, text)}> is not closed`, tagOf(element));
        return false;
      }
      case "InvalidEntity":
        tell("error", AMPERSAND, range);
        return false;
      case "EntityReference":
        if (!/^&(amp|lt|gt|quot|apos);$/.test(text.slice(from, to))) {
          tell("error", `XML has no entity ${text.slice(from, to)}`, range);
        }
        return false;
      case "ProcessingInst":
        if (from > 0 && /^<\?xml\s/i.test(text.slice(from, to))) {
          tell("error", "Before <?xml there may be nothing, no blank either", range);
        }
        return false;
      case "OpenTag":
      case "SelfClosingTag":
        checkAttributes(node.node, text, tell);
        return true;
      case "Text":
        if (node.node.parent === document && text.slice(from, to).trim() !== "") {
          tell("error", "There is text outside <Response>", range);
        }
        return false;
      default:
        return true;
    }
  });
}

function checkAttributes(tag: SyntaxNode, text: string, tell: Tell): void {
  const names = new Set<string>();
  for (const attribute of tag.getChildren("Attribute")) {
    const name = text.slice(attribute.from, attribute.getChild("AttributeName")?.to);
    if (names.has(name)) tell("error", `The attribute ${name} stands twice`, attribute);
    names.add(name);
    const value = attribute.getChild("AttributeValue");
    if (value && text.slice(value.from, value.to).includes("<")) {
      tell("error", "A < in an attribute is written &lt;", value);
    }
  }
}

function checkElements(parent: SyntaxNode, text: string, tell: Tell): void {
  const within = nameOf(parent, text);
  for (const element of parent.getChildren("Element")) {
    const name = nameOf(element, text);
    if (name === "") continue;
    if (!isTwimlElement(name)) {
      tell("warning", `TwiML has no <${name}>${respelled(name, within)}`, tagOf(element));
    } else if (!childrenOf(within).includes(name)) {
      tell("warning", `<${within}> may not hold <${name}>`, tagOf(element));
    }
    if (isTwimlElement(name)) checkElements(element, text, tell);
  }
}

function respelled(name: string, within: string): string {
  const meant = childrenOf(within).find((child) => child.toLowerCase() === name.toLowerCase());
  return meant ? `: it is <${meant}>, in this spelling` : "";
}

/** Relative URLs are taken from the text's own; files of other hosts are not known here. */
function checkPlayed(root: SyntaxNode, text: string, place: TwimlPlace, tell: Tell): void {
  for (const play of elementsNamed(root, "Play", text)) {
    const range = contentRange(play);
    const url = range && unescaped(text.slice(range.from, range.to)).trim();
    if (!range || !url) continue;
    const base = `https://${place.hosts[0] ?? "unknown.invalid"}`;
    if (!URL.canParse(url, base + place.path)) {
      tell("warning", `<Play> has no URL: ${url.slice(0, 100)}`, range);
      continue;
    }
    const { protocol, host, pathname } = new URL(url, base + place.path);
    const ours = host === new URL(base).host || place.hosts.includes(host);
    if (!/^https?:$/.test(protocol) || !ours) continue;
    const visibility = place.visibilityOf(pathname);
    if (visibility === null) tell("warning", `<Play>: there is no file ${pathname}`, range);
    if (visibility === "private") {
      tell("warning", `<Play>: ${pathname} is private, and so has no URL`, range);
    }
  }
}

function elementsNamed(element: SyntaxNode, name: string, text: string): SyntaxNode[] {
  return element
    .getChildren("Element")
    .flatMap((child) =>
      nameOf(child, text) === name ? [child] : elementsNamed(child, name, text),
    );
}

function contentRange(element: SyntaxNode): Range | null {
  const open = element.getChild("OpenTag");
  const close = element.getChild("CloseTag");
  return open && close ? { from: open.to, to: close.from } : null;
}

function nameOf(element: SyntaxNode, text: string): string {
  const tag = element.firstChild?.getChild("TagName");
  return tag ? text.slice(tag.from, tag.to) : "";
}

function tagOf(element: SyntaxNode): Range {
  return element.firstChild ?? element;
}

function unescaped(text: string): string {
  return text
    .replace(/^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/, "$1")
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] as string);
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Lines are counted once over the text, for offsets that only grow. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    for (; at < offset; at++) if (text[at] === "\n") line++;
    return line;
  };
}
