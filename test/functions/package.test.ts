import { beforeAll, describe, expect, it } from "vitest";
import { decodePackage, encodePackage } from "../../src/contract/package-format.ts";
import { chooseLibraries, type LibraryCatalogue } from "../../src/functions/build/libraries.ts";
import { layPackage, type PackageInput } from "../../src/functions/build/package.ts";
import { bytes, packageInput } from "./harness.ts";

const HANDLER = "exports.handler = (context, event, callback) => callback(null, 1);";

let empty: PackageInput;
let catalogue: LibraryCatalogue;

beforeAll(async () => {
  empty = await packageInput({ functions: {} });
  catalogue = empty.catalogue;
});

function fn(path: string, source: string | Uint8Array = HANDLER) {
  return { path, sid: "ZN0", visibility: "public" as const, source: bytes(source) };
}

function asset(path: string, content: string | Uint8Array = "") {
  return { path, sid: "ZN0", bytes: bytes(content) };
}

async function errors(input: Partial<PackageInput>): Promise<unknown> {
  const laid = await layPackage({ ...empty, ...input });
  return laid.ok ? [] : laid.errors;
}

const ESM = "ES module syntax (import, export) is not supported: use require() and exports.handler";

describe("sources", () => {
  it.each([
    ["exports.handler = (", "SyntaxError: Unexpected token", 1],
    ["\n\nconst a = 1;\nconst a = 2;", "SyntaxError: Identifier 'a' has already been declared", 4],
    ["let x = {\n  a: 1\n  b: 2\n};", "SyntaxError: Unexpected token", 3],
    ["<html></html>", "SyntaxError: Unexpected token", 1],
    ["const r = /(/;", "SyntaxError: Invalid regular expression: /(/: Unterminated group", 1],
    ["await fetch('x');\nexports.a = 1; }", "SyntaxError: Unexpected token", 1],
    ["}; evil(); {", "SyntaxError: Unexpected token", 1],
    ["'use strict';\nwith (a) {}", "SyntaxError: 'with' in strict mode", 2],
    ["import x from 'x';\nexport const handler = () => {};", ESM, 1],
    ["const a = 1;\n\nexport default () => a;", ESM, 3],
    ["const x = await import('x');", ESM, 1],
    ["exports.u = import.meta.url;", ESM, 1],
  ])("%j: %s, line %i", async (source, message, line) => {
    expect(await errors({ functions: [fn("/sms/reply", source)] })).toEqual([
      { message, path: "/sms/reply", line },
    ]);
  });

  it("that are not UTF-8 are no JavaScript", async () => {
    const functions = [fn("/a", new Uint8Array([0xff, 0xfe, 0x00]))];
    const message = "This is not JavaScript: it is not UTF-8";
    expect(await errors({ functions })).toEqual([{ message, path: "/a", line: 1 }]);
  });

  it("that are too large or too deep to be read are refused", async () => {
    expect(await errors({ functions: [fn("/a", `// ${"x".repeat(2.5 * 1024 * 1024)}`)] })).toEqual([
      { message: "A script may have 2.0 MiB: this has 2.5 MiB", path: "/a", line: 1 },
    ]);
    expect(await errors({ functions: [fn("/a", "[".repeat(100_000))] })).toEqual([
      { message: "SyntaxError: Not enough stack space to parse input", path: "/a", line: 1 },
    ]);
    expect(await errors({ functions: [fn("/a", "a;".repeat(199_999))] })).toEqual([]);
    const message = "Too much code in one script: it has more than 400000 syntax nodes";
    expect(await errors({ functions: [fn("/a", "a;".repeat(200_000))] })).toEqual([
      { message, path: "/a", line: 1 },
    ]);
    expect(await errors({ functions: [fn("/a", `exports.a = 1${" + 1".repeat(500)};`)] })).toEqual(
      [],
    );
  });

  it("are all told of at once, those of private assets too", async () => {
    const found = await errors({
      functions: [fn("/a", "("), fn("/b", ")"), fn("/c")],
      privateAssets: [asset("/lib.js", "{"), asset("/lib.cjs", "}"), asset("/data.json", "{")],
    });
    expect((found as { path: string }[]).map(({ path }) => path)).toEqual([
      "/a",
      "/b",
      "/lib.js",
      "/lib.cjs",
    ]);
  });

  it("of a private asset may be an ES module, which is read and not required", async () => {
    const laid = await layPackage({ ...empty, privateAssets: [asset("/page.js", "export {};")] });
    expect(laid.ok && laid.warnings).toEqual([{ message: ESM, path: "/page.js", line: 1 }]);
  });

  it.each([
    HANDLER,
    `#!/usr/bin/env node\n${HANDLER}`,
    `\uFEFF${HANDLER}`,
    "return exports.handler = () => {};",
    "exports.handler = async () => { await import('x'); for await (const a of b); };",
    "var await = 1, yield = 2; exports.handler = () => await + yield;",
    "<!-- an old comment\nexports.handler = () => {};",
    "",
  ])("%j is one", async (source) => {
    expect(await errors({ functions: [fn("/a", source)] })).toEqual([]);
  });
});

