import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import * as z from "zod";
import { readBoundedBody } from "../contract/bounded-body.ts";
import { heldBytes } from "../contract/byte-budget.ts";
import { CLIENT_PACE } from "../contract/pace.ts";
import { factsOf } from "../gateway/exchange.ts";
import { domainName } from "../publish/hostnames.ts";
import { ownerOf } from "./activity.ts";
import type { ApiEnv } from "./context.ts";
import { busy, invalid } from "./errors.ts";
import { readParameters, single, text } from "./parameters.ts";
import { requireEnvironment } from "./parents.ts";
import type { TestRequestRepresentation } from "./representations.ts";

/** Bytes of an answer that are shown: TwiML of a call has at most 64 KB. */
const MAX_SHOWN = 256 * 1024;

/** Named so, to be told from Twilio's in the list of requests. */
const USER_AGENT = "Ringback-Test";

const parameters = z.object({
  Method: single.pipe(z.enum(["GET", "POST"])).default("POST"),
  /** With its query. */
  Path: text(4_096),
  /** X-Twilio-Signature, made by who holds the account's token: it is not looked up here. */
  Signature: text(64).optional(),
  /** The form's fields, encoded. */
  Body: text(65_536, 0).optional(),
});

/** Extension: one request to an environment's host, sent as Twilio sends it (docs/api.md). */
export const testRequests = new Hono<ApiEnv>();

testRequests.post(
  "/v1/Services/:serviceSid/Environments/:environmentSid/TestRequests",
  async (context) => {
    const { Method, Path, Signature, Body } = await readParameters(context, parameters);
    if (!Path.startsWith("/")) throw invalid("Invalid parameter Path: it must begin with /");
    const environment = await requireEnvironment(context);
    const host = domainName(environment.domain_label, context.env.BASE_DOMAIN);
    const url = `${new URL(context.req.url).protocol}//${host}${Path}`;
    if (!URL.canParse(url) || new URL(url).host !== host) {
      throw invalid("Invalid parameter Path: it is none of this host");
    }
    const posted = Method === "POST";
    const request = new Request(url, {
      method: Method,
      redirect: "manual",
      headers: {
        "User-Agent": USER_AGENT,
        Accept: "*/*",
        ...(Signature === undefined ? {} : { "X-Twilio-Signature": Signature }),
        ...(posted ? { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" } : {}),
      },
      ...(posted ? { body: Body ?? "" } : {}),
    });
    const began = Date.now();
    const response = await (context.env.ASK?.(request) ?? exports.default.fetch(request));
    const duration = Date.now() - began;
    const hold = heldBytes.open(`api:${context.var.accountSid}`);
    // Read as a client's body is: within the isolate's budget, and not for ever.
    const received = new Request(url, { method: "POST", body: response.body });
    const read = await readBoundedBody(received, { limit: MAX_SHOWN, hold, pace: CLIENT_PACE });
    hold.release();
    if (!read.ok && read.reason === "busy") throw busy();
    const answer: TestRequestRepresentation = {
      account_sid: environment.account_sid,
      service_sid: environment.service_sid,
      environment_sid: environment.sid,
      method: Method,
      path: Path,
      status: response.status,
      content_type: response.headers.get("Content-Type"),
      location: response.headers.get("Location"),
      body: read.ok ? new TextDecoder().decode(read.body) : null,
      duration,
      request_sid: factsOf(response)?.functionRequest ?? null,
      url: `${ownerOf(context, environment).environment_url}/TestRequests`,
    };
    return context.json(answer, 201);
  },
);
