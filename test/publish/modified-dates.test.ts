import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeManifest, type ManifestAsset } from "../../src/contract/manifest.ts";
import { maintain } from "../../src/publish/maintenance.ts";
import { project } from "../../src/publish/projection.ts";
import { addEnvironment, addService, call } from "../api/client.ts";
import { addBuild, deploy } from "../api/deployed.ts";
import { send } from "../conformance/client.ts";
import { storedValue } from "../stored-value.ts";

const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };
let environment: Awaited<ReturnType<typeof addEnvironment>>;
let hostname: string;
/** Builds that differ in bytes, in type, and in rules; by their place in what is deployed. */
const builds: string[] = [];
const SERVED = [
  { body: "one", type: "audio/x-wav", cors: "*" },
  { body: "two", type: "audio/x-wav", cors: "*" },
  { body: "one", type: "audio/mpeg", cors: "*" },
  { body: "one", type: "audio/x-wav", cors: "https://app.example" },
];

beforeAll(async () => {
  const service = await addService("modified-dates");
  environment = await addEnvironment(service.sid, { UniqueName: "dev" });
  hostname = environment.domain_name.replace(":8787", "");
  for (const { body, type, cors } of SERVED) {
    const rules = `/a.wav\n  Access-Control-Allow-Origin: ${cors}`;
    const build = await addBuild(service.sid, [
      { path: "/a.wav", content: body, type },
      { path: "/same.txt", content: "same" },
      { path: "/_headers", content: rules },
    ]);
    builds.push(build.sid);
  }
});

async function assets(): Promise<Map<string, ManifestAsset>> {
  const decoded = decodeManifest((await storedValue(`host:${hostname}`)) ?? "", hostname);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.manifest.assets;
}

type Asking = "tag" | "date" | "both";

/** What a cache holds of /a.wav, and the validators that came with it. */
type Cached = { seen: object; etag: string; modified: string };

/** Asks whether what is held still holds. A cache keeps what it has past a 404, as wget does. */
async function revalidate(
  host: string,
  held: Cached | undefined,
  by: Asking,
): Promise<{ seen: object | null; held: Cached | undefined }> {
  const headers: Record<string, string> = {};
  if (held && by !== "date") headers["If-None-Match"] = held.etag;
  if (held?.modified && by !== "tag") headers["If-Modified-Since"] = held.modified;
  const answer = await send(`http://${host}/a.wav`, { headers });
  if (answer.status === 304) return { seen: held?.seen ?? null, held };
  if (answer.status === 404) return { seen: null, held };
  const said = (name: string) => answer.headers.get(name) ?? "";
  const cors = said("access-control-allow-origin");
  const seen = { body: answer.body, type: said("content-type"), cors };
  return { seen, held: { seen, etag: said("etag"), modified: said("last-modified") } };
}

/** Two environments, and a domain that moves between them. */
const DOMAIN = "moves.example.com";
type Change =
  | { kind: "deploy"; to: 0 | 1; build: number }
  /** What the other environment serves. */
  | { kind: "promote"; to: 0 | 1 }
  | { kind: "move"; to: 0 | 1 }
  | { kind: "make again"; to: 0 | 1 };

const to = fc.constantFrom(0 as const, 1 as const);
const CHANGE: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: fc.constant("deploy" as const), to, build: fc.nat(SERVED.length - 1) },
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("promote" as const), to }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("move" as const), to }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("make again" as const), to }) },
);

/** First of all: later dates may lie ahead, and what asks by those is answered whole. */
const WITHIN_A_SECOND: [Change, Asking[]][] = [
  [{ kind: "deploy", to: 1, build: 1 }, []],
  [{ kind: "deploy", to: 0, build: 0 }, []],
  [{ kind: "move", to: 0 }, ["date"]],
  [{ kind: "move", to: 1 }, ["date"]],
  [{ kind: "make again", to: 0 }, []],
  [{ kind: "deploy", to: 0, build: 2 }, ["date"]],
];