describe("names", () => {
  it.each([
    "/a%20b",
    "/a?b",
    "/a#b",
    "/a:b",
    "/a\\b",
    "/../a",
    "/a/../b",
    "/a/./b",
    "/a//b",
    "/a/",
    "/",
    "a",
    "/a\nb",
    "/a\u0000b",
  ])("%j is refused, of a function and of a private asset", async (path) => {
    const rule = "a name may not have % ? # : or \\, nor a part that is empty, . or ..";
    expect(await errors({ functions: [fn(path)] })).toEqual([
      { message: `The path of a function cannot be used: ${rule}`, path },
    ]);
    expect(await errors({ privateAssets: [asset(path)] })).toEqual([
      { message: `The path of a private asset cannot be used: ${rule}`, path },
    ]);
  });

  it.each(["/répondeur", "/a b", "/.hidden", "/a..b", "/...", "/UPPER-lower_1.2~3"])(
    "%j is taken",
    async (path) => {
      expect(
        await errors({ functions: [fn(path)], privateAssets: [asset(`${path}.txt`)] }),
      ).toEqual([]);
    },
  );

  it("belong to one thing only", async () => {
    expect(
      await errors({
        functions: [fn("/a"), fn("/a"), fn("/b c"), fn("/d")],
        privateAssets: [asset("/d")],
        assetPaths: ["/b%20c"],
      }),
    ).toEqual([
      { message: "a function and a function have one path", path: "/a" },
      { message: "an asset and a function have one path", path: "/b c" },
      { message: "a function and a private asset have one path", path: "/d" },
    ]);
  });

  it("are a file or a folder", async () => {
    expect(await errors({ privateAssets: [asset("/a"), asset("/a/b")] })).toEqual([
      { message: "/a cannot be a file and a folder at once", path: "/a" },
    ]);
    expect(await errors({ functions: [fn("/a"), fn("/a/b")] })).toEqual([]);
  });
});

describe("limits", () => {
  it("are 16 MiB of both together", async () => {
    const half = new Uint8Array(8 * 1024 * 1024);
    const privateAssets = [asset("/a.bin", half), asset("/b.bin", half)];
    expect(await errors({ privateAssets })).toEqual([]);
    expect(await errors({ privateAssets: [...privateAssets, asset("/c.txt", "x")] })).toEqual([
      {
        message:
          "Functions and private assets of a build may have 16.0 MiB together: these have 16.0 MiB, the largest is /a.bin (8.0 MiB)",
      },
    ]);
  });
});

describe("dependencies", () => {
  const WAY_OUT =
    "Bundle it into your function with esbuild, as docs/functions.md shows under Dependencies.";

  it.each([
    [
      "left-pad",
      "1.3.0",
      `Dependency left-pad@1.3.0 is not among the packages that Ringback ships. ${WAY_OUT}`,
    ],
    [
      "lodash",
      "^3.10.0",
      `Dependency lodash@^3.10.0 is not available: only versions 4 are. ${WAY_OUT}`,
    ],
    [
      "uuid",
      "^13.0.0",
      `Dependency uuid@^13.0.0 is not available: only versions 9, 10, 11, 3, 7, 8 are. ${WAY_OUT}`,
    ],
    [
      "lodash",
      "git+https://example.com/x.git",
      `Dependency lodash@git+https://example.com/x.git is not available: only versions 4 are. ${WAY_OUT}`,
    ],
    [
      "bcrypt",
      "^5.0.0",
      "Dependency bcrypt@^5.0.0 cannot run here: it needs native code; bcryptjs is available.",
    ],
    [
      "constructor",
      "1.0.0",
      `Dependency constructor@1.0.0 is not among the packages that Ringback ships. ${WAY_OUT}`,
    ],
  ])("%s@%s is refused", async (name, version, message) => {
    expect(await errors({ dependencies: [{ name, version }] })).toEqual([{ message }]);
  });

  it.each([
    ["lodash", "^4.17.20", "4.18.1"],
    ["lodash", "~4.17", "4.18.1"],
    ["lodash", "4.x", "4.18.1"],
    ["lodash", ">=3", "4.18.1"],
    ["lodash", "3 || 4", "4.18.1"],
    ["lodash", "*", "4.18.1"],
    ["lodash", "", "4.18.1"],
    ["lodash", "latest", "4.18.1"],
    ["axios", "^1.6.0", "1.21.1"],
    ["axios", "0.21.4", "0.30.3"],
    ["uuid", "^8.3.2", "8.3.2"],
    ["uuid", "^9.0.0", "11.1.1"],
    ["twilio", "^3.56", "4.23.0"],
    ["twilio", "^5.0.3", "5.13.1"],
    ["twilio", "latest", "6.2.0"],
  ])("%s@%s is %s", (name, version, shipped) => {
    const chosen = chooseLibraries([{ name, version }], catalogue);
    expect(chosen.ok && chosen.libraries.map((library) => library.version)).toEqual([shipped]);
  });

  it.each([
    ["crypto", "^1.0.1"],
    ["util", "*"],
    ["@twilio/runtime-handler", "1.3.0"],
    ["@twilio-labs/serverless-runtime-types", "^4.0.0"],
    ["@types/node", "*"],
  ])("%s@%s brings nothing and needs nothing", (name, version) => {
    expect(chooseLibraries([{ name, version }], catalogue)).toEqual({
      ok: true,
      libraries: [],
      warnings: [],
    });
  });

  it("bring what they need, and a word where an exact version is another", () => {
    const chosen = chooseLibraries([{ name: "moment-timezone", version: "0.5.43" }], catalogue);
    expect(chosen.ok && chosen.libraries.map(({ name }) => name)).toEqual([
      "moment-timezone",
      "moment",
    ]);
    expect(chosen.ok && chosen.warnings).toEqual([
      { message: "moment-timezone@0.5.43 is served by moment-timezone 0.6.6" },
    ]);
  });

  it("are carried where the code mentions them", async () => {
    const dependencies = ["lodash", "moment", "axios"].map((name) => ({ name, version: "*" }));
    const laid = await layPackage({
      ...empty,
      functions: [fn("/a", "require('lodash/get');")],
      privateAssets: [asset("/b.js", "const name = 'moment'; require(name);")],
      dependencies,
    });
    expect(laid.ok && laid.package.libraries.map(({ name }) => name)).toEqual([
      "lodash",
      "moment",
      "twilio-twiml",
    ]);
  });
});

