import fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** What every random choice in the tests follows from; see vitest.config.ts. */
    seed: number;
  }
}

fc.configureGlobal({ seed: inject("seed") });
