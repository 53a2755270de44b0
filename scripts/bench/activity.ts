import type { ChildProcess } from "node:child_process";
import http from "node:http";
import path from "node:path";
import { column, median, ratio } from "./figures.ts";
import { hostOf } from "./fixture.ts";
import { load } from "./load.ts";
import { listening, processorTime, service, socket, startWorkerd } from "./workerd.ts";

const OFF_PORT = 18_795;
const ON_PORT = 18_796;
const SECONDS = 1;
const CONNECTIONS = 16;
/** How long the host is under full load whose cost is told. */
const LOAD_SECONDS = 60;

/** Dollars: a call of a Durable Object, a row that it writes (and deletes), a second of 128 MB. */
const CALL = 0.15 / 1e6;
const ROW = 1 / 1e6;
const SECOND = (0.125 * 12.5) / 1e6;
/** Seconds for which one call keeps the object at work; measured about a millisecond. */
const CALL_SECONDS = 0.005;

type Side = { port: number; process: ChildProcess };

const ROWS = [
  { name: "hot 1 KB asset", status: 200, path: "/audio/1k.mp3" },
  { name: "404 missing path", status: 404, path: "/missing.mp3" },
  { name: "unsigned, protected", status: 403, path: "/audio/protected.mp3" },
];

/**
 * Prints what keeping records costs a request: the gateway of `directory` with it beside itself
 * without, rounds of both interleaved; then what a minute of full load on one host makes of calls, rows
 * and dollars.
 */
export async function printActivity(directory: string, rounds: number): Promise<void> {
  const sides = [
    await start(directory, "off", OFF_PORT, ""),
    await start(directory, "on", ON_PORT, `(name = "RECORDS", json = "true")`),
  ] as const;
  try {
    console.log("\nActivity  records kept beside none kept\n");
    console.log(
      "row                              on/s      off/s   ratio   CPU us    off us   ratio",
    );
    for (const row of ROWS) await printRow(row, sides, rounds);
    await printCost(sides[1], rounds < 3 ? LOAD_SECONDS / 6 : LOAD_SECONDS);
  } finally {
    for (const side of sides) side.process.kill();
  }
}

async function start(
  directory: string,
  name: string,
  port: number,
  bindings: string,
): Promise<Side> {
  const process = await startWorkerd(
    path.join(directory, `${name}.capnp`),
    [service(name, `(name = "gateway.mjs", esModule = embed "gateway.mjs")`, bindings)],
    [socket(name, port)],
  );
  await listening(port);
  return { port, process };
}

async function printRow(
  row: (typeof ROWS)[number],
  sides: readonly [off: Side, on: Side],
  rounds: number,
): Promise<void> {
  // Until it is hot: all answers of a row have one length.
  for (const { port } of sides) for (let ask = 0; ask < 2; ask++) await fetchOnce(port, row.path);
  const rates: [number[], number[]] = [[], []];
  const cpu: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const side of [0, 1] as const) {
      const { port, process } = sides[side];
      const before = processorTime(process.pid as number);
      const rate = await drive(port, row.path, row.status, SECONDS);
      rates[side].push(rate);
      cpu[side].push((processorTime(process.pid as number) - before) / (rate * SECONDS));
    }
  }
  const [off, on] = [median(rates[0]), median(rates[1])];
  const [offCpu, onCpu] = [median(cpu[0]), median(cpu[1])];
  console.log(
    `${row.name.padEnd(26)} ${column(on, 10)} ${column(off, 10)} ${ratio(on, off)}` +
      ` ${column(onCpu, 8)} ${column(offCpu, 9)} ${ratio(offCpu, onCpu)}`,
  );
}

async function printCost({ port }: Side, seconds: number): Promise<void> {
  const before = await counts(port);
  const rate = await drive(port, "/audio/1k.mp3", 200, seconds);
  // What is still kept in memory is handed over within a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const after = await counts(port);
  const calls = after.calls - before.calls;
  const records = after.records - before.records;
  const requests = after.requests - before.requests;
  // A batch is one row, deleted one day; statistics are some rows every ten minutes.
  const dollars = calls * (CALL + 2 * ROW + CALL_SECONDS * SECOND);
  console.log(
    `\nFull load, ${seconds} s: ${Math.round(rate)} requests/s; ${requests} counted in ${calls} calls,` +
      ` ${calls} rows of ${records} records; ${((dollars / requests) * 1e6).toFixed(4)} dollars a million requests`,
  );
}

function drive(port: number, at: string, status: number, seconds: number): Promise<number> {
  const requests = [Buffer.from(`GET ${at} HTTP/1.1\r\nHost: ${hostOf(10)}\r\n\r\n`)];
  return load({ port, requests, status, connections: CONNECTIONS, seconds });
}

/** What the gateway of bench/gateway-worker.ts has handed over so far. */
async function counts(port: number): Promise<{ calls: number; records: number; requests: number }> {
  return JSON.parse(await fetchOnce(port, "/", "counts.test"));
}

function fetchOnce(port: number, at: string, host = hostOf(10)): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path: at, headers: { host } };
    http
      .get(options, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text) => {
          body += text;
        });
        answer.on("end", () => resolve(body));
      })
      .on("error", reject);
  });
}
