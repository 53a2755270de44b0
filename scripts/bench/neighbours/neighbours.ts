import { setTimeout } from "node:timers/promises";
import { ATTACKS } from "./attacks.ts";
import { startProbe } from "./probe.ts";
import { SMALL_ASSET, startWorld, type World } from "./world.ts";

const MB = 1024 * 1024;
const SAMPLE_EVERY_MS = 50;

/**
 * Prints, for each attack of one tenant, how long the answers of another tenant's hot asset and list of
 * services took, and by how much the runtime's process grew. Each attack has a server of its own. Only
 * attacks whose name contains `wanted` are run.
 */
export async function printNeighbours(wanted = ""): Promise<void> {
  console.log("Another tenant waits, ms; memory is that of workerd with its stores\n");
  console.log(
    "attack                                      asset   at worst     API   at worst   growth MB",
  );
  for (const { name, run } of ATTACKS) {
    if (!name.includes(wanted)) continue;
    const world = await startWorld();
    try {
      await print(name, world, () => run(world));
    } finally {
      await world.stop();
    }
  }
}

async function print(name: string, world: World, attack: () => Promise<unknown>): Promise<void> {
  const { port, neighbour } = world;
  const { host } = neighbour;
  const credentials = `${neighbour.api.accountSid}:${neighbour.api.authToken}`;
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  const ends = await Promise.all([
    startProbe({ port, host, path: SMALL_ASSET, headers: {} }),
    startProbe({
      ...{ port, host: `localhost:${port}`, path: "/v1/Services" },
      // Cloudflare tells the addresses of clients apart.
      headers: { Authorization: authorization, "CF-Connecting-IP": "192.0.2.1" },
    }),
  ]);
  await setTimeout(300);
  const before = world.memory() ?? 0;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, world.memory() ?? 0);
  }, SAMPLE_EVERY_MS);
  await attack();
  clearInterval(watch);
  const [asset, api] = await Promise.all(ends.map((end) => end()));
  const waits = [asset, api].map((wait) =>
    wait === undefined
      ? ""
      : `${wait.median.toFixed(1).padStart(8)} ${wait.worst.toFixed(0).padStart(10)}`,
  );
  const wrong = (asset?.wrong ?? 0) + (api?.wrong ?? 0);
  console.log(
    `${name.padEnd(40)} ${waits.join("")} ${((peak - before) / MB).toFixed(0).padStart(11)}` +
      (wrong > 0 ? `   ${wrong} WRONG ANSWERS` : ""),
  );
}
