/**
 * `npm run soak -- [--minutes 5] [--url http://localhost:8787]`: reads, ranges, signed reads and
 * redeployments for some minutes, against a server that it starts unless one is named. Fails on an
 * error, on a wrong byte, and on memory that grows.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { call, type ServerlessApi } from "./deploy/serverless-api.ts";
import { request } from "./request.ts";

type Resource = { sid: string; url: string; domain_name: string };
type Sizes = { path: string; size: number; visibility: "public" | "protected" };
/** What may be answered: what is deployed, and while a deployment is under way the next too. */
type Content = Map<string, Buffer>;

const READERS = 4;
/** Well below the builds that an account may make in an hour. */
const REDEPLOYS = 80;
const REDEPLOY_SECONDS = 5;
/** How far the last quarter's peak of memory may pass the second's: the first still fills caches. */
const GROWTH = { factor: 1.25, megabytes: 100 };

const ASSETS: Sizes[] = [
  { path: "/small.bin", size: 2_000, visibility: "public" },
  { path: "/protected.bin", size: 60_000, visibility: "protected" },
  { path: "/large.bin", size: 3_000_000, visibility: "public" },
];

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    url: { type: "string" },
    port: { type: "string", default: "9790" },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 120)) throw new Error("--minutes is a number up to 120");

const credentials = {
  accountSid: process.env.TWILIO_ACCOUNT_SID ?? "AC0123456789abcdef0123456789abcdef",
  authToken: process.env.TWILIO_AUTH_TOKEN ?? randomBytes(16).toString("hex"),
};
const server = values.url ? null : await startServer(Number(values.port));
try {
  process.exitCode = await soak(
    { url: values.url ?? `http://localhost:${values.port}`, ...credentials },
    server?.pid ?? null,
  );
} finally {
  await server?.stop();
}

async function soak(api: ServerlessApi, pid: number | null): Promise<0 | 1> {
  const name = `soak-${Date.now()}`;
  const form = new URLSearchParams({ UniqueName: name, FriendlyName: "Soak" });
  const { sid } = await call<Resource>(api, "POST", "/Services", form);
  const service = `/Services/${sid}`;
  const environment = await call<Resource>(
    api,
    "POST",
    `${service}/Environments`,
    new URLSearchParams({ UniqueName: "soak" }),
  );
  const origin = `http://${environment.domain_name}`;
  const allowed: Content[] = [];
  allowed.push(await redeploy(api, service, environment, () => {}));
  const end = Date.now() + minutes * 60_000;
  const counts: Record<string, number> = {};
  const wrong: string[] = [];
  const times: number[] = [];
  const memory: number[] = [];
  const count = (kind: string) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };

  async function read(): Promise<void> {
    while (Date.now() < end && wrong.length < 20) {
      const { path, size, visibility } = ASSETS[Math.floor(Math.random() * ASSETS.length)] as Sizes;
      const ranged = Math.random() < 0.4;
      const start = ranged ? Math.floor(Math.random() * size) : 0;
      const last = ranged
        ? Math.min(size - 1, start + Math.floor(Math.random() * 50_000))
        : size - 1;
      const url = `${origin}${path}`;
      const headers: Record<string, string> = { "Accept-Encoding": "identity" };
      if (ranged) headers.Range = `bytes=${start}-${last}`;
      if (visibility === "protected") {
        const hmac = createHmac("sha1", api.authToken);
        headers["X-Twilio-Signature"] = hmac.update(url).digest("base64");
      }
      const before = [...allowed];
      const started = performance.now();
      const answer = await request(url, { headers }).catch((error: Error) => error);
      times.push(performance.now() - started);
      count(`${visibility}${ranged ? " range" : ""}`);
      if (answer instanceof Error) wrong.push(`${url}: ${answer.message}`);
      else if (answer.status !== (ranged ? 206 : 200)) wrong.push(`${url}: ${answer.status}`);
      else {
        const right = [...before, ...allowed].some((content) =>
          content
            .get(path)
            ?.subarray(start, last + 1)
            .equals(answer.body),
        );
        if (!right) wrong.push(`${url}: ${answer.body.length} wrong bytes`);
      }
    }
  }

  async function change(): Promise<void> {
    while (Date.now() < end && wrong.length < 20) {
      await sleep(Math.max(REDEPLOY_SECONDS, (minutes * 60) / REDEPLOYS) * 1000);
      const next = await redeploy(api, service, environment, (content) => allowed.push(content));
      count("redeployment");
      // One isolate serves here, and shows what it published at once.
      allowed.splice(0, allowed.length, next);
    }
  }

  async function watch(): Promise<void> {
    while (pid !== null && Date.now() < end && wrong.length < 20) {
      memory.push(residentMegabytes(pid));
      await sleep(2_000);
    }
  }

  await Promise.all([...Array.from({ length: READERS }, read), change(), watch()]);
  const authorization = Buffer.from(`${api.accountSid}:${api.authToken}`).toString("base64");
  await request(`${api.url}/v1${service}`, {
    method: "DELETE",
    headers: { Authorization: `Basic ${authorization}` },
  });

  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1);
  console.log(`${minutes} minutes: ${JSON.stringify(counts)}`);
  console.log(
    `answers: ${times.length}, ms p50 ${at(0.5)}, p99 ${at(0.99)}, max ${times.at(-1)?.toFixed(0)}`,
  );
  const quarters = [0, 1, 2, 3].map((quarter) =>
    Math.max(
      0,
      ...memory.slice((quarter * memory.length) / 4, ((quarter + 1) * memory.length) / 4),
    ),
  );
  if (memory.length > 0)
    console.log(`memory, MB, the peak of each quarter: ${quarters.join(", ")}`);
  const [, level = 0, , peak = 0] = quarters;
  const grows = peak > level * GROWTH.factor && peak > level + GROWTH.megabytes;
  if (grows) wrong.push("memory grows");
  console.log(wrong.length === 0 ? "No error, no wrong byte." : wrong.join("\n"));
  return wrong.length === 0 ? 0 : 1;
}

