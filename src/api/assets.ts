import { resourceRouter } from "./resources.ts";

/** `…/Assets` (contract 1.2); their versions have a router of their own. */
export const assets = resourceRouter({
  kind: "asset",
  collection: "Assets",
  key: "assets",
  versions: "asset_versions",
});
