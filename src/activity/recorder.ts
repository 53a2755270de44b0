import type { LogRecord } from "../contract/log-record.ts";
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
/** Lines of one batch: calls that failed. */
const BATCH_LINES = 100;
/** Paths and statuses told apart in one batch's sums; what is past them is summed without its path. */
const BATCH_SUMS = 200;
/** Calls of one environment under way: while its store is slower than that, batches are lost. */
const MAX_PENDING = 3;
/** Milliseconds until a call is given up. */
const CALL_TIMEOUT = 10_000;
/** Milliseconds between two looks at whether all explanations are found, and how many looks. */
const LOOK = 10;
const LOOKS = 20;
/** Refusals that one isolate explains in a second. */
const EXPLANATIONS = 5;

/** Hands a batch to its environment's store; throws where it does not answer. */
export type BatchStore = (batch: RequestBatch) => Promise<void>;

type Open = {
  records: RequestRecord[];
  lines: LogRecord[];
  /** By what was asked for: an asset's or function's entry in its manifest. */
  sums: Map<object, RequestRecord[]>;
  sumCount: number;
  due: number;
  /** How many explanations are still being found. */
  explaining: number;
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
  /** Until when each call under way counts, which the runtime may have ended. */
  const pending = new Map<string, number[]>();
  const allowances = new BoundedMap<Allowance>(1_000);
  let held = 0;
  let explained = { second: 0, count: 0 };

  function take(exchange: Exchange, ctx: Background): void {
    const now = Date.now();
    const { environment } = exchange.manifest;
    const batch = batchOf(environment, now, ctx);
    const line = factsOf(exchange.response)?.line;
    if (line !== undefined && batch.lines.length < BATCH_LINES) batch.lines.push(line);
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
    const batch = known ?? newBatch();
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
    batch.explaining += 1;
    const found = explain().then(
      (reason) => {
        record.reason = reason;
      },
      () => {},
    );
    ctx.waitUntil(
      found.finally(() => {
        batch.explaining -= 1;
      }),
    );
  }

  async function handOver(environment: string, batch: Open): Promise<void> {
    if (open.get(environment) !== batch) return;
    open.delete(environment);
    const records = [...batch.records, ...[...batch.sums.values()].flat()];
    held -= batch.records.length;
    const { lines } = batch;
    const now = Date.now();
    const underway = (pending.get(environment) ?? []).filter((until) => until > now);
    if (underway.length >= MAX_PENDING) {
      return tellLost(environment, records, "its store is too slow");
    }
    const until = now + CALL_TIMEOUT + PATIENCE;
    pending.set(environment, [...underway, until]);
    try {
      // Other requests find them, whose promises are not ours to await (docs/architecture.md).
      // Whatever is not there yet goes without.
      for (let look = 0; look < LOOKS && batch.explaining > 0; look++) await scheduler.wait(LOOK);
      const late = scheduler.wait(CALL_TIMEOUT).then(() => "late" as const);
      // Not rejected when it is late: nobody listens any more where the store has answered before.
      const outcome = await Promise.race([
        store({ environment, records, ...(lines.length > 0 && { lines }) }),
        late,
      ]);
      if (outcome === "late") throw new Error("no answer");
    } catch (error) {
      tellLost(environment, records, String(error));
    } finally {
      const left = pending.get(environment) ?? [];
      const own = left.indexOf(until);
      const others = left.filter((_, index) => index !== own);
      if (others.length === 0) pending.delete(environment);
      else pending.set(environment, others);
    }
  }

  return take;
}

function newBatch(): Open {
  return { records: [], lines: [], sums: new Map(), sumCount: 0, due: 0, explaining: 0 };
}

/** What a path that names nothing is summed under: callers make such paths up. */
const NOWHERE = {};

/**
 * Adds a request to its file's, status's and minute's sum. Most requests of a busy host end here: it
 * makes no text and no object for one whose sum is there.
 */
function addUp(batch: Open, exchange: Exchange, now: number): void {
  const { resource, response, began } = exchange;
  const minute = now - (now % 60_000);
  let owner: object =
    resource.kind === "asset"
      ? resource.asset
      : resource.kind === "function"
        ? resource.fn
        : NOWHERE;
  let sum = sumOf(batch, owner, response.status, minute);
  if (sum === undefined && batch.sumCount >= BATCH_SUMS) {
    owner = NOWHERE;
    sum = sumOf(batch, owner, response.status, minute);
  }
  const bytes = sentBytes(exchange) ?? 0;
  const duration = now > began ? now - began : 0;
  if (sum !== undefined) {
    sum.count += 1;
    sum.bytes = (sum.bytes as number) + bytes;
    if (duration > sum.duration) sum.duration = duration;
    return;
  }
  const made = newSum(exchange, owner === NOWHERE, minute, bytes, duration);
  const known = batch.sums.get(owner);
  if (known === undefined) batch.sums.set(owner, [made]);
  else known.push(made);
  batch.sumCount += 1;
}

function sumOf(
  { sums }: Open,
  owner: object,
  status: number,
  minute: number,
): RequestRecord | undefined {
  const known = sums.get(owner);
  if (known === undefined) return undefined;
  for (const sum of known) if (sum.status === status && sum.time === minute) return sum;
  return undefined;
}

function newSum(
  { path, resource, response, manifest }: Exchange,
  nowhere: boolean,
  minute: number,
  bytes: number,
  duration: number,
): RequestRecord {
  const file = nowhere || resource.kind === "nothing" ? null : resource;
  const owner = file === null ? null : file.kind === "asset" ? file.asset : file.fn;
  return {
    ...{ id: `sum-${crypto.randomUUID()}`, count: 1, time: minute, method: null },
    ...{ path: file === null ? "" : path.slice(0, 512), queryNames: [] },
    ...{ status: response.status, reason: factsOf(response)?.reason ?? null },
    ...{ kind: file?.kind ?? null, sid: owner?.sid ?? null, visibility: owner?.visibility ?? null },
    ...{ signature: null, bytes, size: null, range: null, source: null, duration, caller: null },
    ...{ country: null, colo: null, functionRequest: null },
    ...{ deployment: manifest.deployment, build: manifest.build },
  };
}

function tellLost(environment: string, records: RequestRecord[], message: string): void {
  const requests = records.reduce((sum, { count }) => sum + count, 0);
  console.error(JSON.stringify({ event: "activity-lost", environment, requests, message }));
}
