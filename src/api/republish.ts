import { Hono } from "hono";
import * as z from "zod";
import { republish } from "../publish/republish.ts";
import { operatorOnly } from "./auth.ts";
import type { ApiEnv } from "./context.ts";
import { invalid } from "./errors.ts";
import { readParameters, text } from "./parameters.ts";

const continuation = z.object({ Cursor: text(1000).optional() });

/**
 * `POST /v1/Republish`, beyond Twilio's API and for the operator alone: rebuilds KV from D1, a
 * stretch a call; `next` is the `Cursor` of the next call, null at the end.
 */
export const republishing = new Hono<ApiEnv>().basePath("/v1/Republish");

republishing.post("/", operatorOnly, async (context) => {
  const { Cursor } = await readParameters(context, continuation);
  const stretch = await republish(context.env, context.var.published, Cursor ?? null);
  if (!stretch) throw invalid("Invalid parameter Cursor: it is none of this API");
  return context.json(stretch);
});
