/**
 * `npm run soak -- [--minutes 5] [--url http://localhost:8787]`: reads, ranges, signed reads, calls of
 * a function and redeployments for some minutes, against a server that it starts unless one is named.
 * Fails on an error, on a wrong byte, and on memory that the gateway's isolate does not give back.
 */
import { setTimeout } from "node:timers/promises";
import { remove, type ServerlessApi } from "./deploy/serverless-api.ts";
import { type Content, createService, deployAssets, deployFunction } from "./soak/deployments.ts";
import type { Gauge, Memory } from "./soak/memory.ts";
import { callFunction, isFunctionsTurn, type Read, readAsset } from "./soak/reads.ts";
import { startSoakServer } from "./soak/server.ts";
import { readSoakSettings, SoakFailure, type SoakSettings } from "./soak/settings.ts";

const READERS = 4;
/** Well below the builds that an account may make in an hour. */
const REDEPLOYS = 80;
const REDEPLOY_SECONDS = 5;
const MEMORY_SECONDS = 5;
const PROGRESS_SECONDS = 30;
const MOST_WRONG = 20;

/**
 * Megabytes by which the last quarter's median of what the gateway holds may pass the second's; the
 * first still fills its memory, and a peak is what requests under way hold at that moment. 80
 * redeployments put 5 MB of small assets into a memory that ends at 16 MB. The size of the process is
 * printed beside it and decides nothing: the process also holds the simulators of R2, KV, D1 and the
 * Cache API and the garbage of the dynamic Workers (measured: with calls of a function alone it rises
 * to a level and stays there), none of which is in the gateway's isolate in production.
 */
const GROWTH = 8;

try {
  process.exitCode = await run(readSoakSettings(process.argv.slice(2), process.env));
} catch (error) {
  console.error(error instanceof SoakFailure ? error.message : error);
  process.exitCode = 1;
}
process.exit();

async function run({ minutes, url, credentials }: SoakSettings): Promise<0 | 1> {
  if (url !== null) return soak({ url, ...credentials }, null, minutes);
  const server = await startSoakServer(credentials);
  try {
    return await soak({ url: server.url, ...credentials }, server.gauge, minutes);
  } finally {
    await server.stop();
  }
}

async function soak(api: ServerlessApi, gauge: Gauge | null, minutes: number): Promise<0 | 1> {
  const name = `soak-${Date.now()}`;
  const assets = await createService(api, name);
  const functions = await createService(api, `${name}-functions`);
  await deployFunction(api, functions.service, functions.environment);
  const allowed: Content[] = [];
  allowed.push(await deployAssets(api, assets.service, assets.environment, () => {}));
  const { protocol } = new URL(api.url);
  const [assetHost, functionHost] = [assets, functions].map(
    ({ environment }) => `${protocol}//${environment.domain_name}`,
  ) as [string, string];

  console.log(`Reading from and redeploying to ${api.url} for ${minutes} minutes`);
  const end = Date.now() + minutes * 60_000;
  const reads: Read[] = [];
  const wrong: string[] = [];
  const memory: Memory[] = [];
  let redeployments = 0;
  const goesOn = () => Date.now() < end && wrong.length < MOST_WRONG;

  async function read(): Promise<void> {
    while (goesOn()) {
      const done = isFunctionsTurn()
        ? await callFunction(functionHost)
        : await readAsset(assetHost, api.authToken, allowed);
      reads.push(done);
      if (done.wrong !== null) wrong.push(done.wrong);
    }
  }

  async function redeploy(): Promise<void> {
    while (goesOn()) {
      await setTimeout(Math.max(REDEPLOY_SECONDS, (minutes * 60) / REDEPLOYS) * 1000);
      const { service, environment } = assets;
      const next = await deployAssets(api, service, environment, (content) =>
        allowed.push(content),
      );
      redeployments += 1;
      // One isolate serves here, and shows what it published at once.
      allowed.splice(0, allowed.length, next);
    }
  }

  async function watch(): Promise<void> {
    while (gauge !== null && goesOn()) {
      memory.push(await gauge.read());
      await setTimeout(MEMORY_SECONDS * 1000);
    }
  }

  const progress = setInterval(() => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    console.log(`${reads.length} answers, ${redeployments} redeployments, ${left} s left`);
  }, PROGRESS_SECONDS * 1000);
  await Promise.all([...Array.from({ length: READERS }, read), redeploy(), watch()]);
  clearInterval(progress);
  for (const { service } of [assets, functions]) {
    const status = await remove(api, service);
    if (status !== 204) wrong.push(`${service} is not deleted: ${status}`);
  }
  report(reads, redeployments, minutes);
  if (gauge !== null && reportMemory(memory)) wrong.push("The gateway's memory grows.");
  console.log(wrong.length === 0 ? "No error, no wrong byte." : wrong.join("\n"));
  return wrong.length === 0 ? 0 : 1;
}

function report(reads: Read[], redeployments: number, minutes: number): void {
  const counts: Record<string, number> = {};
  for (const { kind } of reads) counts[kind] = (counts[kind] ?? 0) + 1;
  console.log(`${minutes} minutes, ${redeployments} redeployments: ${JSON.stringify(counts)}`);
  const times = reads.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1);
  console.log(
    `answers: ${times.length}, ms p50 ${at(0.5)}, p99 ${at(0.99)}, max ${times.at(-1)?.toFixed(0)}`,
  );
}

/** Prints each quarter's median and peak, and returns whether what the gateway holds on to grows. */
function reportMemory(memory: Memory[]): boolean {
  const quarters = (of: keyof Memory) =>
    [0, 1, 2, 3].map((quarter) => {
      const part = memory.slice((quarter * memory.length) / 4, ((quarter + 1) * memory.length) / 4);
      const sorted = part.map((figures) => figures[of] ?? 0).sort((a, b) => a - b);
      return { median: sorted[sorted.length >> 1] ?? 0, peak: sorted.at(-1) ?? 0 };
    });
  const line = (of: keyof Memory) =>
    quarters(of)
      .map(({ median, peak }) => `${median} (${peak})`)
      .join(", ");
  console.log("memory in MB, the median (and peak) of each quarter:");
  console.log(`  the gateway's isolate, live: ${line("gateway")}`);
  console.log(`  the simulated stores, live:  ${line("simulators")}`);
  console.log(`  the runtime's process:       ${line("process")}`);
  const [, level, , last] = quarters("gateway").map(({ median }) => median);
  return (last ?? 0) > (level ?? 0) + GROWTH;
}
