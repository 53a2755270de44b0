import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KvMemo } from "../../src/gateway/kv-memo.ts";
import { laggingKv } from "../lagging-kv.ts";

/** What one isolate may add to the age of what its data centre sees, milliseconds. */
const OURS = 10_000;
const KEY = "memo:a";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** Two isolates of one data centre, whose KV lags; a third writes from elsewhere. */
type Step =
  | { kind: "pass"; milliseconds: number }
  | { kind: "write"; by: 0 | 1 | 2; gone: boolean }
  | { kind: "ask"; isolate: 0 | 1 };

const isolate = fc.constantFrom(0 as const, 1 as const);
const by = fc.constantFrom(0 as const, 1 as const, 2 as const);
const milliseconds = fc.constantFrom(100, 1_000, 5_000, 9_000, 12_000, 29_000);
/** Seldom asked: the data centre keeps for 30 s what an isolate had it read. */
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), milliseconds }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("write" as const), by, gone: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("ask" as const), isolate }) },
);

it("an isolate never goes back, and is at most 10 s behind its data centre", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
      await env.MANIFESTS.delete(KEY);
      const kv = laggingKv();
      const behind: Promise<unknown>[] = [];
      const ctx = { waitUntil: (promise: Promise<unknown>) => void behind.push(promise) };
      const memos = [0, 1].map(
        () =>
          new KvMemo<string>({
            limit: 1e6,
            keyOf: (name) => `memo:${name}`,
            decode: (value) => value,
          }),
      );
      /** Each write has the number of those before it; those that deleted, and the state before all. */
      let writes = 0;
      const absent = [0];
      /** By isolate: nothing older than the write of this number may be answered. */
      const least = [0, 0];
      /** Since when the data centre shows the write of which number. */
      const shown: [since: number, write: number][] = [];

      for (const step of steps) {
        if (step.kind === "pass") vi.setSystemTime(Date.now() + step.milliseconds);
        if (step.kind === "write") {
          writes += 1;
          const { by, gone } = step;
          if (gone) absent.push(writes);
          const metadata = gone ? { asOf: writes, gone } : { asOf: writes, revision: `${writes}` };
          const value = gone ? null : `${writes}`;
          await env.MANIFESTS.put(KEY, value ?? "", { metadata });
          await memos[by]?.replace(KEY, value, metadata as { asOf: number; gone?: true });
          if (by !== 2) least[by] = writes;
        }
        shown.push([Date.now(), Number(kv.shows(KEY)?.asOf ?? writes)]);
        if (step.kind === "ask") {
          const { isolate } = step;
          const seen = shown.filter(([since]) => since <= Date.now() - OURS).at(-1)?.[1] ?? 0;
          const from = Math.max(least[isolate] as number, seen);
          const lookup = await memos[isolate]?.find("a", kv as unknown as KVNamespace, ctx);
          await Promise.all(behind.splice(0));
          const answer =
            lookup?.outcome === "found"
              ? Number(lookup.value)
              : (absent.find((write) => write >= from) ?? -1);
          expect(answer).toBeGreaterThanOrEqual(from);
          least[isolate] = answer;
        }
      }
    }),
    { numRuns: 40 },
  );
});
