import { Hono } from "hono";
import * as z from "zod";
import {
  type ApiKeyRow,
  deleteApiKey,
  findAccountApiKey,
  insertApiKey,
  listApiKeys,
} from "../store/api-keys.ts";
import { timestamp } from "../store/timestamp.ts";
import { authTokenOnly } from "./auth.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { requestedNotFound, unauthorized } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { readParameters, text } from "./parameters.ts";
import { found } from "./parents.ts";
import { newSid } from "./sids.ts";

const creation = z.object({ FriendlyName: text(64).optional() });

/** `/v1/Keys`: the API keys of the account that asks (docs/accounts.md). */
export const keys = new Hono<ApiEnv>().basePath("/v1/Keys");

keys.use("*", authTokenOnly);

keys.get("/", async (context) => {
  const request = await listRequest(context);
  const page = await listApiKeys(context.env.DB, context.var.accountSid, request);
  return listResponse(context, "keys", request, page, (row) => present(context, row));
});

keys.post("/", async (context) => {
  const { FriendlyName } = await readParameters(context, creation);
  // The one time that the secret is known: what is stored is its hash.
  const secret = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  const key = {
    sid: newSid("SK"),
    accountSid: context.var.accountSid,
    friendlyName: FriendlyName ?? "",
    secretSha256: new Uint8Array(digest).toHex(),
    date: timestamp(),
  };
  const row = await insertApiKey(context.env.DB, key, context.env.TWILIO_ACCOUNT_SID);
  if (!row) throw unauthorized();
  return context.json({ ...present(context, row), secret }, 201);
});

keys.get("/:sid", async (context) => {
  const { accountSid } = context.var;
  const row = await findAccountApiKey(context.env.DB, accountSid, context.req.param("sid"));
  return context.json(present(context, found(context, row)));
});

keys.delete("/:sid", async (context) => {
  const { accountSid } = context.var;
  const deleted = await deleteApiKey(context.env.DB, accountSid, context.req.param("sid"));
  if (!deleted) throw requestedNotFound(context);
  return context.body(null, 204);
});

function present(context: ApiContext, row: ApiKeyRow) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    date_created: row.date_created,
    date_updated: row.date_updated,
    url: `${context.var.baseUrl}/Keys/${row.sid}`,
  };
}
