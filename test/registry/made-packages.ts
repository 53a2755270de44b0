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

const MADE: Record<string, MadePackage> = {
  "made-leaf": {
    "1.0.0": { files: { "index.js": "exports.version = '1.0.0';" } },
    "1.5.0": { files: { "index.js": "exports.version = '1.5.0';" } },
    "2.0.0": { files: { "index.js": "exports.version = '2.0.0';" } },
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
