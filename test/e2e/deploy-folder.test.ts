import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployFolder } from "../../scripts/deploy/deploy-folder.ts";
import { call, list, type ServerlessApi } from "../../scripts/deploy/serverless-api.ts";
import { request } from "../../scripts/request.ts";
import { OPERATOR, startControlPlane } from "./control-plane.ts";

const TARGET = { serviceName: "ahoy", environmentName: "demo", domainSuffix: "demo" };

describe("deploying a folder", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ringback-ahoy-"));
  const file = (name: string) => path.join(folder, "assets", name);
  let server: Awaited<ReturnType<typeof startControlPlane>>;
  let api: ServerlessApi;

  beforeAll(async () => {
    cpSync(path.join(import.meta.dirname, "../../examples/ahoy"), folder, { recursive: true });
    server = await startControlPlane();
    api = { url: server.url, ...OPERATOR };
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server?.close();
  });

  const deploy = () => deployFolder(api, folder, TARGET);
  const versionsOf = async (assetPath: string) => {
    const assets = await list<{ sid: string; friendly_name: string }>(
      api,
      "/Services/ahoy/Assets",
      "assets",
    );
    const asset = assets.find(({ friendly_name }) => friendly_name === assetPath);
    return list(api, `/Services/ahoy/Assets/${asset?.sid}/Versions`, "asset_versions");
  };

  it("publishes it under the service's name and the environment's suffix", async () => {
    const { domainName, changed, assets } = await deploy();
    expect(changed).toBe(true);
    expect(domainName).toMatch(/^ahoy-\d{4}-demo\.localhost/);
    expect(assets.map((asset) => `${asset.path} ${asset.visibility}`)).toEqual([
      "/ahoy.mp3 public",
      "/ahoy.png public",
      "/anchor.svg public",
      "/assets/index.html public",
      "/balance.xml protected",
      "/crew.json private",
      "/ringback.wav public",
      "/voice.xml public",
    ]);
  });

  it("does nothing when nothing has changed", async () => {
    expect(await deploy()).toMatchObject({ changed: false });
  });

  it("uploads what has changed, and that alone", async () => {
    writeFileSync(file("voice.xml"), "<Response/>");
    expect(await deploy()).toMatchObject({ changed: true });
    expect(await versionsOf("/voice.xml")).toHaveLength(2);
    expect(await versionsOf("/ahoy.mp3")).toHaveLength(1);
  });

  it("takes away what is gone", async () => {
    rmSync(file("balance.protected.xml"));
    const { domainName } = await deploy();
    const site = `http://${domainName.split(":")[0]}:${new URL(server.url).port}`;
    expect((await request(`${site}/balance.xml`)).status).toBe(404);
    expect((await request(`${site}/voice.xml`)).body.toString()).toBe("<Response/>");
  });

  it("follows a change of visibility", async () => {
    const tone = readFileSync(file("ringback.wav"));
    rmSync(file("ringback.wav"));
    writeFileSync(file("ringback.protected.wav"), tone);
    const { domainName } = await deploy();
    const site = `http://${domainName.split(":")[0]}:${new URL(server.url).port}`;
    expect((await request(`${site}/ringback.wav`)).status).toBe(403);
  });

  it("says what the API refuses, in the API's words", async () => {
    await expect(
      deployFolder(api, folder, { ...TARGET, domainSuffix: "no_label" }),
    ).rejects.toThrow(/^POST \/Services\/ZS[0-9a-f]{32}\/Environments: 400, .*DomainSuffix/);
    await expect(call({ ...api, authToken: "wrong" }, "GET", "/Services")).rejects.toThrow(
      "GET /Services: 401, ",
    );
  });
});
