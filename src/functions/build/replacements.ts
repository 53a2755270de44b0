import type { Instance } from "./link.ts";
import { POLY1305 } from "./stand-ins/poly1305.ts";
import { UNDICI } from "./stand-ins/undici.ts";
import { WS_CLIENT } from "./stand-ins/ws.ts";

/** What stands in for a file of a package that cannot run here: source of a CommonJS file. */
type Replacement = {
  file: string;
  source: string;
  /** A file of the package without which it cannot stand in: releases before it have none. */
  with?: string;
};

/** Returns the source that takes the place of a package's file, if any does. */
export function replacementFor(
  { name, index }: Pick<Instance, "name" | "index">,
  file: string,
): string | undefined {
  const replacement = Object.hasOwn(REPLACEMENTS, name)
    ? REPLACEMENTS[name]?.find((candidate) => candidate.file === file)
    : undefined;
  if (replacement?.with !== undefined && !index?.files[replacement.with]) return undefined;
  return replacement?.source;
}

/** Packages of which files are replaced. Each has its test in test/functions/recipes.test.ts. */
const REPLACEMENTS: Record<string, Replacement[]> = {
  undici: [{ file: "index.js", source: UNDICI }],
  ws: [{ file: "lib/websocket.js", with: "lib/event-target.js", source: WS_CLIENT }],
  ssh2: [{ file: "lib/protocol/crypto/poly1305.js", source: POLY1305 }],
  // They compile a function for the rows of each query; its option `disableEval` takes the others.
  mysql2: [
    {
      file: "lib/parsers/text_parser.js",
      with: "lib/parsers/static_text_parser.js",
      source: `
const parserOf = require("./static_text_parser.js");
module.exports = (...given) => function () { return parserOf(...given); };
module.exports.clearCache = () => {};
`,
    },
    {
      file: "lib/parsers/binary_parser.js",
      with: "lib/parsers/static_binary_parser.js",
      source: `module.exports = require("./static_binary_parser.js");`,
    },
  ],
  // It compiles a function for its paths, which an interpreter would run. In pino, and so in @twilio-labs/serverless-api's logger.
  "fast-redact": [
    {
      file: "index.js",
      source: `
const PART = /\\[(?:"((?:[^"\\\\]|\\\\.)*)"|'((?:[^'\\\\]|\\\\.)*)'|(\\*|\\d+))\\]|([^.[\\]]+)/g;
const parts = (path) => [...path.matchAll(PART)].map(([, a, b, c, d]) => a ?? b ?? c ?? d);
function visit(value, path, at, found, trail) {
  if (value === null || typeof value !== "object") return;
  const keys = path[at] === "*" ? Object.keys(value) : [path[at]];
  for (const key of keys) {
    if (!(key in value)) continue;
    const here = trail.concat(key);
    if (at === path.length - 1) found.push([value, key, here]);
    else visit(value[key], path, at + 1, found, here);
  }
}
module.exports = function fastRedact(options = {}) {
  const { paths = [], serialize = JSON.stringify, remove = false, strict = true } = options;
  const censor = remove ? undefined : "censor" in options ? options.censor : "[REDACTED]";
  const all = paths.map(parts);
  let replaced = [];
  const restore = (value) => {
    for (const [holder, key, before] of replaced) holder[key] = before;
    replaced = [];
    return value;
  };
  const redact = (value) => {
    if (value === null || typeof value !== "object") {
      if (strict) throw new Error("fast-redact: primitives cannot be redacted");
      return serialize ? serialize(value) : value;
    }
    replaced = [];
    for (const path of all) {
      const found = [];
      visit(value, path, 0, found, []);
      for (const [holder, key, trail] of found) {
        replaced.push([holder, key, holder[key]]);
        holder[key] = typeof censor === "function" ? censor(holder[key], trail) : censor;
      }
    }
    if (serialize === false) return value;
    const text = serialize(value);
    restore(value);
    return text;
  };
  redact.restore = restore;
  return redact;
};
// What pino cuts paths by.
module.exports.rx = /[^.[\\]]+|\\[((?:.)*?)\\]/g;
module.exports.validator = () => () => {};
`,
    },
  ],
};