/** Uploads new content, builds it, and deploys; `announce` is told before it can be served. */
async function redeploy(
  api: ServerlessApi,
  service: string,
  environment: Resource,
  announce: (content: Content) => void,
): Promise<Content> {
  const content: Content = new Map();
  const versions: [string, string][] = [];
  for (const { path, size, visibility } of ASSETS) {
    const bytes = randomBytes(size);
    content.set(path, bytes);
    const named = new URLSearchParams({ FriendlyName: path });
    const asset = await call<Resource>(api, "POST", `${service}/Assets`, named);
    const upload = new FormData();
    upload.set("Path", path);
    upload.set("Visibility", visibility);
    upload.set(
      "Content",
      new Blob([new Uint8Array(bytes)], { type: "application/octet-stream" }),
      "asset.bin",
    );
    const { sid } = await call<Resource>(api, "POST", `${asset.url}/Versions`, upload);
    versions.push(["AssetVersions", sid]);
  }
  const form = new URLSearchParams(versions);
  const build = await call<Resource>(api, "POST", `${service}/Builds`, form);
  announce(content);
  const chosen = new URLSearchParams({ BuildSid: build.sid });
  await call(api, "POST", `${environment.url}/Deployments`, chosen);
  return content;
}

/** Starts the server as `npm start` does, with a state of its own. */
async function startServer(port: number) {
  const root = path.join(import.meta.dirname, "..");
  const state = mkdtempSync(path.join(tmpdir(), "ringback-soak-"));
  const child = spawn(process.execPath, ["--no-warnings", "scripts/start.ts"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      PORT: String(port),
      RINGBACK_STATE: state,
      RINGBACK_DEMO: "0",
      TWILIO_ACCOUNT_SID: credentials.accountSid,
      TWILIO_AUTH_TOKEN: credentials.authToken,
    },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      if (/^Ready on /m.test(String(chunk))) resolve();
    });
    void ended.then(() => reject(new Error("The server did not start.")));
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** The memory of the runtime, workerd, among all that the process `root` started. */
function residentMegabytes(root: number): number {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, rss, name]) => ({
      pid: Number(pid),
      parent: Number(parent),
      rss: Number(rss),
      name,
    }));
  const family = [root];
  for (const pid of family) {
    family.push(...rows.filter(({ parent }) => parent === pid).map((row) => row.pid));
  }
  const runtime = rows.filter(({ pid, name }) => family.includes(pid) && name === "workerd");
  return Math.round(runtime.reduce((sum, { rss }) => sum + rss, 0) / 1024);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
