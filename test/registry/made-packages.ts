import type { TarFile } from "./tarball.ts";

/** A package that nobody published: its versions, each with what package.json says and its files. */
export type MadePackage = Record<
  string,
  { manifest?: Record<string, unknown>; files: Record<string, string>; raw?: TarFile[] }
>;

/** Packages that tests ask for, beside those of node_modules. */
export const MADE: Record<string, MadePackage> = {
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
