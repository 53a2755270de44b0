import { Hono } from "hono";
import type { ApiEnv } from "./context.ts";
import { invalid } from "./errors.ts";
import { readParameters } from "./parameters.ts";
import { requireService } from "./parents.ts";
import { naming, resourceRouter } from "./resources.ts";

/** `…/Functions` (contract 1.2): all of it but creating one. */
export const functions = new Hono<ApiEnv>();

functions.post("/v1/Services/:serviceSid/Functions", async (context) => {
  await readParameters(context, naming);
  await requireService(context);
  throw invalid("Functions are not supported here: deploy with --no-functions to host assets");
});

functions.route(
  "/",
  resourceRouter({
    kind: "function",
    collection: "Functions",
    key: "functions",
    versions: "function_versions",
  }),
);
