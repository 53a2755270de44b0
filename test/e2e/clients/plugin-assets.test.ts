import { type AssetVersion, TwilioServerlessApiClient } from "@twilio-labs/serverless-api";
import {
  createAssetResource,
  createAssetVersion,
  listAssetResources,
} from "@twilio-labs/serverless-api/dist/api/assets.js";
import {
  activateBuild,
  getBuild,
  triggerBuild,
  waitForSuccessfulBuild,
} from "@twilio-labs/serverless-api/dist/api/builds.js";
import {
  createEnvironmentFromSuffix,
  getEnvironment,
} from "@twilio-labs/serverless-api/dist/api/environments.js";
import { listFunctionResources } from "@twilio-labs/serverless-api/dist/api/functions.js";
import { createService } from "@twilio-labs/serverless-api/dist/api/services.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, type Ringback, startRingback } from "./ringback.ts";

/**
 * The plugin is a command of the Twilio CLI around a few functions of serverless-api. These are
 * called here in its order with its arguments (contract 2.1): the environment that it makes once,
 * then one build for each upload, of the new version and all others of the build before.
 */
let ringback: Ringback;
let client: TwilioServerlessApiClient;
let service: string;
let environment: Awaited<ReturnType<typeof getEnvironment>>;

beforeAll(async () => {
  ringback = await startRingback();
  // It hands the edge to no function: they find it where the CLI's user has put it.
  process.env.TWILIO_EDGE = ringback.edge;
  const key = await ringback.fetch(`${ringback.origin}/v1/Keys`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString("base64")}`,
    },
  });
  const { sid, secret } = JSON.parse(key.body.toString());
  // A profile of the CLI holds an API key.
  client = new TwilioServerlessApiClient({ username: sid, password: secret });
  service = await createService("my-bucket", client);
  environment = await createEnvironmentFromSuffix("", service, client);
});
afterAll(() => {
  delete process.env.TWILIO_EDGE;
  return ringback?.stop();
});

async function upload(fileName: string, content: string, access: "public" | "protected") {
  const { build_sid } = await getEnvironment(environment.sid, service, client);
  expect(await listFunctionResources(service, client)).toEqual([]);
  const name = encodeURIComponent(fileName);
  const existing = (await listAssetResources(service, client)).find(
    (asset) => asset.friendly_name === name,
  );
  const { sid } = existing ?? (await createAssetResource(name, service, client));
  const asset = { sid, name, path: name, access, content: Buffer.from(content) };
  // What it gives is the whole version; its type names less.
  const created: unknown = await createAssetVersion(asset, service, client, {} as never);
  const version = created as AssetVersion;
  const before = build_sid ? (await getBuild(build_sid, service, client)).asset_versions : [];
  const others = before.filter((other) => other.asset_sid !== version.asset_sid);
  const assetVersions = [version.sid, ...others.map((other) => other.sid)];
  const build = await triggerBuild({ assetVersions }, service, client);
  await waitForSuccessfulBuild(build.sid, service, client, client);
  await activateBuild(build.sid, environment.sid, service, client);
  return { path: version.path, visibility: version.visibility };
}

/** What the plugin shows: each version of the build that is live. */
async function list() {
  const { build_sid } = await getEnvironment(environment.sid, service, client);
  const build = await getBuild(build_sid as string, service, client);
  return build.asset_versions.map(({ path, visibility }) => `${visibility} ${path}`).toSorted();
}

async function get(path: string): Promise<[number, string]> {
  const { status, body } = await ringback.fetch(`https://${environment.domain_name}${path}`);
  return [status, status === 200 ? body.toString() : ""];
}

describe("the Assets plugin", () => {
  it("makes a bucket whose environment has no suffix", () => {
    expect(environment).toMatchObject({ domain_suffix: null, build_sid: null });
    expect(environment.domain_name).toMatch(/^my-bucket-\d{4}\.localhost:\d+$/);
  });

  it("adds one file after the other, whatever their names", async () => {
    const file = await upload("my file.mp3", "one", "public");
    expect(file).toEqual({ path: "/my%20file.mp3", visibility: "public" });
    await upload("répondeur.wav", "two", "public");
    await upload("pin.txt", "three", "protected");
    expect(await list()).toEqual([
      "protected /pin.txt",
      "public /my%20file.mp3",
      "public /r%C3%A9pondeur.wav",
    ]);
    expect(await get("/my%20file.mp3")).toEqual([200, "one"]);
    expect(await get("/r%C3%A9pondeur.wav")).toEqual([200, "two"]);
    expect(await get("/pin.txt")).toEqual([403, ""]);
  });

  it("overwrites one file and leaves the others", async () => {
    await upload("my file.mp3", "new", "public");
    expect(await list()).toHaveLength(3);
    expect(await get("/my%20file.mp3")).toEqual([200, "new"]);
    expect(await get("/r%C3%A9pondeur.wav")).toEqual([200, "two"]);
  });
});
