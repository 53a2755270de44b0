/**
 * `npm run bench [rounds]`: what the gateway costs, as a ratio to a bare Worker that answers the same
 * status, headers and bytes as a constant. Rounds of the two are interleaved and the medians compared,
 * because nothing else is stable on a machine that does other things too. Then what a call of a
 * function costs, and what deployments and uploads take on the control plane. Fails on no timing.
 *
 * `npm run bench -- neighbours [attack]`: how long a tenant waits while another misbehaves.
 * `npm run bench -- functions [rounds]`: what a call of a function costs, alone.
 * `npm run bench -- memory [deployments]`: what instances of functions take of the local runtime.
 */
import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { printActivity } from "./activity.ts";
import { printDeploys } from "./deploys.ts";
import { column, median, ratio } from "./figures.ts";
import { AUTH_TOKEN, BASE_DOMAIN, etagOf, HOSTS, hostOf, type Row } from "./fixture.ts";
import { printFunctions } from "./functions.ts";
import { load } from "./load.ts";
import { printMemory } from "./memory.ts";
import { printNeighbours } from "./neighbours/neighbours.ts";
import { printUploads } from "./uploads.ts";
import { bundle, listening, processorTime, service, socket, startWorkerd } from "./workerd.ts";

if (process.argv[2] === "neighbours") {
  await printNeighbours(process.argv[3]);
  process.exit();
}
if (process.argv[2] === "functions") {
  await printFunctions(Number(process.argv[3] ?? 5));
  process.exit();
}
if (process.argv[2] === "memory") {
  await printMemory(process.argv[3] === undefined ? undefined : Number(process.argv[3]));
  process.exit();
}

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = 1;
const CONNECTIONS = 16;
const GATEWAY_PORT = 18_787;
const BARE_PORT = 18_800;
const ROOT = path.join(import.meta.dirname, "../..");

const ONE_KB = "/audio/1k.mp3";
const PROTECTED = "/audio/protected.mp3";
const MANY = Array.from({ length: HOSTS.many }, (_, index) => `many-${index}.${BASE_DOMAIN}`);

const ROWS: Row[] = [
  { name: "hot 1 KB asset", status: 200, hosts: [hostOf(10)], path: ONE_KB },
  { name: "hot 64 KB asset", status: 200, hosts: [hostOf(10)], path: "/audio/64k.mp3" },
  {
    name: "304 Not Modified",
    status: 304,
    hosts: [hostOf(10)],
    path: ONE_KB,
    headers: { "If-None-Match": `"${etagOf(0)}"` },
  },
  { name: "HEAD", status: 200, hosts: [hostOf(10)], method: "HEAD", path: ONE_KB },
  {
    name: "206 range",
    status: 206,
    hosts: [hostOf(10)],
    path: "/audio/64k.mp3",
    headers: { Range: "bytes=1000-1999" },
  },
  {
    name: "206, end of cached 25 MB",
    status: 206,
    hosts: [hostOf(10)],
    path: "/video/25m.mp4",
    headers: { Range: "bytes=-65536" },
  },
  { name: "404 missing path", status: 404, hosts: [hostOf(10)], path: "/missing.mp3" },
  {
    name: "valid signature",
    status: 200,
    hosts: [hostOf(10)],
    path: PROTECTED,
    headers: { "X-Twilio-Signature": sign(`http://${hostOf(10)}${PROTECTED}`) },
  },
  {
    name: "bad signature",
    status: 403,
    hosts: [hostOf(10)],
    path: PROTECTED,
    headers: { "X-Twilio-Signature": sign("http://elsewhere.test/") },
  },
  { name: "unknown host", status: 404, hosts: [`nobody.${BASE_DOMAIN}`], path: ONE_KB },
  { name: "1 KB, manifest of 1,000", status: 200, hosts: [hostOf(1_000)], path: ONE_KB },
  { name: "1 KB, manifest of 10,000", status: 200, hosts: [hostOf(10_000)], path: ONE_KB },
  { name: "404, manifest of 10,000", status: 404, hosts: [hostOf(10_000)], path: "/missing.mp3" },
  { name: "1 KB, 1,000 hosts", status: 200, hosts: MANY, path: ONE_KB },
];

function sign(url: string): string {
  return createHmac("sha1", AUTH_TOKEN).update(url).digest("base64");
}

