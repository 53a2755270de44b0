import { Hono } from "hono";
import * as z from "zod";
import { storeFacts } from "../store/version-facts.ts";
import type { ApiEnv } from "./context.ts";
import { readParameters, single } from "./parameters.ts";
import { requireService } from "./parents.ts";
import type { FactsRepresentation, VersionFacts } from "./representations.ts";

/** How many versions one call tells of: with it the form stays far below what is read. */
const MOST = 500;

const facts = z.strictObject({
  rules: z.int().min(1).max(1_000),
  sniffed: z
    .string()
    .regex(/^[a-z]+\/[a-z0-9.+-]+$/)
    .max(80)
    .nullable(),
  metadata: z.boolean(),
  location: z.boolean(),
  seconds: z.number().min(0).max(1_000_000).nullable(),
  width: z.int().min(1).max(1_000_000).nullable(),
  height: z.int().min(1).max(1_000_000).nullable(),
}) satisfies z.ZodType<VersionFacts>;

const told = z.object({
  /** JSON: an object of version SIDs, each with its facts. */
  Facts: single.transform((json, context) => {
    const parsed = z
      .record(z.string().regex(/^ZN[0-9a-f]{32}$/i), facts)
      .refine((all) => Object.keys(all).length <= MOST, `it tells of more than ${MOST} versions`)
      .safeParse(parseJson(json));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue?.path.join(".") ?? "";
    context.addIssue(`${place && `${place}: `}${issue?.message}`);
    return z.NEVER;
  }),
});

/**
 * `…/VersionFacts`, beyond Twilio: keeps with versions what a client found in their bytes. This Worker
 * reads no media itself: what a tenant made is never parsed where others are served.
 */
export const versionFacts = new Hono<ApiEnv>().basePath("/v1/Services/:serviceSid/VersionFacts");

versionFacts.post("/", async (context) => {
  const { Facts } = await readParameters(context, told);
  const service = await requireService(context);
  const kept = await storeFacts(context.env.DB, service.sid, Facts);
  return context.json({
    account_sid: context.var.accountSid,
    service_sid: service.sid,
    kept,
    url: `${context.var.baseUrl}/Services/${service.sid}/VersionFacts`,
  } satisfies FactsRepresentation);
});

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
