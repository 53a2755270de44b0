import type { Mode } from "./link.ts";
import type { PackageJson } from "./unpack.ts";

/**
 * What is known of packages that do not work here as they are: one table a kind of recipe, each line
 * with its reason and, in test/functions/recipes.test.ts, its test.
 */

/** Why a package cannot work in any dynamic Worker, and what does instead. */
export const IMPOSSIBLE: Record<string, string> = {
  sharp: "it needs native code (libvips); ask an image service by HTTP, or use jimp",
  canvas: "it needs native code (cairo); pdfkit and qrcode draw without it",
  bcrypt: "it needs native code; bcryptjs does the same without",
  argon2: "it needs native code; crypto.scrypt of Node is there",
  sqlite3:
    "it needs native code, and a function's disk does not last; keep data in a service by HTTP",
  "better-sqlite3":
    "it needs native code, and a function's disk does not last; keep data in a service by HTTP",
  ...sameReason(
    "it needs native code, and a function's disk does not last; keep data in a service by HTTP",
    [...["leveldown", "rocksdb", "lmdb"]],
  ),
  ...sameReason("it needs native code; variables of the environment keep secrets", ["keytar"]),
  ...sameReason("it needs native code; the language's own RegExp does without", ["re2"]),
  ...sameReason("it needs native code; process.hrtime of Node is there", ["microtime"]),
  ...sameReason("it needs native code; zlib of Node is there", ["snappy", "lz4"]),
  ...sameReason("it needs native code; xml2js and fast-xml-parser do the same without", [
    ...["libxmljs", "libxmljs2", "node-expat"],
  ]),
  ...sameReason("it needs native code; bcryptjs does the same without", ["@node-rs/bcrypt"]),
  ...sameReason("it needs native code; crypto of Node is there, and tweetnacl", [
    ...["@node-rs/argon2", "sodium-native"],
  ]),
  ...sameReason("it needs native code (a canvas); pdfkit and qrcode draw without it", [
    ...["node-canvas", "skia-canvas", "@napi-rs/canvas"],
  ]),
  ...sameReason("it needs native code; ask a service by HTTP", [
    ...["zeromq", "nodegit", "cld", "ffi-napi", "ref-napi", "isolated-vm", "@tensorflow/tfjs-node"],
  ]),
  ...sameReason("it drives a machine's own devices, and a Worker has none; ask a service by HTTP", [
    ...["serialport", "usb", "node-hid", "robotjs", "node-pty", "electron"],
  ]),
  ...sameReason(
    "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
    [...["selenium-webdriver", "phantomjs-prebuilt", "phantomjs", "html-pdf", "wkhtmltopdf"]],
  ),
  "node-sass": "it needs native code; compile styles before deploying",
  grpc: "it needs native code; call the service's REST interface",
  puppeteer: "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
  "puppeteer-core":
    "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
  playwright:
    "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
  "playwright-core":
    "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
  "chrome-aws-lambda":
    "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
  "@sparticuz/chromium":
    "it starts a browser, and a Worker starts no processes; ask a browser service by HTTP",
  "fluent-ffmpeg":
    "it starts ffmpeg, and a Worker starts no processes; ask a media service by HTTP",
};

function sameReason(reason: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** A main file other than the package's own. */
const MAINS: Record<string, string> = {
  // Node's makes code from text when it is loaded; the browsers' does nothing but to be quiet.
  depd: "lib/browser/index.js",
  // Node's reads a parser's source, patches it and compiles that; this is the same, patched before.
  jsonpath: "jsonpath.js",
};

/** The main file that takes the place of a package's own, if any. */
export function mainOf(name: string, _manifest: PackageJson | undefined): string | undefined {
  return Object.hasOwn(MAINS, name) ? MAINS[name] : undefined;
}

/**
 * Packages that could make code from text, and never do: on an engine as new as this, or for a rare end. A
 * Worker carries the interpreter where another does.
 */
export const HARMLESS_EVALS = new Set([
  // For engines without Function.prototype.bind.
  "function-bind",
  // To ask whether the engine knows a syntax.
  ...["get-intrinsic", "async-function", "async-generator-function", "generator-function"],
  ...["is-generator-function", "is-callable", "is-async-function", "get-proto", "has-symbols"],
  // They ask first, or catch what is thrown, and go another way.
  ...["zod", "core-js", "regenerator-runtime", "setimmediate", "depd", "bluebird"],
  ...["firebase-admin", "openai", "@protobufjs/inquire", "xlsx", "iconv-lite"],
  ...["@babel/runtime", "globalthis", "es6-promise", "async", "moment", "fast-redact"],
]);

/** Packages whose build for this platform does more than the one for Node. */
const FOR_WORKERS = new Set<string>([]);

/**
 * Conditions of `exports` and `imports`. `module-sync` is left out: it would give require() an ES
 * module where there is a CommonJS one.
 */
export function conditionsOf(name: string, mode: Mode) {
  const conditions = FOR_WORKERS.has(name) ? ["workerd"] : [];
  return { require: mode === "require", conditions };
}

/**
 * Packages that load a part for every service of a provider, whatever the code uses: of these only the
 * parts are laid whose names stand somewhere in the functions' own code. Returns whether a file is left
 * out.
 */
export function leaveOut(mentioned: Set<string>): (packageName: string, file: string) => boolean {
  const lower = new Set([...mentioned].map((name) => name.toLowerCase()));
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z\d]/g, "");
  const plainNames = new Set([...lower].map(plain));
  return (packageName, file) => {
    if (packageName === "googleapis") {
      const [, api] = /^build\/src\/apis\/([^/]+)\//.exec(file) ?? [];
      return api !== undefined && !lower.has(api.toLowerCase());
    }
    if (packageName === "aws-sdk") {
      const [, service] = /^apis\/([a-z\d.-]+?)-\d{4}-\d{2}-\d{2}\./.exec(file) ?? [];
      if (service === undefined || AWS_ALWAYS.has(service)) return false;
      return !plainNames.has(plain(service)) && !plainNames.has(plain(AWS_NAMES[service] ?? "-"));
    }
    return false;
  };
}

/** Packages to which `leaveOut` applies: what is laid of them depends on the functions' words. */
export const GIANTS = new Set(["googleapis", "aws-sdk"]);

/** Credentials go by these. */
const AWS_ALWAYS = new Set(["sts", "metadata", "cognito-identity"]);

/** Services whose class is not called as its files are. */
const AWS_NAMES: Record<string, string> = {
  email: "ses",
  monitoring: "cloudwatch",
  logs: "cloudwatchlogs",
  states: "stepfunctions",
  "runtime.lex": "lexruntime",
  "runtime.lex.v2": "lexruntimev2",
  streams: "dynamodbstreams",
  elasticloadbalancing: "elb",
  "cognito-idp": "cognitoidentityserviceprovider",
  "data.iot": "iotdata",
};