/** Prints what an isolate has to load before it can serve an asset, and what a write adds. */
async function printBundle(): Promise<void> {
  const result = await build({
    entryPoints: { read: path.join(ROOT, "src/worker.ts") },
    outdir: directory,
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    write: false,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
  const outputs = new Map(result.outputFiles.map((file) => [path.basename(file.path), file]));
  const reachable = new Set<string>();
  const visit = (name: string) => {
    if (reachable.has(name)) return;
    reachable.add(name);
    const [, output] = Object.entries(result.metafile.outputs).find(
      ([file]) => path.basename(file) === name,
    ) as [string, { imports: { path: string; kind: string }[] }];
    for (const { path: imported, kind } of output.imports) {
      if (kind === "import-statement" && outputs.has(path.basename(imported))) {
        visit(path.basename(imported));
      }
    }
  };
  visit("read.js");
  const total = (names: Iterable<string>) => {
    const text = Buffer.concat(
      [...names].map((name) => outputs.get(name)?.contents ?? Buffer.of()),
    );
    return `${kilobytes(text.length)} (${kilobytes(gzipSync(text).length)} gzip)`;
  };
  const rest = [...outputs.keys()].filter((name) => !reachable.has(name));
  console.log(`Bundle  read side, loaded at start    ${total(reachable)}`);
  console.log(`        write side, loaded on demand  ${total(rest)}\n`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

async function startGateway(): Promise<ChildProcess> {
  const started = performance.now();
  const child = await startWorkerd(
    path.join(directory, "gateway.capnp"),
    [
      service(
        "gateway",
        `(name = "gateway.mjs", esModule = embed "gateway.mjs")`,
        `(name = "RECORDS", json = "true")`,
      ),
    ],
    [socket("gateway", GATEWAY_PORT)],
  );
  children.push(child);
  await listening(GATEWAY_PORT);
  console.log(
    `Start   workerd with the gateway listens after ${(performance.now() - started).toFixed(0)} ms`,
  );
  return child;
}

type Constant = { status: number; headers: [string, string][]; body: Buffer };

/** Asks every host of a row until it is hot, and returns the answer the bare Worker is to give. */
async function probe(row: Row): Promise<Constant> {
  for (const host of row.hosts) await ask(row, host);
  let constant = await ask(row, row.hosts[0] as string);
  // What answers a range fills the cache behind it.
  for (let tries = 0; tries < 100 && isMiss(constant); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    constant = await ask(row, row.hosts[0] as string);
  }
  if (constant.status !== row.status || isMiss(constant)) {
    const { status, headers } = constant;
    throw new Error(`${row.name}: expected ${row.status}, hot, got ${status} ${headers}`);
  }
  return constant;
}

function isMiss({ headers }: Constant): boolean {
  return headers.some(([name, value]) => /^cache-status$/i.test(name) && value.includes("fwd="));
}

async function ask(row: Row, host: string): Promise<Constant> {
  const request = http.request({
    ...{ port: GATEWAY_PORT, host: "127.0.0.1", method: row.method ?? "GET", path: row.path },
    headers: { ...row.headers, host },
  });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const headers: [string, string][] = [];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] as string;
    const setByRuntime = /^(connection|transfer-encoding)$/i.test(name);
    const lengthOfBody = /^content-length$/i.test(name) && row.method !== "HEAD";
    if (!setByRuntime && !lengthOfBody)
      headers.push([name, response.rawHeaders[index + 1] as string]);
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}

async function startBare(constants: Constant[]): Promise<ChildProcess> {
  const services: string[] = [];
  const sockets: string[] = [];
  for (const [index, { status, headers, body }] of constants.entries()) {
    await writeFile(path.join(directory, `body-${index}`), body);
    await writeFile(
      path.join(directory, `bare-${index}.mjs`),
      `import data from "body";
const body = ${body.length === 0 ? "null" : "new Uint8Array(data)"};
const headers = new Headers(${JSON.stringify(headers)});
export default { fetch() { return new Response(body, { status: ${status}, headers }); } };
`,
    );
    const modules =
      `(name = "bare.mjs", esModule = embed "bare-${index}.mjs"), ` +
      `(name = "body", data = embed "body-${index}")`;
    services.push(service(`bare-${index}`, modules));
    sockets.push(socket(`bare-${index}`, BARE_PORT + index));
  }
  const child = await startWorkerd(path.join(directory, "bare.capnp"), services, sockets);
  children.push(child);
  await listening(BARE_PORT + constants.length - 1);
  return child;
}

async function printRatios(gatewayProcess: ChildProcess, bareProcess: ChildProcess): Promise<void> {
  console.log(
    `Load    ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s each, medians\n`,
  );
  console.log(
    "row                         gateway/s     bare/s   ratio   CPU us   bare us   ratio",
  );
  for (const [index, row] of ROWS.entries()) {
    const gateway: Sample[] = [];
    const bare: Sample[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      gateway.push(await sample(row, GATEWAY_PORT, gatewayProcess));
      bare.push(await sample(row, BARE_PORT + index, bareProcess));
    }
    const rates = [
      median(gateway.map(({ rate }) => rate)),
      median(bare.map(({ rate }) => rate)),
    ] as const;
    const cpu = [
      median(gateway.map(({ cpu }) => cpu)),
      median(bare.map(({ cpu }) => cpu)),
    ] as const;
    console.log(
      `${row.name.padEnd(26)} ${column(rates[0], 10)} ${column(rates[1], 10)} ${ratio(rates[0], rates[1])}` +
        ` ${column(cpu[0], 8)} ${column(cpu[1], 9)} ${ratio(cpu[1], cpu[0])}`,
    );
  }
}

/** Answers per second, and microseconds of processor time an answer (0 where the system tells none). */
type Sample = { rate: number; cpu: number };

async function sample(row: Row, port: number, child: ChildProcess): Promise<Sample> {
  const requests = row.hosts.map((host) => {
    const fields = Object.entries({ Host: host, ...row.headers });
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return Buffer.from(`${row.method ?? "GET"} ${row.path} HTTP/1.1\r\n${lines}\r\n`);
  });
  const before = processorTime(child.pid as number);
  const rate = await load({
    ...{ port, requests, status: row.status },
    ...{ connections: CONNECTIONS, seconds: SECONDS },
  });
  return { rate, cpu: (processorTime(child.pid as number) - before) / (rate * SECONDS) };
}

const directory = await mkdtemp(path.join(tmpdir(), "ringback-bench-"));
const children: ChildProcess[] = [];
try {
  await printBundle();
  await bundle("gateway-worker.ts", path.join(directory, "gateway.mjs"));
  const gatewayProcess = await startGateway();
  const constants: Constant[] = [];
  for (const row of ROWS) constants.push(await probe(row));
  const bareProcess = await startBare(constants);
  await printRatios(gatewayProcess, bareProcess);
  await printActivity(directory, ROUNDS);
} finally {
  for (const child of children) child.kill();
  await rm(directory, { recursive: true, force: true });
}
await printFunctions(ROUNDS);
await printDeploys();
await printUploads();