describe("which Twilio library a function needs", () => {
  const LIGHT = [
    HANDLER,
    "new Twilio.twiml.VoiceResponse(); new Twilio.Response();",
    "const { twiml, Response } = Twilio; new twiml.VoiceResponse();",
    "const twilio = require('twilio'); new twilio.twiml.VoiceResponse();",
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
    "const { jwt } = require('twilio');",
    "const { ...all } = require('twilio');",
    "const t = wrap(require('twilio'));",
    "require('twilio/lib/jwt/AccessToken');",
    "import('twilio').then(({ jwt }) => jwt);",
    "globalThis.Twilio.jwt;",
  ];

  async function flavourOf(input: Partial<PackageInput>): Promise<unknown> {
    const laid = await layPackage({ ...empty, ...input });
    return laid.ok && laid.functions[0]?.flavour;
  }

  it.each(LIGHT)("TwiML: %s", async (source) => {
    expect(await flavourOf({ functions: [fn("/a", source), fn("/other", "")] })).toBe("light");
  });

  it.each(SDK)("the whole SDK: %s", async (source) => {
    expect(await flavourOf({ functions: [fn("/a", source)] })).toBe("sdk");
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
    const input = {
      functions: [
        fn("/a", source),
        fn("/sdk", "context.getTwilioClient();"),
        fn("/light", HANDLER),
        fn("/through", "require('./light'); require('../assets/sdk');"),
      ],
      privateAssets: [asset("/sdk.js", "twilioClient;"), asset("/light.js", "")],
    };
    expect(await flavourOf(input)).toBe(flavour);
  });

  it("brings the SDK along only where one function needs it, of the declared version", async () => {
    const libraries = async (source: string) => {
      const laid = await layPackage({
        ...empty,
        functions: [fn("/a", source), fn("/b")],
        dependencies: [{ name: "twilio", version: "^4.0.0" }],
      });
      return laid.ok && laid.package.libraries.map(({ name, version }) => `${name} ${version}`);
    };
    expect(await libraries("")).toEqual(["twilio-twiml 4.23.0"]);
    expect(await libraries("twilioClient")).toEqual(["twilio-twiml 4.23.0", "twilio 4.23.0"]);
  });
});

describe("a package", () => {
  async function laid() {
    const result = await layPackage({
      ...empty,
      functions: [fn("/b", "import('x');"), fn("/é")],
      privateAssets: [asset("/x.bin", new Uint8Array([10, 0, 255])), asset("/empty.txt")],
    });
    if (!result.ok) throw new Error("not laid");
    return result;
  }

  it("comes out of its bytes as it went in", async () => {
    expect(decodePackage(encodePackage((await laid()).package))).toEqual({
      ok: true,
      package: (await laid()).package,
    });
    expect(encodePackage((await laid()).package)).toEqual(encodePackage((await laid()).package));
  });

  it("tells the manifest of canonical paths", async () => {
    expect((await laid()).functions.map(({ path }) => path)).toEqual(["/b", "/%C3%A9"]);
  });

  it.each([
    ["nothing", "no header", (_: Uint8Array) => new Uint8Array()],
    ["one word", "no header", (_: Uint8Array) => bytes("x")],
    ["a line", "no header", (_: Uint8Array) => bytes("x\n")],
    ["a later format", "format 2", (_: Uint8Array) => bytes('{"format":2,"files":[]}\n')],
    [
      "half of it",
      "assets/x.bin is cut off",
      (encoded: Uint8Array) => encoded.subarray(0, encoded.length - 1),
    ],
  ])("is not read from %s", async (_name, detail, change) => {
    expect(decodePackage(change(encodePackage((await laid()).package)))).toEqual({
      ok: false,
      detail,
    });
  });
});
