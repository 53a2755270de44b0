import type { TarFile } from "./tarball.ts";

/** A package that nobody published: its versions, each with what package.json says and its files. */
export type MadePackage = Record<
  string,
  { manifest?: Record<string, unknown>; files: Record<string, string>; raw?: TarFile[] }
>;

/** Returns the package of this name that tests ask for, if any. */
export function madePackage(name: string): MadePackage | undefined {
  if (Object.hasOwn(MADE, name)) return MADE[name];
  const [, chain, number] = /^made-chain-(\w+)-(\d+)$/.exec(name) ?? [];
  return chain === undefined ? undefined : chainLink(chain, Number(number));
}

/** `made-chain-x-3` needs `made-chain-x-2`, down to 0; it exports how many there are. */
function chainLink(chain: string, number: number): MadePackage {
  const next = `made-chain-${chain}-${number - 1}`;
  const manifest = number === 0 ? {} : { dependencies: { [next]: "1.0.0" } };
  const length = number === 0 ? "1" : `require("${next}") + 1`;
  return { "1.0.0": { manifest, files: { "index.js": `module.exports = ${length};` } } };
}

/** Where a release of mysql2 takes its parsers from. */
const MYSQL2 = `exports.text = require("./lib/parsers/text_parser.js");
  exports.binary = require("./lib/parsers/binary_parser.js");`;

/** A module of WebAssembly that adds two numbers. */
const ADDER = Uint8Array.fromBase64("AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=");

