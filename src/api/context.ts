import type { Context } from "hono";
import type { Published } from "../publish/published.ts";
import type { Limits } from "./limits.ts";

/** Answers a request to a host of this Worker as its callers are answered. */
export type AskHost = (request: Request) => Response | Promise<Response>;

/** What every handler finds in its context. */
export type ApiEnv = {
  Bindings: Env & { PUBLISHED: Published; ASK?: AskHost };
  Variables: {
    /** The authenticated account's SID: every query is bound to it. */
    accountSid: string;
    /** Whether that account is the one in the Worker secrets. */
    operator: boolean;
    /** What was presented: an account's auth token, or an API key's secret. */
    credential: "token" | "key";
    /** The API key that was presented. */
    key: { sid: string; name: string } | null;
    /** What URLs in answers start with: the origin and prefix the client used, ending in `/v1`. */
    baseUrl: string;
    /** Tells the gateway of this isolate what was just published. */
    published: Published;
    limits: Limits;
    /** Lets the client's next call begin while this one goes on. */
    endTurn: () => void;
    /** `RQ…`, in the answer's header and in the log line of a failure. */
    requestId: string;
  };
};

export type ApiContext = Context<ApiEnv>;
