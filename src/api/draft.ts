import { Hono } from "hono";
import * as z from "zod";
import { changeDraft } from "../store/drafts.ts";
import { timestamp } from "../store/timestamp.ts";
import type { ApiEnv } from "./context.ts";
import { invalid, requestedNotFound } from "./errors.ts";
import { readParameters, sidList } from "./parameters.ts";
import { serviceName } from "./parents.ts";
import type { DraftRepresentation } from "./representations.ts";

const change = z.object({
  /** Each becomes the draft of its asset or function, which is there again if it was deleted. */
  Versions: sidList("ZN"),
  /** Assets and functions that are deleted. */
  Removed: sidList("ZH"),
});

/**
 * `…/Draft`, beyond Twilio: changes, all at once, what the next build of a service would be made of.
 * With it a draft is discarded, and a file goes back to an earlier version, without a byte being sent.
 */
export const draft = new Hono<ApiEnv>().basePath("/v1/Services/:serviceSid/Draft");

draft.post("/", async (context) => {
  const { Versions, Removed } = await readParameters(context, change);
  const outcome = await changeDraft(context.env.DB, {
    accountSid: context.var.accountSid,
    serviceName: serviceName(context),
    versionSids: [...new Set(Versions)],
    removedSids: [...new Set(Removed)],
    date: timestamp(),
  });
  if (!outcome.ok) {
    throw outcome.reason === "no-such-service"
      ? requestedNotFound(context)
      : invalid(`Invalid parameter Versions: ${outcome.sid} was not found in this Service`);
  }
  const { serviceSid, versions, removed } = outcome;
  return context.json({
    account_sid: context.var.accountSid,
    service_sid: serviceSid,
    versions,
    removed,
    url: `${context.var.baseUrl}/Services/${serviceSid}/Draft`,
  } satisfies DraftRepresentation);
});
