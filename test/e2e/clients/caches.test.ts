import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, type ServerlessApi } from "../../../scripts/deploy/serverless-api.ts";
import { OPERATOR, startControlPlane } from "../control-plane.ts";
import { seededBytes } from "./ringback.ts";

type Resource = { sid: string };

/** What a client holds of /a.wav: the type is that of the answer it has the bytes from. */
type Seen = { body: string; type: string; cors: string };

const FIRST = { body: "one", type: "audio/x-wav", cors: "*" };
const STATES = {
  first: FIRST,
  "other bytes": { ...FIRST, body: "two!" },
  "the same bytes as audio/mpeg": { ...FIRST, type: "audio/mpeg" },
  "the same bytes under other rules": { ...FIRST, cors: "https://app.example" },
};
type State = keyof typeof STATES;

/** A redeploy, then rollbacks to the first between changes of the type and of the rules. */
const HISTORY: State[] = [
  "first",
  "other bytes",
  "first",
  "the same bytes as audio/mpeg",
  "first",
  "the same bytes under other rules",
  "first",
];

/** 128 s of 16-bit mono at 8 kHz: more than an isolate keeps in its memory. */
const SAMPLES = seededBytes(11, 128 * 16_000);

let server: Awaited<ReturnType<typeof startControlPlane>>;
let api: ServerlessApi;
let hostname: string;
let port: string;
let deployments: string;
const builds = new Map<State, string>();
const directory = mkdtempSync(path.join(tmpdir(), "ringback-caches-"));

beforeAll(async () => {
  server = await startControlPlane();
  api = { url: server.url, ...OPERATOR };
  port = new URL(server.url).port;
  const post = <Answer>(resource: string, fields: string[][]) =>
    call<Answer>(api, "POST", resource, new URLSearchParams(fields));
  const name = [
    ["UniqueName", "caches"],
    ["FriendlyName", "caches"],
  ];
  const service = `/Services/${(await post<Resource>("/Services", name)).sid}`;
  const environment = await post<Resource & { domain_name: string }>(`${service}/Environments`, [
    ["UniqueName", "dev"],
  ]);
  hostname = environment.domain_name.replace(/:\d+$/, "");
  deployments = `${service}/Environments/${environment.sid}/Deployments`;
  const upload = async (file: string, content: string | Buffer, type: string) => {
    const asset = await post<Resource>(`${service}/Assets`, [["FriendlyName", file]]);
    const form = new FormData();
    form.set("Path", file);
    form.set("Visibility", "public");
    form.set("Content", new Blob([content as BlobPart], { type }), "content");
    const versions = `${service}/Assets/${asset.sid}/Versions`;
    return (await call<Resource>(api, "POST", versions, form)).sid;
  };
  const long = await upload("/long.wav", Buffer.concat([wavHeader(SAMPLES), SAMPLES]), "audio/wav");
  for (const [state, { body, type, cors }] of Object.entries(STATES) as [State, Seen][]) {
    const rules = `/a.wav\n  Access-Control-Allow-Origin: ${cors}\n`;
    const versions = [
      long,
      await upload("/a.wav", body, type),
      await upload("/_headers", rules, "text/plain"),
    ];
    const fields = versions.map((version) => ["AssetVersions", version]);
    builds.set(state, (await post<Resource>(`${service}/Builds`, fields)).sid);
  }
});
afterAll(async () => {
  await server?.close();
  rmSync(directory, { recursive: true });
});

function wavHeader(samples: Buffer): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const) {
    header.writeUInt16LE(value, at);
  }
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(16_000, 28);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return header;
}

