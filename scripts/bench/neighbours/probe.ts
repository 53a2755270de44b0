/**
 * A thread of its own, so that what the attacks cost their sender is not measured: asks for one address
 * again and again and notes how long each answer took.
 */
import http from "node:http";
import { setTimeout } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { median } from "../figures.ts";

export type Probed = { port: number; host: string; path: string; headers: Record<string, string> };

/** Milliseconds; `wrong` counts answers that were not 200. */
export type Waits = { median: number; worst: number; answers: number; wrong: number };

/** Milliseconds between an answer and the next request. */
const PAUSE = 10;

/** Starts to ask; what it returns stops it and tells how long the answers took. */
export async function startProbe(probed: Probed): Promise<() => Promise<Waits>> {
  const thread = new Worker(new URL(import.meta.url), { workerData: probed });
  await new Promise((resolve) => thread.once("message", resolve));
  return async () => {
    const told = new Promise<Waits>((resolve) => thread.once("message", resolve));
    thread.postMessage("stop");
    const waits = await told;
    await thread.terminate();
    return waits;
  };
}

if (!isMainThread && parentPort !== null) {
  const { port, host, path, headers } = workerData as Probed;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  let wrong = 0;
  let goesOn = true;
  parentPort.once("message", () => {
    goesOn = false;
  });
  const ask = () =>
    new Promise<number>((resolve) => {
      const options = { agent, port, host: "127.0.0.1", path, headers: { ...headers, host } };
      const request = http.get(options, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
      });
      request.on("error", () => resolve(0));
    });
  await ask();
  parentPort.postMessage("ready");
  do {
    const asked = performance.now();
    if ((await ask()) !== 200) wrong += 1;
    times.push(performance.now() - asked);
    await setTimeout(PAUSE);
  } while (goesOn);
  const waits: Waits = {
    median: median(times),
    worst: Math.max(...times),
    answers: times.length,
    wrong,
  };
  parentPort.postMessage(waits);
  agent.destroy();
}
