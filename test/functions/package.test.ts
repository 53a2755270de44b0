import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { decodePackage, packageHeader, packageKey } from "../../src/contract/package-format.ts";
import { settleFlavours } from "../../src/functions/build/settle.ts";
import { builderFor } from "../../src/publish/build-worker.ts";
import { makeFunctions } from "../../src/publish/make-functions.ts";
import { prebuiltLibraries } from "../../src/publish/prebuilt-libraries.ts";
import { bytes, orderOf, type Project, stepStorage } from "./harness.ts";

const HANDLER = "exports.handler = (context, event, callback) => callback(null, 1);";

async function check(project: Partial<Project>) {
  const order = await orderOf({ functions: {}, ...project });
  const prebuilt = await prebuiltLibraries(env.ASSETS);
  return builderFor(env, order.serviceSid, 0).check({ ...order, prebuilt, lock: null });
}

async function errors(project: Partial<Project>): Promise<unknown> {
  const checked = await check(project);
  return checked.ok ? [] : checked.errors;
}

async function warnings(project: Partial<Project>): Promise<unknown> {
  const checked = await check(project);
  return checked.ok && checked.value.warnings;
}

const ESM = "ES module syntax (import, export) is not supported: use require() and exports.handler";

describe("sources", () => {
  it.each([
    ["exports.handler = (", "SyntaxError: Unexpected token: the file ends here", 1],
    [
      "\n\nconst a = 1;\nconst a = 2;",
      `SyntaxError: Identifier 'a' has already been declared: read "a"`,
      4,
    ],
    ["let x = {\n  a: 1\n  b: 2\n};", `SyntaxError: Unexpected token: read "b:"`, 3],
    ["<html></html>", `SyntaxError: Unexpected token: read "<html></html>"`, 1],
    [
      "const r = /(/;",
      `SyntaxError: Invalid regular expression: /(/: Unterminated group: read "(/;"`,
      1,
    ],
    [
      "await fetch('x');\nexports.a = 1; }",
      `SyntaxError: await is only valid in async functions: read "fetch('x');"`,
      1,
    ],
    [
      "exports.handler = (c, e, cb) => {\n  const a = await get(e);\n};",
      `SyntaxError: await is only valid in async functions: read "get(e);"`,
      2,
    ],
    ["}; evil(); {", `SyntaxError: Unexpected token: read "};"`, 1],
    ["'use strict';\nwith (a) {}", `SyntaxError: 'with' in strict mode: read "with"`, 2],
    [
      "const a = 1;\n\u200bconst b = 2;",
      "SyntaxError: Unexpected character '\u200b': read U+200B, which cannot be seen",
      2,
    ],
    ["import x from 'x';\nexport const handler = () => {};", ESM, 1],
    ["const a = 1;\n\nexport default () => a;", ESM, 3],
    [
      "const x = await import('x');",
      `SyntaxError: await is only valid in async functions: read "import('x');"`,
      1,
    ],
    ["exports.u = import.meta.url;", ESM, 1],
  ])("%j: %s, line %i", async (source, message, line) => {
    expect(await errors({ functions: { "sms/reply.js": source } })).toEqual([
      { message, path: "/sms/reply", line },
    ]);
  });

  it("that are not UTF-8 are no JavaScript", async () => {
    const functions = { "a.js": new Uint8Array([0xff, 0xfe, 0x00]) };
    const message = "This is not JavaScript: it is not UTF-8";
    expect(await errors({ functions })).toEqual([{ message, path: "/a", line: 1 }]);
  });

  it.each([
    ["a file of more than 12 MiB", `// ${"x".repeat(13 * 1024 * 1024)}`, /^A script may have 12/],
    ["too deep", "[".repeat(100_000), /^SyntaxError: Not enough stack space to parse input/],
    ["too many nodes", "a;".repeat(1_600_000), /have more than 3000000 syntax nodes$/],
    ["one statement of too many", `x=[${"1,".repeat(450_000)}]`, /in one statement: .* 400000/],
    ["a number too long to be read", `1${"0".repeat(20_000)}n`, /^A number has more than 10000/],
  ])("are refused for %s", async (_, source, message) => {
    expect(await errors({ functions: { "a.js": source } })).toEqual([
      { message: expect.stringMatching(message), path: "/a", line: 1 },
    ]);
  });

  it("have one budget together", async () => {
    const source = "a;".repeat(800_000);
    expect(await errors({ functions: { "a.js": source } })).toEqual([]);
    expect(await errors({ functions: { "a.js": source, "b.js": source } })).toEqual([
      { message: expect.stringContaining("more than 3000000"), path: "/b", line: 1 },
    ]);
  });

  it("may be a bundle of some megabytes", async () => {
    const bundled = `(()=>{${"function f(a,b){return a.c(b,{d:[1,2,'x']})}\n".repeat(100_000)}})()`;
    expect(await errors({ functions: { "a.js": `${bundled}\n${HANDLER}` } })).toEqual([]);
  });

  it("are all told of at once, those of private assets that something requires too", async () => {
    const found = await errors({
      functions: {
        "a.js": "(",
        "b.js": ")",
        "c.js": "require(Runtime.getAssets()['/lib.js'].path); require('../assets/other.cjs')",
      },
      assets: { "lib.js": "{", "other.cjs": "}", "data.json": "{" },
    });
    expect((found as { path: string }[]).map(({ path }) => path)).toEqual([
      "/a",
      "/b",
      "/lib.js",
      "/other.cjs",
    ]);
  });

  it("of a private asset may be an ES module", async () => {
    const assets = { "page.js": "export {};", "lib.mjs": "export default await 1;" };
    expect(await warnings({ assets })).toEqual([]);
  });

  it("that nothing requires are files, whatever they hold", async () => {
    const functions = { "a.js": "Runtime.getAssets()['/page.js'].open();" };
    expect(await warnings({ functions, assets: { "page.js": "not JavaScript" } })).toEqual([
      {
        message: `SyntaxError: Unexpected token: read "JavaScript" (nothing requires it)`,
        path: "/page.js",
        line: 1,
      },
    ]);
  });

  it.each([
    HANDLER,
    `#!/usr/bin/env node\n${HANDLER}`,
    `\uFEFF${HANDLER}`,
    "return exports.handler = () => {};",
    "exports.handler = async () => { await import('x'); for await (const a of b); };",
    "var await = 1, yield = 2; exports.handler = () => await + yield;",
    "<!-- an old comment\nexports.handler = () => {};",
    "'use strict'; 'a second directive'; exports.handler = () => {};",
    "function a() { 'use strict'; return 1 } class B { #c = 1; static { this.d = 1 } get c() { return this.#c } }",
    "",
  ])("%j is one", async (source) => {
    expect(await errors({ functions: { "a.js": source } })).toEqual([]);
  });
});