describe("caches that revalidate", () => {
  it("give what is deployed, whatever was before, by tag, by date and by both", async () => {
    const service = await call("GET", `/Services/${environment.service_sid}`);
    const made = (index: number) =>
      addEnvironment(service.body.sid, { UniqueName: `p${index}`, DomainSuffix: `p${index}` });
    const environments = [await made(0), await made(1)];
    const shown: (number | null)[] = [null, null];
    let domain: { url: string; of: number } | null = null;

    async function apply(change: Change): Promise<void> {
      const { url } = environments[change.to];
      const build = change.kind === "deploy" ? change.build : shown[1 - change.to];
      switch (change.kind) {
        case "deploy":
        case "promote":
          if (build === null || build === undefined) return;
          // What serves already is not deployed again.
          expect((await deploy(url, builds[build])).status).toBe(
            shown[change.to] === build ? 409 : 201,
          );
          shown[change.to] = build;
          return;
        case "move": {
          if (domain !== null) await call("DELETE", domain.url);
          const { status, body } = await call("POST", `${url}/Domains`, { Hostname: DOMAIN });
          expect(status).toBe(201);
          domain = { url: body.url, of: change.to };
          return;
        }
        case "make again":
          expect((await call("DELETE", url)).status).toBe(204);
          environments[change.to] = await made(change.to);
          shown[change.to] = null;
          if (domain?.of === change.to) domain = null;
      }
    }

    const caches = new Map<string, Cached | undefined>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(CHANGE, fc.subarray<Asking>(["tag", "date", "both"])), {
          ...{ minLength: 3, maxLength: 10 },
        }),
        async (history) => {
          for (const [change, askings] of history) {
            await apply(change);
            const hosts: [string, number | null | undefined][] = [
              ...environments.map(({ domain_name }, index): [string, number | null | undefined] => [
                ...([domain_name.replace(":8787", ""), shown[index]] as const),
              ]),
              [DOMAIN, domain === null ? null : shown[domain.of]],
            ];
            for (const [host, build] of hosts) {
              for (const by of askings) {
                const key = `${host} by ${by}`;
                const { seen, held } = await revalidate(host, caches.get(key), by);
                caches.set(key, held);
                expect([key, seen]).toEqual([
                  key,
                  typeof build === "number" ? SERVED[build] : null,
                ]);
              }
            }
          }
        },
      ),
      { numRuns: 15, examples: [[WITHIN_A_SECOND]] },
    );
  });

  it("keeps a date that a deployment does not change, and none that it does", async () => {
    const dates: [number, number][] = [];
    for (const index of [0, 1, 0, 2, 3]) {
      await deploy(environment.url, builds[index]);
      const served = await assets();
      dates.push([
        served.get("/a.wav")?.modified as number,
        served.get("/same.txt")?.modified as number,
      ]);
    }
    const changed = dates.map(([date]) => date);
    expect(new Set(changed).size).toBe(5);
    expect(changed).toEqual(changed.toSorted((a, b) => a - b));
    expect(new Set(dates.map(([, date]) => date)).size).toBe(1);
  });

  it("hears the same of a KV that was rebuilt", async () => {
    const before = await storedValue(`host:${hostname}`);
    await env.MANIFESTS.delete(`host:${hostname}`);
    await project(env, () => {}, [hostname]);
    expect(await storedValue(`host:${hostname}`)).toBe(before);
  });

  it("is served what 0.1.0 wrote, until the repair job has brought it to the new form", async () => {
    const key = `host:${hostname}`;
    const now = JSON.parse((await storedValue(key)) as string);
    const first = structuredClone(now);
    first.format = 1;
    for (const asset of Object.values<Partial<ManifestAsset>>(first.assets)) delete asset.etag;
    first.assets["/nai%CC%88f.txt"] = first.assets["/same.txt"];
    const decoded = decodeManifest(JSON.stringify(first), hostname);
    if (!decoded.ok) throw new Error(decoded.detail);
    const { assets: read } = decoded.manifest;
    expect(read.get("/a.wav")?.etag).toBe(now.assets["/a.wav"].sha256);
    expect([...read.keys()]).toEqual(["/a.wav", "/na%C3%AFf.txt", "/same.txt"]);
    await env.MANIFESTS.put(key, JSON.stringify(first));
    await maintain(env, () => {}, TIMES);
    expect(JSON.parse((await storedValue(key)) as string)).toEqual(now);
  });
});
