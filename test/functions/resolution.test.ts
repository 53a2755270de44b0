import { describe, expect, it } from "vitest";
import { deploy } from "./harness.ts";

/** Dependencies as npm resolves them, and files as Node finds them. */

async function answer(body: string, dependencies: Record<string, string>): Promise<unknown> {
  const { call } = await deploy({
    functions: {
      "f.js": `exports.handler = async (context, event, callback) => {
        callback(null, { value: await (async () => { ${body} })() });
      };`,
    },
    dependencies: Object.entries(dependencies).map(([name, version]) => ({ name, version })),
  });
  const { value, message } = JSON.parse((await call("/f")).body);
  return value ?? message;
}

const CASES: [rule: string, dependencies: Record<string, string>, body: string, value: unknown][] =
  [
    [
      "ranges that conflict get a version each",
      { "made-leaf": "1.0.0", "made-needs-1": "*", "made-needs-2": "*" },
      `return [require("made-leaf").version, require("made-needs-1").leaf, require("made-needs-2").leaf];`,
      ["1.0.0", "1.0.0", "2.0.0"],
    ],
    [
      "the newest version that fits, or what a tag names",
      { "made-leaf": "^1", newest: "npm:made-leaf@latest" },
      `return [require("made-leaf").version, require("newest").version];`,
      ["1.5.0", "2.0.0"],
    ],
    [
      "a peer is the build's own",
      { "made-leaf": "1.0.0", "made-peer": "*" },
      `return require("made-peer").leaf;`,
      "1.0.0",
    ],
    [
      "a peer that nobody brings comes along",
      { "made-peer": "*" },
      `return require("made-peer").leaf;`,
      "1.5.0",
    ],
    [
      "what is optional may be missing",
      { "made-optional": "*" },
      `return require("made-optional");`,
      { missing: ["MODULE_NOT_FOUND", "MODULE_NOT_FOUND"], leaf: "2.0.0" },
    ],
    ["aliases", { "made-alias": "*" }, `return require("made-alias");`, ["1.5.0", "2.0.0"]],
    [
      "what a dependency brings can be required beside it",
      { "made-needs-2": "*" },
      `return require("made-leaf").version;`,
      "2.0.0",
    ],
    [
      "exports and imports, conditions and patterns, with a scope",
      { "@made/scoped": "*" },
      `return [
        require("@made/scoped"),
        require("@made/scoped/sub/one"),
        require("@made/scoped/data"),
        require("@made/scoped/package.json").name,
      ];`,
      [{ by: "require", inner: "inner" }, "inner one", { a: 1 }, "@made/scoped"],
    ],
    [
      "an ES module alone, by require() and by import()",
      { "made-esm": "*" },
      `const required = require("made-esm"), imported = await import("made-esm");
       return [
         required.default("a"), imported.default("b"), required.late, required.found,
         (await required.dynamic()).default, imported.found === required.found,
       ];`,
      [
        ...["A", "B", "late"],
        ["1.5.0", "1.5.0", 1, "common", "/bundle/node_modules/made-esm/index.js"],
        ...["late", true],
      ],
    ],
    [
      "the default of a package that is CommonJS and an ES module, as import() gives it",
      { "made-dual": "*", "made-interop": "*" },
      `const dual = await import("made-dual"), interop = await import("made-interop");
       return [dual.default(), dual.named, require("made-dual").default(), interop.default.default()];`,
      ["made", "named", "made", "made"],
    ],
    [
      "a module that awaits, by import()",
      { "made-await": "*" },
      `let code;
       try { require("made-await"); } catch (error) { code = error.code; }
       return [code, (await import("made-await")).value];`,
      ["ERR_REQUIRE_ASYNC_MODULE", 5],
    ],
    [
      "JSON, folders, names of any characters, and data that a package reads",
      { "made-reader": "*" },
      `return require("made-reader");`,
      { text: "ahoy", own: "made-reader", list: [1, 2], sum: 3 },
    ],
    [
      "what nothing requires and nobody has is left out",
      { "made-needs-2": "*", fs: "0.0.1-security", "hostile-lost": "*", "hostile-git": "*" },
      `return require("made-leaf").version;`,
      "2.0.0",
    ],
    [
      "cycles",
      { "made-cycle": "*" },
      `return require("made-cycle");`,
      { early: 1, other: ["early"], late: 2 },
    ],
    [
      "a name that stands in no literal, of what is there",
      { "made-leaf": "^1" },
      `const names = ["made-leaf"]; return require(names[0]).version;`,
      "1.5.0",
    ],
    [
      "a name in no literal, beside Node's own that are declared too",
      { "made-leaf": "^1", fs: "0.0.1-security" },
      `const names = ["made-leaf", "fs"];
       return [require(names[0]).version, typeof require(names[1]).readFileSync];`,
      ["1.5.0", "function"],
    ],
    [
      "require.resolve",
      { "made-leaf": "^1" },
      `return require.resolve("made-leaf");`,
      "/bundle/node_modules/made-leaf/index.js",
    ],
    [
      "names with a $, and in backquotes",
      { "made-dollar": "*" },
      `return require("made-dollar");`,
      "dollar plain",
    ],
    [
      "a driver that the build declares, by a name that its package computes",
      { "made-driver": "*", "made-leaf": "^1" },
      `return require("made-driver")("made-" + "leaf");`,
      "1.5.0",
    ],
    [
      "a large file that has import() in strings too",
      { "made-compiler": "*", "made-leaf": "^1" },
      `const found = require("made-compiler");
       return [...found, (await found.late()).version];`,
      ['import("x")', "import\\(", "function", "1.5.0"],
    ],
    [
      "an archive with something behind its end",
      { "made-trailing": "*" },
      `return require("made-trailing").loaded;`,
      true,
    ],
    [
      "files by names that a package makes of a text and something",
      { "made-named": "*" },
      `const { added, template, joined, resolved, renamed, whole, dirname } = require("made-named");
       return [
         ...[added("en"), added("fr"), added("more/de"), template("en"), joined("fr")],
         ...[resolved("en"), renamed("fr"), whole, dirname],
       ];`,
      [
        ...["hello", "bonjour", "whole hallo", "hello", "bonjour"],
        ...["hello", "bonjour", "whole", "whole"],
      ],
    ],
    [
      "files of a package by names that a function makes",
      { "made-named": "*" },
      `const name = "fr"; return [require(\`made-named/locale/\${name}\`), require("made-named/locale/" + "en.js")];`,
      ["bonjour", "hello"],
    ],
    [
      "nothing else of it",
      { "made-named": "*" },
      `const [name] = ["never"]; require("made-named");
       try { require("module").createRequire("/bundle/node_modules/made-named/x.js")("./lib/" + name); } catch (error) { return error.code; }`,
      "MODULE_NOT_FOUND",
    ],
    [
      "what a package finds in a folder of its own",
      { "made-lister": "*" },
      `return require("made-lister");`,
      { "one.js": 1, "two.js": 2 },
    ],
    [
      "in ES modules: names that they make, where a file stands, Node's timers as functions have them",
      { "made-named-esm": "*" },
      `const { late, beside, setTimeout } = await import("made-named-esm");
       return [await late("one"), beside, setTimeout === require("timers/promises").setTimeout];`,
      ["one", "file:///bundle/node_modules/made-named-esm/absent.txt", true],
    ],
    [
      "names of Object.prototype are none",
      { "made-leaf": "^1" },
      `try { require("constructor"); } catch (error) { return error.code; }`,
      "MODULE_NOT_FOUND",
    ],
    [
      "a name of Node's own is Node's",
      { "made-leaf": "^1", crypto: "*", fs: "1", util: "*" },
      `return typeof require("crypto").createHash;`,
      "function",
    ],
  ];

