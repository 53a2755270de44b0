import { resourceRouter } from "./resources.ts";

/** `…/Functions` (contract 1.2); their versions have a router of their own. */
export const functions = resourceRouter({
  kind: "function",
  collection: "Functions",
  key: "functions",
  versions: "function_versions",
});