describe("reading a source costs in proportion to its length", () => {
  const NAMES = Array.from({ length: 100_000 }, (_, index) => `_${index}`);

  it.each([
    ["names in one scope", `let ${NAMES.join(",")};`, []],
    ["names in a scope, ending in an error", `let ${NAMES.join(",")}; (`, ["/a"]],
    ["functions in a block", `{${NAMES.map((name) => `function ${name}(){}`).join("")}}`, []],
    [
      "vars in blocks of blocks",
      `${"{".repeat(500)}${NAMES.map((name) => `var ${name};`).join("")}${"}".repeat(500)}`,
      ["/a"],
    ],
    ["groups of one name in a pattern", `/${"(?<a>x)|".repeat(100_000)}/`, ["/a"]],
  ])("%s", async (_, source, refused) => {
    const found = (await errors({ functions: { "a.js": source } })) as { path: string }[];
    expect(found.map(({ path }) => path)).toEqual(refused);
  });
});

describe("names", () => {
  const RULE = "a name may not have % ? # : or \\, nor a part that is empty, . or ..";

  it.each(["a%20b", "a?b", "a#b", "a:b", "a\\b", "../a", "a/../b", "a/./b", "a//b", "a\nb"])(
    "%j is refused, of a function and of a private asset",
    async (name) => {
      expect(await errors({ functions: { [`${name}.js`]: HANDLER } })).toEqual([
        { message: `The path of a function cannot be used: ${RULE}`, path: `/${name}` },
      ]);
      expect(await errors({ assets: { [name]: "" } })).toEqual([
        { message: `The path of a private asset cannot be used: ${RULE}`, path: `/${name}` },
      ]);
    },
  );

  it.each(["répondeur", "a b", ".hidden", "a..b", "...", "UPPER-lower_1.2~3"])(
    "%j is taken",
    async (name) => {
      const functions = { [`${name}.js`]: HANDLER };
      expect(await errors({ functions, assets: { [`${name}.txt`]: "" } })).toEqual([]);
    },
  );

  it("are a file or a folder", async () => {
    expect(await errors({ assets: { a: "", "a/b": "" } })).toEqual([
      { message: "/a cannot be a file and a folder at once", path: "/a" },
    ]);
    expect(await errors({ functions: { "a.js": HANDLER, "a/b.js": HANDLER } })).toEqual([]);
  });
});

