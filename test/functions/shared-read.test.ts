import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FunctionDeployment } from "../../src/functions/run/deployment.ts";
import type { FunctionHost, ReadPackage } from "../../src/functions/run/invoke.ts";
import { sharedRead } from "../../src/functions/run/shared-read.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const PACKAGE = { ok: true, package: {}, libraries: new Map(), closure: null } as ReadPackage;
const NEVER = new Promise<ReadPackage>(() => {});

/** A host whose store answers each read as it is told, the first first, and how often it was asked. */
function hostOf(...answers: Promise<ReadPackage>[]) {
  const read = vi.fn(() => answers.shift() ?? NEVER);
  return { host: { read } as unknown as FunctionHost, read };
}

const deployment = (buildSid: string) => ({ deploymentSid: "ZD1", buildSid }) as FunctionDeployment;

it("a package is read once for all who ask while it is read", async () => {
  const { promise, resolve } = Promise.withResolvers<ReadPackage>();
  const { host, read } = hostOf(promise);
  const all = [1, 2, 3].map(() => sharedRead(host, deployment("ZB1"), "light"));
  await scheduler.wait(20);
  resolve(PACKAGE);
  expect(await Promise.all(all)).toEqual([PACKAGE, PACKAGE, PACKAGE]);
  expect(read).toHaveBeenCalledTimes(1);
});

it("a package that another request reads, which the runtime has ended, is read anew", async () => {
  const { host, read } = hostOf(NEVER, Promise.resolve(PACKAGE), Promise.resolve(PACKAGE));
  void sharedRead(host, deployment("ZB2"), "light");
  const waiting = sharedRead(host, deployment("ZB2"), "light");
  vi.setSystemTime(Date.now() + 3_000);
  expect(await waiting).toEqual(PACKAGE);
  // The read that never ends keeps nobody else.
  expect(await sharedRead(host, deployment("ZB2"), "light")).toEqual(PACKAGE);
  expect(read).toHaveBeenCalledTimes(3);
});
