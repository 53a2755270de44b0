import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeManifest, type ManifestAsset } from "../../src/contract/manifest.ts";
import { maintain } from "../../src/publish/maintenance.ts";
import { project } from "../../src/publish/projection.ts";
import { addEnvironment, addService } from "../api/client.ts";
import { addBuild, deploy } from "../api/deployed.ts";
import { send } from "../conformance/client.ts";

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
  const decoded = decodeManifest((await env.MANIFESTS.get(`host:${hostname}`)) ?? "", hostname);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.manifest.assets;
}

/** What a cache holds, and by which of its validators it asks whether that still holds. */
type Cached = { seen: object; etag: string; modified: string } | null;

async function revalidate(held: Cached, by: "tag" | "date" | "both"): Promise<Cached> {
  const headers: Record<string, string> = {};
  if (held && by !== "date") headers["If-None-Match"] = held.etag;
  if (held?.modified && by !== "tag") headers["If-Modified-Since"] = held.modified;
  const answer = await send(`http://${hostname}/a.wav`, { headers });
  if (answer.status === 304) return held;
  const said = (name: string) => answer.headers.get(name) ?? "";
  const cors = said("access-control-allow-origin");
  return {
    seen: { body: answer.body, type: said("content-type"), cors },
    etag: said("etag"),
    modified: said("last-modified"),
  };
}

describe("a cache that revalidates", () => {
  it("gives what is deployed, whatever was before, by tag, by date and by both", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.nat(SERVED.length - 1), fc.subarray(["tag", "date", "both"] as const)),
          {
            minLength: 2,
            maxLength: 6,
          },
        ),
        async (history) => {
          const caches: Record<"tag" | "date" | "both", Cached> = {
            tag: null,
            date: null,
            both: null,
          };
          for (const [index, asking] of history) {
            await deploy(environment.url, builds[index]);
            for (const by of asking) {
              caches[by] = await revalidate(caches[by], by);
              expect([by, caches[by]?.seen]).toEqual([by, SERVED[index]]);
            }
          }
        },
      ),
      { numRuns: 12 },
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
    const before = await env.MANIFESTS.get(`host:${hostname}`);
    await env.MANIFESTS.delete(`host:${hostname}`);
    await project(env, () => {}, [hostname]);
    expect(await env.MANIFESTS.get(`host:${hostname}`)).toBe(before);
  });

  it("is served what 0.1.0 wrote, until the repair job has brought it to the new form", async () => {
    const key = `host:${hostname}`;
    const now = JSON.parse((await env.MANIFESTS.get(key)) as string);
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
    expect(JSON.parse((await env.MANIFESTS.get(key)) as string)).toEqual(now);
  });
});
