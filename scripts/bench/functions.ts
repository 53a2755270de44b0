import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "../build.ts";
import { column, median, quantile, ratio } from "./figures.ts";
import { BASE_DOMAIN } from "./fixture.ts";
import {
  type Answer,
  type Build,
  bareHost,
  LOADER,
  layBuild,
  menuFunctions,
} from "./function-fixture.ts";
import { load } from "./load.ts";
import {
  bundle,
  listening,
  processorTime,
  residentBytes,
  service,
  socket,
  startWorkerd,
} from "./workerd.ts";

const GATEWAY_PORT = 18_790;
const BARE_PORT = 18_791;
const SECONDS = 1;
/** Who call at once: alone, and many, each with an instance of the function to itself. */
const CALLERS = [1, 16] as const;
/** Dynamic Workers that each round starts on each side: local ones are never let go. */
const COLD_CALLS = 4;
const MB = 1024 * 1024;

/** A function that requires packages of npm and answers what they give. */
function requiring(dependencies: Record<string, string>, expression: string): Build {
  const source = `exports.handler = (context, event, callback) => callback(null, String(${expression}));`;
  return { functions: { "/menu/0": source }, dependencies };
}

const BUILDS: Record<string, Build> = {
  "1 function, TwiML only": { functions: menuFunctions(1, "light"), dependencies: {} },
  "50 functions, TwiML only": { functions: menuFunctions(50, "light"), dependencies: {} },
  "1 function, whole SDK": { functions: menuFunctions(1, "sdk"), dependencies: {} },
  "50 functions, whole SDK": { functions: menuFunctions(50, "sdk"), dependencies: {} },
  // Of an older version: laid as npm has it, where the rows above have a bundle of the release.
  "npm: twilio 5.12, TwiML only": {
    ...{ functions: menuFunctions(1, "light"), dependencies: { twilio: "5.12.0" } },
  },
  "npm: twilio 5.12, whole SDK": {
    ...{ functions: menuFunctions(1, "sdk"), dependencies: { twilio: "5.12.0" } },
  },
  "npm: axios + lodash": requiring(
    { axios: "^1", lodash: "^4" },
    'typeof require("axios").get + require("lodash").chunk([1, 2], 1).length',
  ),
  "npm: googleapis": requiring(
    { googleapis: "^171" },
    'typeof require("googleapis").google.sheets({ version: "v4", auth: "x" }).spreadsheets',
  ),
};

type Side = { port: number; process: ChildProcess; pid: number };
/** Of first calls: how long each took, and what one took of the processor and of memory. */
type Cold = { milliseconds: number[]; cpu: number; bytes: number };
/** Of warm calls, each sample: how many a second, and microseconds of processor time of one. */
type Warm = { rates: number[]; cpu: number[] };
type Costs = { cold: Cold; warm: Warm[] };
type Measured = { name: string; gateway: Costs; bare: Costs };

/**
 * Prints what a call of a function costs through the gateway, beside a bare dynamic Worker: a
 * constant answer out of a Worker with as many bytes of code that does nothing, asked by the least
 * host there can be. The first call of a deployment starts its Worker. Callers at once have an instance
 * each on both sides: what instances beside one another cost the processor is no part of the ratio.
 * Memory is what workerd has grown by, for each Worker started.
 */
export async function printFunctions(rounds: number): Promise<void> {
  await build();
  const directory = await mkdtemp(path.join(tmpdir(), "ringback-bench-functions-"));
  const measured: Measured[] = [];
  try {
    await bundle("function-worker.ts", path.join(directory, "gateway.mjs"));
    for (const [name, build] of Object.entries(BUILDS)) {
      const own = path.join(directory, name.replaceAll(/\W+/g, "-"));
      await mkdir(own);
      await copyFile(path.join(directory, "gateway.mjs"), path.join(own, "gateway.mjs"));
      measured.push(await measure(own, name, build, rounds));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  print(measured, rounds * COLD_CALLS);
}

async function measure(
  directory: string,
  name: string,
  build: Build,
  rounds: number,
): Promise<Measured> {
  const hosts = Array.from({ length: 1 + rounds * COLD_CALLS }, (_, n) => `fn-${n}.${BASE_DOMAIN}`);
  const [first = "", ...others] = hosts;
  const children: ChildProcess[] = [];
  try {
    const { bindings, size } = await layBuild(directory, build, hosts);
    const gateway = await start(directory, "gateway", GATEWAY_PORT, bindings);
    children.push(gateway.process);
    const answer = await call(GATEWAY_PORT, first);
    if (answer.status !== 200)
      throw new Error(`a function answered ${answer.status}: ${answer.body}`);
    await writeFile(path.join(directory, "bare.mjs"), bareHost(answer, size));
    const bare = await start(directory, "bare", BARE_PORT, LOADER);
    children.push(bare.process);
    await call(BARE_PORT, first);
    const sides = [gateway, bare] as const;
    const cold = await measureCold(sides, others, rounds);
    const warm = await measureWarm(sides, first, rounds);
    return {
      name,
      gateway: { cold: cold[0], warm: warm[0] },
      bare: { cold: cold[1], warm: warm[1] },
    };
  } finally {
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => child.exitCode ?? once(child, "exit")));
  }
}

async function start(
  directory: string,
  name: string,
  port: number,
  bindings: string,
): Promise<Side> {
  const modules = `(name = "${name}.mjs", esModule = embed "${name}.mjs")`;
  const process = await startWorkerd(
    path.join(directory, `${name}.capnp`),
    [service(name, modules, bindings)],
    [socket(name, port)],
  );
  await listening(port);
  return { port, process, pid: process.pid as number };
}