describe("dependencies", () => {
  it.each(CASES)("%s", async (_, dependencies, body, value) => {
    expect(await answer(body, dependencies)).toEqual(value);
  });
});

describe("a private asset that is an ES module", () => {
  it("is what import() and require() of its path give, with all that it imports", async () => {
    const { call } = await deploy({
      functions: {
        "f.js": `exports.handler = async (context, event, callback) => {
          const { path } = Runtime.getAssets()["/lib/main.mjs"];
          const imported = await import(path);
          callback(null, [imported.default, imported.found, require(path).found === imported.found]);
        };`,
      },
      assets: {
        "lib/main.mjs": `import { basename } from "node:path";
          import leaf, { version } from "made-leaf";
          import shout from "made-esm";
          import { word } from "./other.mjs";
          import common from "../common.js";
          export default "main";
          export const found = [basename("/a/b"), leaf.version, version, shout("c"), word, common.d];`,
        "lib/other.mjs": "export const word = 'other';",
        "common.js": "exports.d = 'common';",
      },
      dependencies: [
        { name: "made-leaf", version: "^1" },
        { name: "made-esm", version: "*" },
      ],
    });
    expect(JSON.parse((await call("/f")).body)).toEqual([
      "main",
      ["b", "1.5.0", "1.5.0", "C", "other", "common"],
      true,
    ]);
  });
});

describe("what is in no registry", () => {
  it.each([
    ...["git+https://example.com/x.git", "git@example.com:a/b.git", "ssh://git@example.com/a"],
    ...["github:a/b", "gist:12ab", "a/b", "a/b#semver:^1", "https://example.com/x.tgz"],
    ...["file:../x", "./x", "~/x", "link:../x", "portal:./x", "workspace:*", "catalog:"],
    "patch:made-leaf@1#x",
  ])("is refused: %s", async (version) => {
    const deployed = deploy({
      functions: { "f.js": `require("made-leaf"); exports.handler = () => {};` },
      dependencies: [{ name: "made-leaf", version }],
    });
    await expect(deployed).rejects.toThrow(
      `Dependency made-leaf@${version}: only what is in the registry can be had`,
    );
  });
});