describe("which Twilio library a function needs", () => {
  const LIGHT = [
    HANDLER,
    "new Twilio.twiml.VoiceResponse(); new Twilio.Response();",
    "const { twiml, Response } = Twilio; new twiml.VoiceResponse();",
    "const twilio = require('twilio'); new twilio.twiml.VoiceResponse();",
    "exports.handler = () => new twilio.twiml.VoiceResponse(); const twilio = require('twilio');",
    "const { twiml } = require('twilio');",
    "const { MessagingResponse } = require('twilio').twiml;",
    "const VoiceResponse = require('twilio/lib/twiml/VoiceResponse');",
    "// Twilio.validateRequest, getTwilioClient",
    "require('lodash'); require('./other');",
  ];
  const SDK = [
    "context.getTwilioClient();",
    "const { getTwilioClient } = context;",
    "context['getTwilioClient']();",
    "Runtime.getSync();",
    "twilioClient.messages;",
    "Twilio.validateRequest();",
    "Twilio['validateRequest']();",
    "Object.keys(Twilio);",
    "const { jwt } = Twilio;",
    "const T = Twilio;",
    "require('twilio')('AC', 'token');",
    "const twilio = require('twilio'); twilio('AC', 'token');",
    "exports.handler = () => twilio('AC', 'token'); const twilio = require('twilio');",
    "const { jwt } = require('twilio');",
    "const { ...all } = require('twilio');",
    "const t = wrap(require('twilio'));",
    "require('twilio/lib/jwt/AccessToken');",
    "import('twilio').then(({ jwt }) => jwt);",
    "globalThis.Twilio.jwt;",
  ];

  async function flavourOf(project: Partial<Project>): Promise<unknown> {
    const checked = await check(project);
    return checked.ok && checked.value.functions.find(({ path }) => path === "/a")?.flavour;
  }

  it.each(LIGHT)("TwiML: %s", async (source) => {
    expect(await flavourOf({ functions: { "a.js": source, "other.js": "" } })).toBe("light");
  });

  it.each(SDK)("the whole SDK: %s", async (source) => {
    expect(await flavourOf({ functions: { "a.js": source } })).toBe("sdk");
  });

  it.each([
    ["require('./sdk');", "sdk"],
    ["require('./sdk.js');", "sdk"],
    ["require('./light');", "light"],
    ["require('./through');", "sdk"],
    ["require('../assets/sdk.js');", "sdk"],
    ["require(Runtime.getFunctions()['sdk'].path);", "sdk"],
    ["require(Runtime.getFunctions().sdk.path);", "sdk"],
    ["const { sdk } = Runtime.getFunctions(); require(sdk.path);", "sdk"],
    ["require(Functions.light.path);", "light"],
    ["require(Runtime.getAssets()['/sdk.js'].path);", "sdk"],
    ["require(Runtime.getAssets()['/light.js'].path);", "light"],
    ["const name = '/sdk.js'; require(Runtime.getAssets()[name].path);", "sdk"],
    ["requireAsset('sdk.js');", "sdk"],
    ["Object.values(Runtime.getAssets()).map(({ path }) => require(path));", "sdk"],
    ["const path = Runtime.getAssets()[event.x].path; require(path);", "sdk"],
    ["Runtime.getAssets()['/sdk.js'].open();", "light"],
  ])("with what it loads: %s: %s", async (source, flavour) => {
    const project = {
      functions: {
        "a.js": source,
        "sdk.js": "context.getTwilioClient();",
        "light.js": HANDLER,
        "through.js": "require('./light'); require('../assets/sdk');",
      },
      assets: { "sdk.js": "twilioClient;", "light.js": "" },
    };
    expect(await flavourOf(project)).toBe(flavour);
  });

  it("is a bundle of the release where that is the version wanted, the SDK where one needs it", async () => {
    const bundles = async (source: string, version: string) => {
      const checked = await check({
        functions: { "a.js": source, "b.js": "" },
        dependencies: [{ name: "twilio", version }],
      });
      if (!checked.ok) return checked.errors;
      const none = { closure: null, warnings: [], strengthened: {}, usesClient: false };
      const { prebuilt } = settleFlavours(checked.value, none);
      return prebuilt.map(({ name, version }) => `${name} ${version}`);
    };
    expect(await bundles("", "^4.0.0")).toEqual(["twilio-twiml 4.23.0"]);
    expect(await bundles("twilioClient", "^4.0.0")).toEqual([
      "twilio-twiml 4.23.0",
      "twilio 4.23.0",
    ]);
    expect(await bundles("require('twilio/lib/rest/Api')", "^4.0.0")).toEqual([]);
  });
});

