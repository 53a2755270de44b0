import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { bundleWorker } from "../../scripts/start/bundle.ts";
import { StartFailure } from "../../scripts/start/failure.ts";
import type { Runtime } from "../../scripts/start/runtime.ts";
import { onSchedule } from "../../scripts/start/schedule.ts";
import { readWorkerConfiguration } from "../../scripts/start/worker-configuration.ts";
import { startLocalRuntime } from "./local-runtime.ts";
import { newStateDirectory } from "./started-server.ts";

const root = path.join(import.meta.dirname, "../..");
const wranglerToml = path.join(root, "wrangler.toml");

describe("wrangler.toml", () => {
  it("gives the Worker every binding that its code knows", () => {
    const { bindings, assets } = readWorkerConfiguration(wranglerToml);
    const generated = readFileSync(path.join(root, "worker-configuration.d.ts"), "utf8");
    const [, members = ""] = /interface __BaseEnv_Env \{\n(.*?)\}/s.exec(generated) ?? [];
    const named = [...members.matchAll(/^\t(\w+):/gm)].map(([, name]) => name);
    const secrets = readFileSync(path.join(root, ".dev.vars.example"), "utf8");
    const isSecret = (name = "") => new RegExp(`^${name}=`, "m").test(secrets);
    expect([...Object.keys(bindings), assets.binding].sort()).toEqual(
      // A deployment has its own (src/deployed-env.d.ts).
      [...named.filter((name) => !isSecret(name)), "BASE_DOMAIN", "NPM_REGISTRY"].sort(),
    );
  });

  it.each([
    ["a part that is not understood", '[[queues.producers]]\nbinding = "Q"\n', '"queues"'],
    ["a schedule that is not understood", null, '"0 0 * * 1"'],
  ])("is refused with %s", (_id, added, named) => {
    const file = path.join(newStateDirectory(), "wrangler.toml");
    const text = readFileSync(wranglerToml, "utf8");
    writeFileSync(
      file,
      added === null ? text.replaceAll("*/5 * * * *", "0 0 * * 1") : `${added}${text}`,
    );
    expect(() => readWorkerConfiguration(file)).toThrow(StartFailure);
    expect(() => readWorkerConfiguration(file)).toThrow(named);
  });
});

describe("the schedule", () => {
  afterEach(() => void vi.useRealTimers());

  it("runs at each multiple of its minutes, and after a failure too", async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 10, 3, 30) });
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const runs: string[] = [];
    onSchedule(5, async () => {
      runs.push(new Date().toISOString().slice(11, 19));
      throw new Error("no");
    });
    await vi.advanceTimersByTimeAsync(12 * 60_000);
    expect(runs).toEqual(["10:05:00", "10:10:00", "10:15:00"]);
    expect(said).toHaveBeenCalledWith("The scheduled run has failed: no");
    said.mockRestore();
  });
});

describe("a stack trace of the bundle", () => {
  it("names the source", async () => {
    const directory = newStateDirectory();
    const entry = path.join(directory, "entry.ts");
    writeFileSync(
      entry,
      'type Nothing = never;\n\nexport function fail(): Nothing {\n  throw new Error("no");\n}\n',
    );
    const { contents, resolvePositions } = await bundleWorker(entry);
    const line = contents.split("\n").findIndex((text) => text.includes("throw")) + 1;
    expect(resolvePositions(`at fail (file:///worker.mjs:${line}:9) at (other.mjs:1:1)`)).toBe(
      `at fail (${path.relative(".", entry)}:4:9) at (other.mjs:1:1)`,
    );
  });
});

describe("the runtime", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await startLocalRuntime({ accountSid: `AC${"0".repeat(32)}`, authToken: "token" });
  });
  afterAll(() => runtime?.stop());

  it("runs the Worker's schedule: what D1 does not know is withdrawn from KV", async () => {
    const manifests = await runtime.miniflare.getKVNamespace("MANIFESTS", "ringback");
    await manifests.put("host:stray-0000.localhost", "{}");
    await runtime.runSchedule();
    // What a deletion leaves for a minute.
    const { value, metadata } = await manifests.getWithMetadata("host:stray-0000.localhost");
    expect({ value, metadata }).toEqual({
      value: "",
      metadata: { asOf: expect.any(Number), gone: true },
    });
  });

  it("answers on after it has loaded the sources anew", async () => {
    const status = async () => (await fetch(`http://127.0.0.1:${runtime.port}/v1/Services`)).status;
    expect(await status()).toBe(401);
    await runtime.reload();
    expect(await status()).toBe(401);
  });
});