function has(tool: string): boolean {
  try {
    execFileSync(tool, [tool === "ffmpeg" ? "-version" : "--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Returns what `tool` prints; not synchronous, because the server needs this process too. */
async function run(tool: string, args: string[]): Promise<Buffer> {
  const options = { cwd: directory, maxBuffer: 1 << 24, timeout: 20_000 };
  return (await promisify(execFile)(tool, args, { ...options, encoding: "buffer" })).stdout;
}

/** Asks once; `fetched` is false where the client went on with what it had. */
type Client = () => Promise<{ seen: Partial<Seen>; fetched: boolean }>;

/** curl, which keeps the bytes in `file`; what else the answer said is kept here. */
function curl(file: string, ...conditional: string[]): Client {
  let said: Omit<Seen, "body">;
  return async () => {
    const format = "%{http_code}\n%{content_type}\n%header{access-control-allow-origin}";
    const out = await run("curl", [
      ...["-s", "-S", "-R", "-o", file, "-w", format, ...conditional],
      ...["--resolve", `${hostname}:${port}:127.0.0.1`, `http://${hostname}:${port}/a.wav`],
    ]);
    const [status, type = "", cors = ""] = out.toString().split("\n");
    const fetched = status === "200";
    if (fetched) said = { type, cors };
    else expect(status).toBe("304");
    return { seen: { body: readFileSync(path.join(directory, file), "utf8"), ...said }, fetched };
  };
}

/** wget keeps bytes and date, and no type. */
function wget(): Client {
  const file = path.join(directory, "a.wav");
  const written = () => statSync(file, { throwIfNoEntry: false })?.ctimeMs;
  return async () => {
    const before = written();
    await run("wget", ["-q", "-N", `--header=Host: ${hostname}`, `http://127.0.0.1:${port}/a.wav`]);
    return { seen: { body: readFileSync(file, "utf8") }, fetched: written() !== before };
  };
}

const CLIENTS: [name: string, tool: string, client: () => Client][] = [
  ["curl -z, by date", "curl", () => curl("dated", "-z", "dated")],
  [
    "curl --etag-compare, by tag",
    "curl",
    () => curl("tagged", "--etag-save", "tag", "--etag-compare", "tag"),
  ],
  ["wget -N", "wget", wget],
];

describe("a client that revalidates what it has", () => {
  const held = new Map<string, Client>();

  it.each(HISTORY.map((state, at) => [at + 1, state] as const))(
    "deployment %i, %s: has what is deployed, and keeps it",
    async (deployment, state) => {
      await call(
        api,
        "POST",
        deployments,
        new URLSearchParams({ BuildSid: builds.get(state) ?? "" }),
      );
      const expected: Seen = STATES[state];
      for (const [name, tool, start] of CLIENTS.filter(([, tool]) => !MISSING.has(tool))) {
        const client = held.get(name) ?? start();
        held.set(name, client);
        const wanted = tool === "wget" ? { body: expected.body } : expected;
        expect([name, await client()]).toEqual([name, { seen: wanted, fetched: true }]);
        const again = await client();
        expect([name, "again", again.seen]).toEqual([name, "again", wanted]);
        // Several deployments within a second have dates ahead, by which no answer can be kept yet.
        if (deployment === 1 || name.endsWith("by tag"))
          expect([name, again.fetched]).toEqual([name, false]);
      }
    },
  );
});

const MISSING = new Set(["curl", "wget", "ffmpeg"].filter((tool) => !has(tool)));
describe.each([...MISSING])("%s", (tool) => {
  it.skip(`is not installed: what ${tool} does with caches and ranges is not tested`, () => {});
});

it.skipIf(MISSING.has("ffmpeg"))("ffmpeg plays the end of a long file", async () => {
  for (const _ of ["from R2", "from the cache"]) {
    const input = ["-headers", `Host: ${hostname}\r\n`, "-ss", "120"];
    const url = `http://127.0.0.1:${port}/long.wav`;
    const played = await run("ffmpeg", ["-v", "error", ...input, "-i", url, "-f", "s16le", "-"]);
    expect(played.equals(SAMPLES.subarray(120 * 16_000))).toBe(true);
  }
});
