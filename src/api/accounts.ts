import { Hono } from "hono";
import * as z from "zod";
import {
  type AuthTokens,
  encodeAccountRecord,
  openAccountRecord,
} from "../contract/account-record.ts";
import { publishAccountRecord } from "../publish/account-records.ts";
import { MAX_WITHDRAWALS, withdrawDeleted } from "../publish/withdraw.ts";
import {
  type AccountRow,
  deleteAccount,
  findAccount,
  insertAccount,
  listAccounts,
  renameAccount,
  replaceAuthTokens,
} from "../store/accounts.ts";
import { deleteService, servicesWithKeys } from "../store/services.ts";
import { timestamp } from "../store/timestamp.ts";
import { authTokenOnly, operatorOnly } from "./auth.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { conflict, requestedNotFound, unavailable } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { authToken, readParameters, sid, text } from "./parameters.ts";
import { found } from "./parents.ts";
import { newSid } from "./sids.ts";

const creation = z.object({
  FriendlyName: text(64),
  /** An account that Twilio knows: its SID and token, so that what Twilio signs verifies. */
  Sid: sid("AC").optional(),
  AuthToken: authToken().optional(),
});
const renaming = z.object({ FriendlyName: text(64) });
const rotation = z.object({ AuthToken: authToken().optional() });

/** `/v1/Accounts`: the accounts beside the operator's, for the operator alone (docs/accounts.md). */
export const accounts = new Hono<ApiEnv>().basePath("/v1/Accounts");

accounts.use("*", operatorOnly, authTokenOnly);

accounts.get("/", async (context) => {
  const request = await listRequest(context);
  const page = await listAccounts(context.env.DB, request);
  return listResponse(context, "accounts", request, page, (row) => present(context, row));
});

accounts.post("/", async (context) => {
  const { FriendlyName, Sid, AuthToken } = await readParameters(context, creation);
  const accountSid = Sid ?? newSid("AC");
  const tokens: AuthTokens = [AuthToken ?? newAuthToken()];
  const row =
    accountSid === context.env.TWILIO_ACCOUNT_SID
      ? null
      : await insertAccount(context.env.DB, {
          sid: accountSid,
          friendlyName: FriendlyName,
          authTokens: await encodeAccountRecord(accountSid, tokens, context.env.ENCRYPTION_KEY),
          date: timestamp(),
        });
  if (!row) throw conflict(`Account with Sid ${accountSid} already exists`);
  await publishAccountRecord(context.env, context.var.published, accountSid);
  return context.json({ ...present(context, row), auth_token: tokens[0] }, 201);
});

accounts.get("/:accountSid", async (context) => {
  return context.json(present(context, await requireAccount(context)));
});

accounts.post("/:accountSid", async (context) => {
  const { FriendlyName } = await readParameters(context, renaming);
  const accountSid = context.req.param("accountSid");
  const row = await renameAccount(context.env.DB, accountSid, FriendlyName, timestamp());
  return context.json(present(context, found(context, row)));
});

accounts.delete("/:accountSid", async (context) => {
  const { DB, TWILIO_ACCOUNT_SID } = context.env;
  const accountSid = context.req.param("accountSid");
  // A row of the operator's own SID is a subaccount that became the operator: its services are his.
  if (accountSid === TWILIO_ACCOUNT_SID) throw requestedNotFound(context);
  await requireAccount(context);
  await deleteSurplus(context, accountSid);
  const deleted = found(context, await deleteAccount(DB, accountSid, timestamp()));
  await publishAccountRecord(context.env, context.var.published, accountSid);
  await withdrawDeleted(context.env, context.var.published, deleted);
  return context.body(null, 204);
});

/**
 * Where an account has more hostnames than one call can take out of KV, deletes as many of its
 * services as it can, and throws a 503 that asks for another call.
 */
