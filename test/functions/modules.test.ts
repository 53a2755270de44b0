import { beforeAll, describe, expect, it } from "vitest";
import { type Deployed, deploy } from "./harness.ts";

/** A function that answers what its body returns, as JSON. */
function answering(body: string): string {
  return `exports.handler = async (context, event, callback) => {
    callback(null, { value: await (async () => { ${body} })() });
  };`;
}

const CASES: [rule: string, body: string, value: unknown][] = [
  [
    "a private asset has one path for require, fs and open",
    `const { path, open } = Runtime.getAssets()["/data/list.json"];
     const fs = require("fs");
     return [path, open(), fs.readFileSync(path, "utf8"), require(path), fs.existsSync(path)];`,
    ["/bundle/assets/data/list.json", '["ö"]', '["ö"]', ["ö"], true],
  ],
  [
    "the Cache API is not there, by whatever way: Node has none, and the gateway keeps bytes in it",
    `const found = [typeof caches];
     for (let scope = globalThis; scope; scope = Object.getPrototypeOf(scope)) {
       found.push(Object.hasOwn(scope, "caches"));
     }
     return [...new Set(found)];`,
    ["undefined", false],
  ],
  [
    "binary assets keep every byte",
    `return [...require("fs").readFileSync(Runtime.getAssets()["/tone.bin"].path)];`,
    [0, 255, 128, 10, 13],
  ],
  [
    "assets are read by promise, by callback and as a stream",
    `const fs = require("fs");
     const { path } = Runtime.getAssets()["/data/list.json"];
     const chunks = [];
     for await (const chunk of fs.createReadStream(path)) chunks.push(chunk);
     return [
       await fs.promises.readFile(path, "utf8"),
       await new Promise((done) => fs.readFile(path, "utf8", (_, text) => done(text))),
       Buffer.concat(chunks).toString(),
     ];`,
    ['["ö"]', '["ö"]', '["ö"]'],
  ],
  [
    "names with spaces and other letters are readable",
    `const { path, open } = Runtime.getAssets()["/fr/répondeur vocal.txt"];
     return [path, open()];`,
    ["/bundle/assets/fr/répondeur vocal.txt", "allô"],
  ],
  [
    "a name that a Mac stored decomposed is found as a keyboard types it, and as it is",
    `const assets = Runtime.getAssets();
     return ["/ma\u00f1ana.txt", "/man\u0303ana.txt"].map((path) => assets[path].open());`,
    ["hasta", "hasta"],
  ],
  [
    "assets are read-only, /tmp is not",
    `const fs = require("fs");
     const tried = [];
     for (const path of [Runtime.getAssets()["/tone.bin"].path, "/tmp/x"]) {
       try { fs.writeFileSync(path, "new"); tried.push("written"); } catch { tried.push("refused"); }
     }
     return [tried, fs.readFileSync("/tmp/x", "utf8"), Runtime.getAssets()["/tone.bin"].open().length];`,
    [["refused", "written"], "new", 5],
  ],
  [
    "functions are listed by path without a slash, assets with one, private assets alone",
    `return [Object.keys(Runtime.getFunctions()).includes("helper/twice"), Object.keys(Runtime.getAssets()).sort(), Object.keys(Functions).includes("helper/twice")];`,
    [
      true,
      [
        "/cycle/a.js",
        "/cycle/b.js",
        "/data/list.json",
        "/fr/répondeur vocal.txt",
        "/lib.js",
        "/man\u0303ana.txt",
      ].concat("/module.js", "/page.js", "/pkg/index.js", "/throws.js", "/tone.bin"),
      true,
    ],
  ],
  [
    "another function is required by its path, private or not",
    `return require(Runtime.getFunctions()["helper/twice"].path).twice(2);`,
    4,
  ],
  [
    "relative names resolve with .js, .json and index.js",
    `return [require("./helper/twice").twice(1), require("../assets/lib").name, require("../assets/pkg").name, require("../assets/data/list")];`,
    [2, "/bundle/assets/lib.js", "index", ["ö"]],
  ],
  [
    "an asset requires its neighbour by the path it is deployed as",
    `return require("../assets/lib.js").neighbour;`,
    "index",
  ],
  [
    "a module is evaluated once, and again when it is taken out of the cache",
    `const { path } = Runtime.getAssets()["/lib.js"];
     const first = require(path);
     const again = require(path);
     delete require.cache[require.resolve(path)];
     return [first === again, first === require(path)];`,
    [true, false],
  ],
  [
    "a cycle sees what there is so far",
    `return require("../assets/cycle/a.js");`,
    { b: { a: "unfinished" }, done: true },
  ],
  [
    "a module that throws is not cached",
    `const messages = [];
     for (let i = 0; i < 2; i++) {
       try { require("../assets/throws.js"); } catch (error) { messages.push(error.message); }
     }
     return messages;`,
    ["load 1", "load 2"],
  ],
  [
    "module, require and the names of the file are Node's",
    `return [
       module.exports === exports, module.filename === __filename, module.loaded, require.main === module,
       __filename.startsWith("/bundle/functions/"), __dirname, typeof module.require, require.resolve("fs"),
     ];`,
    [true, true, true, false, true, "/bundle/functions", "function", "fs"],
  ],
  [
    "a function has a parent: it is no program of its own",
    `return [Boolean(module.parent), require.main === undefined];`,
    [true, false],
  ],
  [
    "Node's modules come with and without node:, packages of their names mean them",
    `return [require("path") === require("node:path"), typeof require("fs/promises").readFile, typeof require("crypto").createHmac];`,
    [true, "function", "function"],
  ],
  [
    "what is not there fails as in Node",
    `const failures = [];
     for (const id of ["left-pad", "./nowhere", "/bundle/nowhere.js", "lodash/nowhere", "@scope/x"]) {
       try { require(id); } catch (error) { failures.push([error.code, error.message.split("\\n")[0]]); }
     }
     return failures;`,
    ["left-pad", "./nowhere", "/bundle/nowhere.js", "lodash/nowhere", "@scope/x"].map((id) => [
      "MODULE_NOT_FOUND",
      `Cannot find module '${id}'`,
    ]),
  ],
  [
    "require wants a string",
    `const codes = [];
     for (const id of [undefined, null, 5, ""]) {
       try { require(id); } catch (error) { codes.push([error.name, error.code]); }
     }
     return codes;`,
    [
      ["TypeError", "ERR_INVALID_ARG_TYPE"],
      ["TypeError", "ERR_INVALID_ARG_TYPE"],
      ["TypeError", "ERR_INVALID_ARG_TYPE"],
      ["TypeError", "ERR_INVALID_ARG_VALUE"],
    ],
  ],
  [
    "import() gives Node's modules, libraries and files",
    `const [path, lodash, lib] = await Promise.all([import("node:path"), import("lodash"), import(Runtime.getAssets()["/lib.js"].path)]);
     return [path.join("a", "b"), typeof path.default.join, lodash.default.chunk([1], 1), lib.name];`,
    ["a/b", "function", [[1]], "/bundle/assets/lib.js"],
  ],
  [
    "import() of what is not there rejects",
    `return import("left-pad").catch((error) => error.code);`,
    "MODULE_NOT_FOUND",
  ],
  [
    "an ES module can be read, required and imported, as in Node 22",
    `const { path, open } = Runtime.getAssets()["/module.js"];
     return [open().includes("export"), require(path).x, (await import(path)).x];`,
    [true, 1, 1],
  ],
  [
    "Response is Twilio's in the build's files and the platform's elsewhere",
    `return [Response === Twilio.Response, new Response().headers, globalThis.Response === Response, require("../assets/lib").response];`,
    [true, { "Set-Cookie": [] }, false, "Response"],
  ],
];

