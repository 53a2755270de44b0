import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type TarFile, tarball } from "./tarball.ts";

type Answer = { status: number; headers?: Record<string, string>; body: string | Buffer };

let bomb: Buffer | undefined;
let changes = 0;

const INDEX: TarFile = { name: "index.js", content: "exports.loaded = true;" };

/** What a registry may send for a package's tarball, by the package's name. */
const TARBALLS: Record<string, () => Buffer> = {
  "hostile-traversal": () => tarball([INDEX, { name: "!package/../../evil.js", content: "1" }]),
  "hostile-absolute": () => tarball([INDEX, { name: "!/etc/passwd", content: "1" }]),
  "hostile-backslash": () => tarball([INDEX, { name: "..\\..\\evil.js", content: "1" }]),
  "hostile-link": () => tarball([INDEX, { name: "link.js", link: "/etc/passwd" }]),
  "hostile-cut": () => tarball([INDEX, { name: "long.js", content: "1", size: 1_000_000 }]),
  "hostile-plain": () => Buffer.from("this is not gzip"),
  "hostile-noise": () => gzipSync(Buffer.alloc(4096, 7)),
  "hostile-many": () =>
    tarball(Array.from({ length: 30_001 }, (_, index) => ({ name: `f${index}.js` }))),
  "hostile-bomb": () => {
    bomb ??= tarball([{ name: "zeros.js", content: Buffer.alloc(322 * 1024 * 1024) }]);
    return bomb;
  },
  "hostile-packed": () => Buffer.alloc(49 * 1024 * 1024),
  "hostile-kept": () =>
    tarball(
      Array.from({ length: 7 }, (_, index) => ({
        ...{ name: `d${index}.js`, content: Buffer.alloc(10 * 1024 * 1024, 32) },
      })),
    ),
  "hostile-file": () =>
    tarball([{ name: "index.js", content: Buffer.alloc(13 * 1024 * 1024, 32) }]),
  "hostile-closure": () =>
    tarball([
      {
        name: "index.js",
        content: "for (const n of [require('./a'), require('./b'), require('./c')]);",
      },
      ...["a", "b", "c"].map((name) => ({
        ...{ name: `${name}.js`, content: Buffer.alloc(9 * 1024 * 1024, 32) },
      })),
    ]),
  "hostile-files": () => {
    const names = Array.from({ length: 8_001 }, (_, index) => `f${index}`);
    const content = names.map((name) => `require("./${name}");`).join("\n");
    return tarball([
      { name: "index.js", content },
      ...names.map((name) => ({ name: `${name}.js` })),
    ]);
  },
  "hostile-hash": () => tarball([INDEX]),
  "hostile-sha1": () => tarball([INDEX]),
  "hostile-elsewhere": () => tarball([INDEX]),
};

/** What a registry may say of a version beside what npm's says. */
const MANIFESTS: Record<string, object> = {
  "hostile-git": { dependencies: { "a-fork": "git+https://example.com/a-fork.git" } },
  "hostile-name": { dependencies: { "../../etc": "1.0.0" } },
  "hostile-lost": { dependencies: { "hostile-nowhere": "1.0.0" } },
  "hostile-proto": { dependencies: JSON.parse('{"__proto__":"1.0.0","constructor":{}}') },
  "hostile-wide": {
    dependencies: Object.fromEntries(
      Array.from({ length: 2_100 }, (_, index) => [`made-chain-w${index}-0`, "1.0.0"]),
    ),
  },
  "hostile-deep": { dependencies: { "made-chain-deep-80": "1.0.0" } },
};

const DOCUMENTS: Record<string, Answer> = {
  "hostile-401": { status: 401, body: "who are you" },
  "hostile-down": { status: 503, body: "down" },
  "hostile-redirect": { status: 302, headers: { location: "https://example.com/" }, body: "" },
  "hostile-html": { status: 200, body: "<html>a login page</html>" },
  "hostile-huge": { status: 200, body: " ".repeat(65 * 1024 * 1024) },
  "hostile-empty": { status: 200, body: "{}" },
  "hostile-null": { status: 200, body: "null" },
};

/** What a registry that lies, or is not well, answers for a path; null for paths of others. */
export function hostileAnswer(path: string): Answer | null {
  if (path.startsWith("hostile-halfway/")) return { status: 503, body: "down" };
  if (path.startsWith("hostile-changed/")) {
    changes += 1;
    return {
      status: 200,
      body: tarball([{ name: "index.js", content: `exports.n = ${changes};` }]),
    };
  }
  const name = path.split("/")[0] as string;
  if (!name.startsWith("hostile-") || name === "hostile-nowhere") return null;
  const document = DOCUMENTS[name];
  if (document !== undefined) return document;
  const bytes = (TARBALLS[name] ?? (() => tarball([INDEX])))();
  if (path.endsWith(".tgz")) return { status: 200, body: bytes };
  const sha512 = createHash("sha512").update(bytes).digest("base64");
  const dist: Record<string, string> = {
    integrity: `sha512-${sha512}`,
    tarball: `http://127.0.0.1/${name}/-/${name}-1.0.0.tgz`,
  };
  if (name === "hostile-hash") dist.integrity = `sha512-${"A".repeat(86)}==`;
  if (name === "hostile-sha1") dist.shasum = createHash("sha1").update(bytes).digest("hex");
  if (["hostile-sha1", "hostile-unhashed"].includes(name)) delete dist.integrity;
  if (name === "hostile-elsewhere") dist.tarball = "https://example.com/steals-tokens.tgz";
  const version = { name, version: "1.0.0", ...MANIFESTS[name], dist };
  const body = { name, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } };
  return { status: 200, body: JSON.stringify(body) };
}