const MADE: Record<string, MadePackage> = {
  "made-peer": {
    "1.0.0": {
      manifest: { peerDependencies: { "made-leaf": "^1.0.0" } },
      files: { "index.js": "exports.leaf = require('made-leaf').version;" },
    },
  },
  "made-optional": {
    "1.0.0": {
      manifest: {
        optionalDependencies: { "made-nowhere": "1.0.0", "made-leaf": "^2.0.0" },
        peerDependencies: { "made-absent-peer": "1.0.0" },
        peerDependenciesMeta: { "made-absent-peer": { optional: true } },
      },
      files: {
        "index.js": `const missing = [];
          for (const load of [() => require('made-nowhere'), () => require('made-absent-peer')]) {
            try { load(); } catch (error) { missing.push(error.code); }
          }
          module.exports = { missing, leaf: require('made-leaf').version };`,
      },
    },
  },
  "made-alias": {
    "1.0.0": {
      manifest: { dependencies: { old: "npm:made-leaf@^1.0.0", new: "npm:made-leaf@^2.0.0" } },
      files: { "index.js": "module.exports = [require('old').version, require('new').version];" },
    },
  },
  "@made/scoped": {
    "1.0.0": {
      manifest: {
        exports: {
          ".": { import: "./main.mjs", require: "./main.cjs" },
          "./sub/*": "./lib/*.js",
          "./data": "./data.json",
        },
        imports: { "#inner": "./lib/inner.js" },
      },
      files: {
        "main.cjs": "module.exports = { by: 'require', inner: require('#inner') };",
        "main.mjs": "export default { by: 'import' };",
        "lib/inner.js": "module.exports = 'inner';",
        "lib/one.js": "module.exports = require('@made/scoped').inner + ' one';",
        "data.json": '{"a":1}',
      },
    },
  },
  "made-esm": {
    "1.0.0": {
      manifest: { type: "module", main: "index.js", dependencies: { "made-leaf": "^1.0.0" } },
      files: {
        "index.js": `import leaf, { version } from "made-leaf";
          import { createRequire } from "node:module";
          import data from "./data.json" with { type: "json" };
          export { default as late } from "./late.js";
          const require = createRequire(import.meta.url);
          export const found = [leaf.version, version, data.a, require("./common.cjs"), import.meta.filename];
          export const dynamic = () => import("./late.js");
          export default function shout(text) { return text.toUpperCase(); }`,
        "late.js": "export default 'late';",
        "common.cjs": "module.exports = 'common';",
        "data.json": '{"a":1}',
      },
    },
  },
  "made-dual": {
    "1.0.0": {
      manifest: { exports: { import: "./index.mjs", require: "./index.cjs" } },
      files: {
        "index.mjs": "export default () => 'made'; export const named = 'named';",
        "index.cjs":
          "exports.__esModule = true; exports.default = () => 'made'; exports.named = 'named';",
      },
    },
  },
  "made-interop": {
    "1.0.0": {
      files: { "index.js": "exports.__esModule = true; exports.default = () => 'made';" },
    },
  },
  "made-await": {
    "1.0.0": {
      manifest: { type: "module", main: "index.js" },
      files: { "index.js": "export const value = await Promise.resolve(5);" },
    },
  },
  "made-reader": {
    "1.0.0": {
      files: {
        "index.js": `const fs = require("fs"), path = require("path");
          exports.text = fs.readFileSync(path.join(__dirname, "data/words.txt"), "utf8");
          exports.own = require("./package.json").name;
          exports.list = require("./lists");
          exports.sum = require("./lists/$sum");`,
        "data/words.txt": "ahoy",
        "lists/$sum.js": "module.exports = 3;",
        "lists/index.json": "[1,2]",
      },
    },
  },
  "made-named": {
    "1.0.0": {
      files: {
        "index.js": `const path = require("path"), fs = require("fs");
          exports.added = (name) => require("./locale/" + name);
          exports.template = (name) => require(\`./locale/\${name}.js\`);
          exports.joined = (name) => require(path.join(__dirname, "locale", name));
          exports.resolved = (name) => require(path.resolve(__dirname, "locale/" + name));
          exports.whole = require(path.join(__dirname, "lib", "whole"));
          exports.dirname = require(__dirname + "/lib/whole.js");
          const load = require;
          exports.renamed = (name) => load("./locale/" + name);`,
        "locale/en.js": "module.exports = 'hello';",
        "locale/fr.json": '"bonjour"',
        "locale/more/de.js": "module.exports = require('../../lib/whole') + ' hallo';",
        "lib/whole.js": "module.exports = 'whole';",
        "lib/never.js": "module.exports = 'never';",
      },
    },
  },
  "made-lister": {
    "1.0.0": {
      files: {
        "index.js": "module.exports = require('./lib');",
        "lib/index.js": `const fs = require("fs"), path = require("path");
          const folder = path.join(__dirname, "plugins");
          for (const file of fs.readdirSync(folder)) exports[file] = require(path.join(folder, file));`,
        "lib/plugins/one.js": "module.exports = 1;",
        "lib/plugins/two.js": "module.exports = 2;",
      },
    },
  },
  "made-named-esm": {
    "1.0.0": {
      manifest: { type: "module", exports: "./index.js" },
      files: {
        "index.js": `import { setTimeout } from "node:timers/promises";
          export { setTimeout };
          export const late = async (name) => (await import("./lib/" + name + ".js")).default;
          export const beside = import.meta.resolve("./absent.txt");`,
        "lib/one.js": "export default 'one';",
      },
    },
  },
  "made-crowd": {
    "1.0.0": {
      files: {
        "index.js": "exports.loaded = true; exports.one = (name) => require('./many/' + name);",
        ...Object.fromEntries(
          Array.from({ length: 501 }, (_, index) => [`many/${index}.js`, "module.exports = 1;"]),
        ),
      },
    },
  },
  "made-cycle": {
    "1.0.0": {
      files: {
        "index.js": "exports.early = 1; exports.other = require('./other'); exports.late = 2;",
        "other.js": "const main = require('./'); module.exports = Object.keys(main);",
      },
    },
  },
  depd: {
    "1.0.0": {
      files: {
        "index.js": "module.exports = () => Function('return 1')();",
        "lib/browser/index.js": "module.exports = () => () => {};",
      },
    },
  },
  "fast-redact": {
    "3.5.0": { files: { "index.js": "module.exports = () => new Function('return 1')();" } },
  },
  mysql2: {
    "2.0.0-made": {
      files: {
        "index.js": MYSQL2,
        "lib/parsers/text_parser.js": "module.exports = () => new Function('return 1');",
        "lib/parsers/binary_parser.js": "module.exports = () => new Function('return 1')();",
      },
    },
    "3.24.6-made": {
      files: {
        "index.js": `${MYSQL2} exports.statics = () => [
          require("./lib/parsers/static_text_parser.js"), require("./lib/parsers/static_binary_parser.js"),
        ];`,
        "lib/parsers/text_parser.js": "module.exports = () => new Function('return 1');",
        "lib/parsers/binary_parser.js": "module.exports = () => new Function('return 1')();",
        "lib/parsers/static_text_parser.js":
          "module.exports = (...given) => ({ next: () => ['static', ...given].join(' ') });",
        "lib/parsers/static_binary_parser.js":
          "module.exports = (...given) => ['static', ...given].join(' ');",
      },
    },
  },
  googleapis: {
    "1.0.0-made": {
      files: {
        "index.js": `exports.google = {
          sheets: () => require("./build/src/apis/sheets/index.js"),
          drive: () => require("./build/src/apis/drive/index.js"),
          gmail: () => require("./build/src/apis/gmail/index.js"),
        };`,
        "build/src/apis/sheets/index.js": "module.exports = 'sheets';",
        "build/src/apis/drive/index.js": "module.exports = 'drive';",
        "build/src/apis/gmail/index.js": "module.exports = 'gmail';",
      },
    },
  },
  "made-evals": {
    "1.0.0": {
      files: { "index.js": "exports.loaded = true; exports.f = () => new Function('return 7')();" },
    },
  },
  ssh2: {
    "1.0.0": {
      files: {
        "index.js": "module.exports = require('./lib/protocol/crypto/poly1305.js');",
        "lib/protocol/crypto/poly1305.js":
          "module.exports = () => WebAssembly.compile(new Uint8Array(8));",
      },
    },
  },
  jsonpath: {
    "1.0.0": {
      files: {
        "index.js": "module.exports = require('fs').readFileSync(require.resolve('./other.js'));",
        "other.js": "",
        "jsonpath.js": `module.exports = "browser's";`,
      },
    },
  },
  "made-large": {
    "1.0.0": {
      files: { "index.js": "exports.loaded = __dirname !== '';" },
      raw: [{ name: "large.bin", content: Buffer.alloc(4.5 * 1024 * 1024, 7) }],
    },
  },
  "made-dollar": {
    "1.0.0": {
      files: {
        "index.js": "module.exports = require('./cast$expr') + require(`./plain`);",
        "cast$expr.js": "module.exports = 'dollar ';",
        "plain.js": "module.exports = 'plain';",
      },
    },
  },
  "made-driver": {
    "1.0.0": {
      manifest: { peerDependenciesMeta: { "made-leaf": { optional: true } } },
      files: {
        "index.js": "module.exports = (name) => require(name).version;",
      },
    },
  },
  "made-compiler": {
    "1.0.0": {
      manifest: { dependencies: { "made-leaf": "^1" } },
      files: {
        // Longer than what is lexed whole.
        "index.js": `const sample = 'import("x")'; // import("y")
          module.exports = [sample, /import\\(/.source, typeof { import() {} }.import];
          module.exports.late = () => import("made-leaf");
          /* ${"long ".repeat(110_000)} */`,
      },
    },
  },
  "made-trailing": {
    "1.0.0": { files: { "index.js": "exports.loaded = true;" } },
  },
  "made-spawns": {
    "1.0.0": { files: { "index.js": "require('child_process'); exports.loaded = true;" } },
  },
  "made-adder": {
    "1.0.0": {
      files: {
        "index.js": `const fs = require("fs"), path = require("path");
          const bytes = () => fs.readFileSync(path.join(__dirname, "add.wasm"));
          const add = ({ exports }) => exports.add(2, 3);
          const text = "${ADDER.toBase64()}";
          module.exports = async () => [
            add((await WebAssembly.instantiate(bytes())).instance),
            add(new WebAssembly.Instance(new WebAssembly.Module(bytes()))),
            add(await WebAssembly.instantiate(await WebAssembly.compile(bytes().buffer.slice(0)))),
            add((await WebAssembly.instantiate(Buffer.from(text, "base64"))).instance),
            await WebAssembly.compile(new Uint8Array(8)).catch((error) => error.name),
          ];`,
      },
      raw: [
        { name: "add.wasm", content: ADDER },
        { name: "none.wasm", content: ADDER.slice(0, 20) },
      ],
    },
  },
  "made-wasm": {
    "1.0.0": {
      files: {
        "index.js": `exports.loaded = true;
          exports.f = (bytes) => WebAssembly.instantiate(bytes);`,
      },
    },
  },
  "made-scripted": {
    "1.0.0": {
      manifest: { hasInstallScript: true, scripts: { install: "exit 1" } },
      files: { "index.js": "exports.loaded = true;" },
    },
  },
  "made-native": {
    "1.0.0": {
      files: {
        "index.js": "try { require('./build/addon.node'); } catch { exports.loaded = true; }",
        "build/addon.node": "\u007fELF",
      },
    },
  },
  // Compiled where npm installs it.
  "made-gyp": {
    "1.0.0": { files: { "index.js": "exports.loaded = true;", "binding.gyp": "{}" } },
  },
  "made-machines": {
    "1.0.0": {
      manifest: { optionalDependencies: { "made-for-arm": "1", "made-for-x64": "1" } },
      files: { "index.js": "exports.loaded = true;" },
    },
  },
  "made-for-arm": { "1.0.0": { manifest: { cpu: ["arm64"] }, files: { "index.js": "" } } },
  "made-for-x64": { "1.0.0": { manifest: { cpu: ["x64"] }, files: { "index.js": "" } } },
  // Of a registry whose documents are not abbreviated.
  "made-full-document": {
    "1.0.0": {
      manifest: { gypfile: true },
      files: { "index.js": "exports.loaded = true;" },
    },
  },
  "made-broken": {
    "1.0.0": {
      files: {
        "index.js": "exports.loaded = true;",
        "bad.js": "const x: number = 1;",
        "bad.mjs": "export const x: number = 1;",
      },
    },
  },
  "made-leaf": {
    "1.0.0": { files: { "index.js": "exports.version = '1.0.0';" } },
    "1.5.0": { files: { "index.js": "exports.version = '1.5.0';" } },
    "2.0.0": { files: { "index.js": "exports.version = '2.0.0';" } },
  },
  // As @twilio-labs/runtime-helpers: what it is given is asked for the client.
  "made-helper": {
    "1.0.0": {
      files: { "index.js": "exports.client = (context) => context.getTwilioClient();" },
    },
  },
  "made-needs-1": {
    "1.0.0": {
      manifest: { dependencies: { "made-leaf": "^1.0.0" } },
      files: { "index.js": "exports.leaf = require('made-leaf').version;" },
    },
  },
  "made-needs-2": {
    "1.0.0": {
      manifest: { dependencies: { "made-leaf": "^2.0.0" } },
      files: { "index.js": "exports.leaf = require('made-leaf').version;" },
    },
  },
};