async function deleteSurplus({ env, var: variables }: ApiContext, accountSid: string) {
  const services = await servicesWithKeys(env.DB, accountSid);
  if (services.reduce((sum, { keys }) => sum + keys, 0) <= MAX_WITHDRAWALS) return;
  let taken = 0;
  for (const { sid, keys } of services) {
    taken += keys;
    if (taken > MAX_WITHDRAWALS && taken > keys) break;
    const deleted = await deleteService(env.DB, accountSid, sid, timestamp());
    if (deleted) await withdrawDeleted(env, variables.published, deleted);
  }
  throw unavailable("The account had more hostnames than one call can take away: call again");
}

accounts.post("/:accountSid/AuthTokens/Secondary", async (context) => {
  const { AuthToken } = await readParameters(context, rotation);
  const account = await requireAccount(context);
  const { tokens, former } = await accountRecord(context, account);
  const [primary, secondary] = tokens;
  if (secondary !== undefined) {
    throw conflict("The account has a secondary auth token: promote it or delete it first");
  }
  const created = AuthToken ?? newAuthToken();
  const row = await replaceTokens(context, account, [primary, created], former);
  return context.json({ ...presentTokens(context, row), secondary_auth_token: created }, 201);
});

accounts.delete("/:accountSid/AuthTokens/Secondary", async (context) => {
  const account = await requireAccount(context);
  const { tokens, former } = await accountRecord(context, account);
  const [primary, secondary] = tokens;
  if (secondary === undefined) throw requestedNotFound(context);
  await replaceTokens(context, account, [primary], [secondary, ...former]);
  return context.body(null, 204);
});

accounts.post("/:accountSid/AuthTokens/Promote", async (context) => {
  const account = await requireAccount(context);
  const { tokens, former } = await accountRecord(context, account);
  const [primary, secondary] = tokens;
  if (secondary === undefined) {
    throw conflict("The account has no secondary auth token: create one first");
  }
  const row = await replaceTokens(context, account, [secondary, primary], former);
  return context.json({ ...presentTokens(context, row), auth_token: secondary });
});

async function requireAccount(context: ApiContext): Promise<AccountRow> {
  return found(context, await findAccount(context.env.DB, context.req.param("accountSid") ?? ""));
}

async function accountRecord(context: ApiContext, { sid, auth_tokens }: AccountRow) {
  const record = await openAccountRecord(auth_tokens, sid, context.env.ENCRYPTION_KEY);
  if (record) return record;
  throw unavailable(`The auth tokens of ${sid} were stored under another ENCRYPTION_KEY`);
}

/** Replaces an account's tokens in D1 and then in KV; two rotations at once are not both done. */
async function replaceTokens(
  context: ApiContext,
  account: AccountRow,
  tokens: AuthTokens,
  former: string[],
): Promise<AccountRow> {
  const { DB, ENCRYPTION_KEY } = context.env;
  const record = await encodeAccountRecord(account.sid, tokens, ENCRYPTION_KEY, former);
  const row = await replaceAuthTokens(DB, account, record, timestamp());
  if (!row) throw conflict("The auth tokens of the account were changed at the same time");
  await publishAccountRecord(context.env, context.var.published, account.sid);
  return row;
}

/** 128 random bits in the form of Twilio's tokens. */
function newAuthToken(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

function present(context: ApiContext, row: AccountRow) {
  const url = `${context.var.baseUrl}/Accounts/${row.sid}`;
  return {
    sid: row.sid,
    friendly_name: row.friendly_name,
    date_created: row.date_created,
    date_updated: row.date_updated,
    url,
    links: {
      secondary_auth_token: `${url}/AuthTokens/Secondary`,
      auth_token_promotion: `${url}/AuthTokens/Promote`,
    },
  };
}

function presentTokens(context: ApiContext, row: AccountRow) {
  return {
    account_sid: row.sid,
    date_updated: row.date_updated,
    url: `${context.var.baseUrl}/Accounts/${row.sid}`,
  };
}