describe("files and modules", () => {
  let project: Deployed;
  const path = (index: number) => `/case-${index}`;

  beforeAll(async () => {
    const functions = CASES.map(([, body], index) => [`case-${index}.js`, answering(body)]);
    project = await deploy({
      functions: {
        ...Object.fromEntries(functions),
        "helper/twice.private.js": "exports.twice = (n) => 2 * n;",
        "hashbang.js": `#!/usr/bin/env node\n${answering("return 1;")}`,
        "bom.js": `\uFEFF${answering("return 1;")}`,
        "comment.js": `${answering("return 1;")}\n// the end`,
        "strict.js": `"use strict"; exports.handler = function () { undeclared = 1; };`,
      },
      assets: {
        "data/list.private.json": '["ö"]',
        "tone.private.bin": new Uint8Array([0, 255, 128, 10, 13]),
        "fr/répondeur vocal.private.txt": "allô",
        "man\u0303ana.private.txt": "hasta",
        "lib.private.js": `exports.name = __filename;
          exports.neighbour = require("./pkg/index.js").name;
          exports.response = Response.name;`,
        "pkg/index.private.js": 'exports.name = "index";',
        "cycle/a.private.js": `exports.a = "unfinished"; const b = require("./b");
          module.exports = { b, done: true };`,
        "cycle/b.private.js": 'module.exports = { ...require("./a.js") };',
        "throws.private.js":
          "globalThis.loads = (globalThis.loads ?? 0) + 1; throw new Error('load ' + loads);",
        "module.private.js": "export const x = 1;",
        "page.private.js": "document.title = 'never run here';",
      },
      dependencies: [{ name: "lodash", version: "^4.17.21" }],
    });
  });

  it.each(CASES.map(([rule, , value], index) => [rule, index, value] as const))(
    "%s",
    async (_rule, index, value) => {
      expect(JSON.parse((await project.call(path(index))).body)).toEqual({ value });
    },
  );

  it.each(["/hashbang", "/bom", "/comment"])("%s runs", async (name) => {
    expect((await project.call(name)).body).toBe('{"value":1}');
  });

  it("keeps strict mode where a file asks for it", async () => {
    expect(JSON.parse((await project.call("/strict")).body).name).toBe("ReferenceError");
  });

  it("logs stacks as the author's editor counts, without the runner's frames", async () => {
    const traced = await deploy({
      functions: {
        "trace.js": `exports.handler = () => { throw new Error("first line"); };`,
        "trace3.js": `\n\n  exports.handler = () => { throw new Error("third line"); };`,
      },
    });
    await traced.call("/trace");
    await traced.call("/trace3");
    const logs = (await traced.logs(2)).join("\n");
    expect(logs).toBe(
      [
        "ERROR Error: first line\n    at exports.handler (/bundle/functions/trace.js:1:33)",
        "ERROR Error: third line\n    at exports.handler (/bundle/functions/trace3.js:3:35)",
      ].join("\n"),
    );
  });
});
