import type { RequestBatch, RequestRecord } from "../contract/request-record.ts";
import { BoundedMap } from "../gateway/bounded-map.ts";
import { type Exchange, type ExchangeTaker, factsOf } from "../gateway/exchange.ts";
import type { Background } from "../gateway/kv-memo.ts";
import { requestRecord, sentBytes } from "./request-record.ts";

/** Milliseconds that an isolate keeps records before it hands them over, in one call. */
const HANDOVER = 1_000;
/** What the context that was to hand a batch over may be late; then another one does. */
const PATIENCE = 2_000;
/** Records of one batch, and of all batches of an isolate: past them requests are added up. */
const BATCH_RECORDS = 500;
const ISOLATE_RECORDS = 5_000;
/** Paths and statuses told apart in one batch's sums; what is past them is summed without its path. */
const BATCH_SUMS = 200;
/** Calls of one environment under way: while its store is slower than that, batches are lost. */
const MAX_PENDING = 3;
/** Milliseconds until a call is given up. */
const CALL_TIMEOUT = 10_000;
/** Refusals that one isolate explains in a second. */
const EXPLANATIONS = 5;

/** Hands a batch to its environment's store; throws where it does not answer. */
export type BatchStore = (batch: RequestBatch) => Promise<void>;

type Open = {
  records: RequestRecord[];
  sums: Map<string, RequestRecord>;
  due: number;
  /** Explanations that are still being found. */
  waiting: Promise<void>[];
};

/** How often an environment's successes may still be kept singly: a bucket that fills by the minute. */
type Allowance = { left: number; at: number };

/**
 * Returns what collects exchanges: in an isolate's memory, for a second, then in one call for each
 * environment. Nothing waits for it, and nothing is said to the caller when it fails: what is lost is
 * that second. `perMinute` successes of an environment are kept singly, the rest is added up by path,
 * status and minute; failures and calls of functions are all kept singly, as far as a batch holds.
 */
export function createRecorder(
  store: BatchStore,
  perMinute: number,
  handover = HANDOVER,
): ExchangeTaker {
  const open = new Map<string, Open>();
  const pending = new Map<string, number>();
  const allowances = new BoundedMap<Allowance>(1_000);
  let held = 0;
  let explained = { second: 0, count: 0 };

  function take(exchange: Exchange, ctx: Background): void {
    const now = Date.now();
    const { environment } = exchange.manifest;
    const batch = batchOf(environment, now, ctx);
    if (isKept(exchange, environment, now) && hasRoom(batch)) {
      const record = requestRecord(exchange, now);
      batch.records.push(record);
      held += 1;
      explainBehind(exchange, record, batch, now, ctx);
    } else {
      addUp(batch, exchange, now);
    }
  }

  function batchOf(environment: string, now: number, ctx: Background): Open {
    const known = open.get(environment);
    if (known !== undefined && now < known.due + PATIENCE) return known;
    // Memory alone crosses requests: a timer dies with the request that set it.
    const batch = known ?? { records: [], sums: new Map(), due: 0, waiting: [] };
    batch.due = now + handover;
    open.set(environment, batch);
    ctx.waitUntil(scheduler.wait(handover).then(() => handOver(environment, batch)));
    return batch;
  }

  function isKept({ resource, response }: Exchange, environment: string, now: number): boolean {
    if (response.status >= 400 || resource.kind === "function") return true;
    const allowance = allowances.get(environment) ?? { left: perMinute, at: now };
    const filled = allowance.left + ((now - allowance.at) / 60_000) * perMinute;
    const kept = filled >= 1;
    if (!kept) return false;
    allowances.set(environment, { left: Math.min(filled, perMinute) - 1, at: now }, 1);
    return true;
  }

  function hasRoom(batch: Open): boolean {
    return batch.records.length < BATCH_RECORDS && held < ISOLATE_RECORDS;
  }

  function explainBehind(
    { response }: Exchange,
    record: RequestRecord,
    batch: Open,
    now: number,
    ctx: Background,
  ): void {
    const explain = factsOf(response)?.explain;
    if (explain === undefined) return;
    const second = Math.floor(now / 1000);
    if (explained.second !== second) explained = { second, count: 0 };
    explained.count += 1;
    if (explained.count > EXPLANATIONS) return;
    const found = explain().then(
      (reason) => {
        record.reason = reason;
      },
      () => {},
    );
    batch.waiting.push(found);
    ctx.waitUntil(found);
  }

  async function handOver(environment: string, batch: Open): Promise<void> {
    if (open.get(environment) !== batch) return;
    open.delete(environment);
    const records = [...batch.records, ...batch.sums.values()];
    held -= batch.records.length;
    const underway = pending.get(environment) ?? 0;
    if (underway >= MAX_PENDING) return tellLost(environment, records, "its store is too slow");
    pending.set(environment, underway + 1);
    try {
      // Found in another request's context, maybe: whatever is not there yet goes without.
      await Promise.race([Promise.all(batch.waiting), scheduler.wait(200)]);
      const late = scheduler.wait(CALL_TIMEOUT).then(() => Promise.reject(new Error("no answer")));
      await Promise.race([store({ environment, records }), late]);
    } catch (error) {
      tellLost(environment, records, String(error));
    } finally {
      const left = (pending.get(environment) ?? 1) - 1;
      if (left === 0) pending.delete(environment);
      else pending.set(environment, left);
    }
  }

  return take;
}

/** Adds a request to its path's, status's and minute's sum. */
function addUp({ sums }: Open, exchange: Exchange, now: number): void {
  const { path, resource, response, began } = exchange;
  const minute = Math.floor(now / 60_000) * 60_000;
  // A path that names nothing is whatever a caller makes up.
  let shown = resource.kind === "nothing" ? "" : path.slice(0, 512);
  if (!sums.has(`${response.status} ${minute} ${shown}`) && sums.size >= BATCH_SUMS) shown = "";
  const key = `${response.status} ${minute} ${shown}`;
  const bytes = sentBytes(exchange) ?? 0;
  const duration = Math.max(0, now - began);
  const sum = sums.get(key);
  if (sum !== undefined) {
    sum.count += 1;
    sum.bytes = (sum.bytes ?? 0) + bytes;
    sum.duration = Math.max(sum.duration, duration);
    return;
  }
  const owner =
    shown === "" || resource.kind === "nothing"
      ? null
      : resource.kind === "asset"
        ? resource.asset
        : resource.fn;
  sums.set(key, {
    ...{ id: `sum-${crypto.randomUUID()}`, count: 1, time: minute, method: null, path: shown },
    ...{ queryNames: [], status: response.status, reason: factsOf(response)?.reason ?? null },
    ...{ kind: owner === null ? null : (resource.kind as "asset"), sid: owner?.sid ?? null },
    ...{ visibility: owner?.visibility ?? null, signature: null, bytes, size: null, range: null },
    ...{ source: null, duration, caller: null, country: null, colo: null, functionRequest: null },
    ...{ deployment: exchange.manifest.deployment, build: exchange.manifest.build },
  });
}

function tellLost(environment: string, records: RequestRecord[], message: string): void {
  const requests = records.reduce((sum, { count }) => sum + count, 0);
  console.error(JSON.stringify({ event: "activity-lost", environment, requests, message }));
}