describe("a package", () => {
  it("holds the files as they were uploaded, and what stands under which path", async () => {
    const order = await orderOf({
      functions: { "b.js": "import('x');", "é.js": "" },
      assets: { "x.bin": new Uint8Array([10, 0, 255]), "empty.txt": "" },
    });
    const made = await makeFunctions(env, stepStorage(), order, 0);
    expect(made.ok && [...made.value.functions.keys()]).toEqual(["/%C3%A9", "/b"]);
    const stored = await env.BYTES.get(packageKey(order.serviceSid, order.buildSid));
    const decoded = decodePackage(new Uint8Array((await stored?.arrayBuffer()) as ArrayBuffer));
    expect(decoded.ok && decoded.package).toEqual({
      functions: { "/b": "functions/b.js", "/é": "functions/é.js" },
      assets: { "/x.bin": "assets/x.bin", "/empty.txt": "assets/empty.txt" },
      files: [
        { name: "functions/b.js", bytes: bytes("import('x');"), script: { imports: [0] } },
        { name: "functions/é.js", bytes: bytes(""), script: { imports: [] } },
        { name: "assets/x.bin", bytes: new Uint8Array([10, 0, 255]), script: null },
        { name: "assets/empty.txt", bytes: bytes(""), script: null },
      ],
      libraries: [expect.objectContaining({ name: "twilio-twiml", version: "6.2.0" })],
      closure: null,
    });
  });

  const EMPTY = { functions: {}, assets: {}, files: [], libraries: [], closure: null };

  it.each([
    ["nothing", "no header", ""],
    ["one word", "no header", "x"],
    ["a line", "no header", "x\n"],
    ["a later format", "format 3", '{"format":3,"files":[]}\n'],
    [
      "half of one",
      "a is cut off",
      `${JSON.stringify({ format: 2, ...EMPTY, files: [{ name: "a", size: 9, script: null }] })}\nx`,
    ],
  ])("is not read out of %s: %s", (_, detail, encoded) => {
    expect(decodePackage(bytes(encoded))).toEqual({ ok: false, detail });
  });

  it("of version 0.1.0 is read as it was written", () => {
    const files = [{ name: "functions/a.js", size: 2, script: { imports: [] } }];
    const { closure: _, ...first } = EMPTY;
    const encoded = bytes(`${JSON.stringify({ format: 1, ...first, files })}\n//`);
    expect(decodePackage(encoded)).toEqual({
      ok: true,
      package: {
        ...EMPTY,
        files: [{ name: "functions/a.js", bytes: bytes("//"), script: { imports: [] } }],
      },
    });
    expect(decodePackage(packageHeader(EMPTY))).toEqual({ ok: true, package: EMPTY });
  });
});