const AGENT = new http.Agent({ keepAlive: true });

async function call(port: number, host: string): Promise<Answer> {
  const request = http.request({
    ...{ port, host: "127.0.0.1", path: "/menu/0", agent: AGENT, headers: { host } },
  });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  const headers = ["content-type", "cache-control"].flatMap((name): [string, string][] => {
    const value = response.headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  return { status: response.statusCode ?? 0, headers, body };
}

type Sides = readonly [gateway: Side, bare: Side];

/** Calls every host for the first time, some on one side, then some on the other. */
async function measureCold(sides: Sides, hosts: string[], rounds: number): Promise<[Cold, Cold]> {
  const measured: [Cold, Cold] = [
    { milliseconds: [], cpu: 0, bytes: 0 },
    { milliseconds: [], cpu: 0, bytes: 0 },
  ];
  const before = sides.map(({ pid }) => residentBytes(pid) ?? 0);
  for (let round = 0; round < rounds; round++) {
    for (const side of [0, 1] as const) {
      const { port, pid } = sides[side];
      const cpu = processorTime(pid);
      for (const host of hosts.slice(round * COLD_CALLS, (round + 1) * COLD_CALLS)) {
        const started = performance.now();
        const { status } = await call(port, host);
        measured[side].milliseconds.push(performance.now() - started);
        if (status !== 200) throw new Error(`the first call of ${host} answered ${status}`);
      }
      measured[side].cpu += (processorTime(pid) - cpu) / hosts.length;
    }
  }
  for (const side of [0, 1] as const) {
    const grown = (residentBytes(sides[side].pid) ?? 0) - (before[side] as number);
    measured[side].bytes = grown / hosts.length;
  }
  return measured;
}

async function measureWarm(sides: Sides, host: string, rounds: number): Promise<[Warm[], Warm[]]> {
  const measured: [Warm[], Warm[]] = [[], []];
  for (const [at, callers] of CALLERS.entries()) {
    for (const warm of measured) warm.push({ rates: [], cpu: [] });
    const alone = Array.from({ length: callers }, (_, n) => `alone-${n}.${BASE_DOMAIN}`);
    const hosts = [alone.map(() => host), alone] as const;
    // Not counted: callers at once start instances.
    for (const side of [0, 1] as const) await drive(sides[side].port, hosts[side]);
    for (let round = 0; round < rounds; round++) {
      for (const side of [0, 1] as const) {
        const { port, pid } = sides[side];
        const cpu = processorTime(pid);
        const rate = await drive(port, hosts[side]);
        const warm = measured[side][at] as Warm;
        warm.rates.push(rate);
        warm.cpu.push((processorTime(pid) - cpu) / (rate * SECONDS));
      }
    }
  }
  return measured;
}

/** Calls each of `hosts` by a connection of its own and returns the answers per second of all. */
async function drive(port: number, hosts: string[]): Promise<number> {
  const rates = hosts.map((host) => {
    const requests = [Buffer.from(`GET /menu/0 HTTP/1.1\r\nHost: ${host}\r\n\r\n`)];
    return load({ port, requests, status: 200, connections: 1, seconds: SECONDS });
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}

function print(measured: Measured[], calls: number): void {
  console.log("\nCall    of a function; bare: a dynamic Worker of the same size, a constant\n");
  console.log(
    "first call                     gateway ms     (quartiles)   bare ms     (quartiles)   ratio   CPU ms   bare ms   ratio",
  );
  for (const { name, gateway, bare } of measured) {
    const [a, b] = [gateway.cold, bare.cold];
    console.log(
      `${name.padEnd(30)} ${column(median(a.milliseconds), 10, 1)} ${quartiles(a.milliseconds)}` +
        ` ${column(median(b.milliseconds), 9, 1)} ${quartiles(b.milliseconds)}` +
        ` ${ratio(median(b.milliseconds), median(a.milliseconds))}` +
        ` ${column(a.cpu / 1000, 8, 1)} ${column(b.cpu / 1000, 9, 1)} ${ratio(b.cpu, a.cpu)}`,
    );
  }
  for (const [at, callers] of CALLERS.entries()) {
    const who = callers === 1 ? "warm, 1 caller" : `warm, ${callers} callers`;
    console.log(`\n${who.padEnd(30)}  gateway/s     bare/s   ratio   CPU us   bare us   ratio`);
    for (const { name, gateway, bare } of measured) {
      const [a, b] = [gateway.warm[at] as Warm, bare.warm[at] as Warm];
      const rates = [median(a.rates), median(b.rates)] as const;
      const cpu = [median(a.cpu), median(b.cpu)] as const;
      console.log(
        `${name.padEnd(30)} ${column(rates[0], 10)} ${column(rates[1], 10)} ${ratio(rates[0], rates[1])}` +
          ` ${column(cpu[0], 8)} ${column(cpu[1], 9)} ${ratio(cpu[1], cpu[0])}`,
      );
    }
  }
  console.log(`\nmemory of each of ${calls} Workers     gateway MB    bare MB   ratio`);
  for (const { name, gateway, bare } of measured) {
    const [a, b] = [gateway.cold.bytes, bare.cold.bytes];
    console.log(
      `${name.padEnd(30)} ${column(a / MB, 10, 1)} ${column(b / MB, 10, 1)} ${ratio(b, a)}`,
    );
  }
}

function quartiles(values: number[]): string {
  const ends = [0.25, 0.75].map((part) => quantile(values, part).toFixed(1));
  return `(${ends.join(" to ")})`.padStart(15);
}
