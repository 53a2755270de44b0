import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./context.ts";
import { busy } from "./errors.ts";
import { patience } from "./patience.ts";

/** Calls of one client that are under way at once; Twilio's deploy tool sends ten, mostly uploads. */
const AT_ONCE = 8;

/** Milliseconds that a call waits for its turn. */
const TURN_PATIENCE = 30_000;

/** Milliseconds after which a call counts as ended: one that the runtime has ended cannot say so. */
const LAPSE = 120_000;

type Call = { began: number };

const underWay = new Map<string, Set<Call>>();

/**
 * Lets a client have a few calls at once, and the others wait: two hundred at a time would each get
 * their piece of the isolate's one thread before a neighbour's asset gets its own. A client is who says
 * the same name from the same address: nobody can take another's turns.
 */
export const inTurn: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const { req, executionCtx } = context;
  const address = req.header("CF-Connecting-IP") ?? "";
  const client = `${address} ${(req.header("Authorization") ?? "").slice(0, 60)}`;
  const call = { began: Date.now() };
  await takeTurn(client, call);
  const ended = () => endTurn(client, call);
  context.set("endTurn", ended);
  const answered = next().finally(ended);
  // A client that goes away takes its turn with it only once the call has ended.
  executionCtx.waitUntil(answered.catch(() => {}));
  await answered;
};

/** Milliseconds that a large list waits for its account's turn, and after which one counts as ended. */
const LIST_PATIENCE = 5_000;

/** Until when each account's large list is under way. Only plain data: it outlives requests. */
const listing = new Map<string, number>();

/**
 * Does `work`, which reads and shows thousands of rows, while no other of the account's is done: eight
 * such calls at once would be one long piece of work.
 */
export async function oneByOne<Value>(
  accountSid: string,
  work: () => Promise<Value>,
): Promise<Value> {
  const wait = patience(LIST_PATIENCE);
  while ((listing.get(accountSid) ?? 0) > Date.now() && (await wait()));
  listing.set(accountSid, Date.now() + LIST_PATIENCE);
  try {
    return await work();
  } finally {
    listing.delete(accountSid);
  }
}

async function takeTurn(client: string, call: Call): Promise<void> {
  const wait = patience(TURN_PATIENCE);
  for (;;) {
    const calls = underWay.get(client) ?? new Set();
    const past = Date.now() - LAPSE;
    for (const other of calls) if (other.began < past) calls.delete(other);
    if (calls.size < AT_ONCE) {
      underWay.set(client, calls.add(call));
      return;
    }
    if (!(await wait())) throw busy();
  }
}

function endTurn(client: string, call: Call): void {
  const calls = underWay.get(client);
  calls?.delete(call);
  if (calls?.size === 0) underWay.delete(client);
}
