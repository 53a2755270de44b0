import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { addService, call } from "./client.ts";
import { addProject, deploy } from "./deployed.ts";
import { addAsset, upload } from "./uploads.ts";

// An account has 10 services at most.
afterEach(() => env.DB.prepare("DELETE FROM services").run());

/** A service with one asset of two versions, and another of one. */
async function drafted(name: string) {
  const service = await addService(name);
  const asset = await addAsset(service.sid, "greeting");
  const other = await addAsset(service.sid, "other");
  const { body: first } = await upload(asset.url, { path: "/greeting.mp3", content: "first" });
  const { body: second } = await upload(asset.url, { path: "/greeting.mp3", content: "second" });
  const { body: only } = await upload(other.url, { path: "/other.mp3" });
  const base = `/Services/${service.sid}`;
  const draft = async () => {
    const { body } = await call("GET", `${base}/AssetVersions`);
    return body.asset_versions.map(({ sid }: { sid: string }) => sid);
  };
  return { base, asset, other, first, second, only, draft };
}

describe("…/Draft", () => {
  it("makes an earlier version the draft, until another is uploaded", async () => {
    const { base, asset, first, second, only, draft } = await drafted("earlier");
    expect(await draft()).toEqual([only.sid, second.sid]);
    const changed = await call("POST", `${base}/Draft`, { Versions: first.sid });
    expect(changed).toMatchObject({ status: 200, body: { versions: 1, removed: 0 } });
    expect(await draft()).toEqual([only.sid, first.sid]);
    const { body: third } = await upload(asset.url, { path: "/greeting.mp3", content: "third" });
    expect(await draft()).toEqual([third.sid, only.sid]);
  });

  it("brings a deleted file back, and deletes another, at once", async () => {
    const { base, asset, other, second, draft } = await drafted("back");
    await call("DELETE", asset.url);
    const form = { Versions: second.sid, Removed: other.sid };
    const { body } = await call("POST", `${base}/Draft`, form);
    expect(body).toMatchObject({ versions: 1, removed: 1 });
    expect(await draft()).toEqual([second.sid]);
    expect((await call("GET", other.url)).status).toBe(404);
  });

  it("changes nothing where a version is not the service's", async () => {
    const { base, other, only, second, draft } = await drafted("refused");
    const foreign = await drafted("foreign");
    const form = { Versions: [second.sid, foreign.only.sid], Removed: other.sid };
    const { status, body } = await call("POST", `${base}/Draft`, form);
    expect(status).toBe(400);
    expect(body.message).toBe(
      `Invalid parameter Versions: ${foreign.only.sid} was not found in this Service`,
    );
    expect(await draft()).toEqual([only.sid, second.sid]);
    const none = `/Services/ZS${"0".repeat(32)}/Draft`;
    expect((await call("POST", none, {})).status).toBe(404);
  });
});

it("a build may hold what is served although it was deleted, so that others are deployed alone", async () => {
  const { service, environment, build } = await addProject("alone");
  await deploy(environment.url, build.sid);
  const [live] = build.asset_versions;
  await call("DELETE", `/Services/${service.sid}/Assets/${live.asset_sid}`);
  const asset = await addAsset(service.sid);
  const { body: added } = await upload(asset.url, { path: "/added.mp3" });
  const form = { AssetVersions: [live.sid, added.sid] };
  expect((await call("POST", `/Services/${service.sid}/Builds`, form)).status).toBe(201);
});

describe("…/VersionFacts", () => {
  const FACTS = {
    rules: 1,
    sniffed: "image/jpeg",
    metadata: true,
    location: true,
    seconds: null,
    width: 640,
    height: 480,
  };

  it("are kept with a version, and with later ones of the same bytes", async () => {
    const { base, other, only } = await drafted("facts");
    const told = await call("POST", `${base}/VersionFacts`, {
      Facts: JSON.stringify({ [only.sid]: FACTS, [`ZN${"0".repeat(32)}`]: FACTS }),
    });
    expect(told).toMatchObject({ status: 200, body: { kept: 1 } });
    expect((await call("GET", only.url)).body.facts).toEqual(FACTS);
    const { body: renamed } = await upload(other.url, { path: "/renamed.mp3" });
    expect(renamed.facts).toEqual(FACTS);
    const { body: replaced } = await upload(other.url, { path: "/renamed.mp3", content: "new" });
    expect(replaced.facts).toBeNull();
  });

  it.each([
    ["no JSON", "{"],
    ["another member", JSON.stringify({ [`ZN${"0".repeat(32)}`]: { ...FACTS, html: "<b>" } })],
    ["a SID of another kind", JSON.stringify({ [`ZH${"0".repeat(32)}`]: FACTS })],
    [
      "what is no media type",
      JSON.stringify({ [`ZN${"0".repeat(32)}`]: { ...FACTS, sniffed: "<" } }),
    ],
  ])("are refused: %s", async (_, facts) => {
    const { sid } = await addService(`facts-${crypto.randomUUID().slice(0, 8)}`);
    const { status, body } = await call("POST", `/Services/${sid}/VersionFacts`, { Facts: facts });
    expect([status, body.code]).toEqual([400, 20001]);
    expect(body.message).toMatch(/^Invalid parameter Facts: /);
  });
});
