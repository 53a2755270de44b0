import { type DeployProjectConfig, TwilioServerlessApiClient } from "@twilio-labs/serverless-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, type Ringback, seededBytes, startRingback } from "./ringback.ts";

let ringback: Ringback;
let config: DeployProjectConfig;
let client: TwilioServerlessApiClient;

beforeAll(async () => {
  ringback = await startRingback();
  config = {
    ...{ username: ACCOUNT_SID, password: AUTH_TOKEN, edge: ringback.edge },
    ...{ serviceName: "hold-music", pkgJson: {}, functionsEnv: "dev", env: {}, functions: [] },
    assets: [],
  };
  client = new TwilioServerlessApiClient(config);
});
afterAll(() => ringback?.stop());

/** A deployment of one public file. */
function hold(content: string | Buffer): DeployProjectConfig {
  return {
    ...config,
    overrideExistingService: true,
    assets: [{ name: "/hold.wav", path: "/hold.wav", access: "public", content }],
  };
}

async function text(domain: string, path = "/hold.wav"): Promise<string> {
  return (await ringback.fetch(`https://${domain}${path}`)).body.toString();
}

describe("deployProject", () => {
  it("tells each step and deploys what it was given", async () => {
    const steps: string[] = [];
    client.on("status-update", ({ status }: { status: string }) => steps.push(status));
    const content = seededBytes(1, 100_000);
    const result = await client.deployProject({
      ...hold(content),
      env: { GREETING: "Ahoy" },
      pkgJson: { dependencies: { twilio: "^5.0.0" } },
    });
    expect([...new Set(steps)]).toEqual([
      ...["creating-service", "configuring-environment"],
      ...["creating-functions", "uploading-functions", "creating-assets", "uploading-assets"],
      ...["building", "setting-variables", "activating-deployment"],
    ]);
    expect(result.domain).toMatch(/^hold-music-\d{4}-dev\.localhost:\d+$/);
    const { body, headers } = await ringback.fetch(`https://${result.domain}/hold.wav`);
    expect(body.equals(content)).toBe(true);
    expect(headers["content-type"]).toMatch(/^audio\/wav/);
  });

  it("refuses a name that is taken, naming the service", async () => {
    const refused = client.deployProject({ ...hold("x"), overrideExistingService: false });
    await expect(refused).rejects.toMatchObject({ name: "conflicting-servicename" });
  });

  it("rejects with Twilio's code and the reason", async () => {
    const refused = client.deployProject({ ...hold("x"), serviceName: "hold music" });
    await expect(refused).rejects.toMatchObject({
      name: "TwilioApiError",
      code: 20001,
      message: expect.stringContaining("may hold only letters, digits and hyphens"),
      details: expect.objectContaining({ more_info: expect.stringContaining("/20001") }),
    });
  });
});

describe("a file over 25 MB", () => {
  it("ends the deployment, and what was served is served", async () => {
    const { domain } = await client.deployProject(hold("small"));
    const refused = client.deployProject(hold(Buffer.alloc(25 * 1024 * 1024 + 1)));
    await expect(refused).rejects.toThrow("Failed to upload Asset /hold.wav");
    expect(await text(domain)).toBe("small");
    const largest = seededBytes(2, 25 * 1024 * 1024);
    await client.deployProject(hold(largest));
    const { body } = await ringback.fetch(`https://${domain}/hold.wav`);
    expect(body.equals(largest)).toBe(true);
  });
});

describe("activateBuild", () => {
  it("promotes, rolls back, and tells that a build is live already", async () => {
    const old = await client.deployProject(hold("old"));
    const now = await client.deployProject(hold("new"));
    const target = { ...config, serviceSid: now.serviceSid };
    const promoted = await client.activateBuild({
      ...target,
      ...{ sourceEnvironment: "dev", targetEnvironment: "stage", createEnvironment: true },
    });
    expect(await text(promoted.domain)).toBe("new");
    const rollBack = { ...target, buildSid: old.buildSid, targetEnvironment: "stage" };
    expect(await client.activateBuild(rollBack)).toMatchObject({
      buildSid: old.buildSid,
      domain: promoted.domain,
    });
    expect([await text(promoted.domain), await text(now.domain)]).toEqual(["old", "new"]);
    await expect(client.activateBuild(rollBack)).rejects.toMatchObject({ code: 20409 });
  });

  it("brings back what was un-deployed", async () => {
    const { serviceSid, environmentSid, buildSid, domain } = await client.deployProject(hold("up"));
    const deployments = `Services/${serviceSid}/Environments/${environmentSid}/Deployments`;
    await client.request("post", deployments, { form: {}, responseType: "json" });
    expect((await ringback.fetch(`https://${domain}/hold.wav`)).status).toBe(404);
    const [environment] =
      (await client.list({ ...config, types: ["environments"], serviceSid })).environments?.filter(
        ({ sid }) => sid === environmentSid,
      ) ?? [];
    expect(environment?.build_sid).toBe(null);
    await client.activateBuild({ ...config, serviceSid, buildSid, targetEnvironment: "dev" });
    expect(await text(domain)).toBe("up");
  });
});

describe("list and getLogs", () => {
  it("list every page of what is there", async () => {
    const assets = Array.from({ length: 60 }, (_, index) => `/prompts/${index}.txt`);
    const { serviceSid, domain } = await client.deployProject({
      ...{ ...config, serviceName: "many-prompts", env: { A: "1", B: "2" } },
      assets: assets.map((path) => ({ name: path, path, access: "public", content: path })),
    });
    const listed = await client.list({
      ...{ ...config, serviceSid, environment: "dev" },
      types: ["environments", "builds", "variables", "functions", "assets"],
    });
    expect(listed.environments?.map((environment) => environment.domain_name)).toEqual([domain]);
    expect(listed.builds?.map(({ status }) => status)).toEqual(["completed"]);
    expect(listed.variables?.entries.map(({ key }) => key).toSorted()).toEqual(["A", "B"]);
    expect(listed.functions?.entries).toEqual([]);
    expect(listed.assets?.entries.map(({ path }) => path).toSorted()).toEqual(assets.toSorted());
    // Of these the second deployment makes none again: it finds both pages of them.
    await client.deployProject({
      ...{ ...config, serviceName: "many-prompts", overrideExistingService: true },
      assets: assets.map((path) => ({ name: path, path, access: "public", content: "again" })),
    });
    expect(await text(domain, "/prompts/59.txt")).toBe("again");
    const found = await client.request("get", `Services/${serviceSid}/Assets?PageSize=1000`, {
      responseType: "json",
    });
    expect((found.body as { assets: unknown[] }).assets).toHaveLength(60);
    const logs = await client.getLogs({ serviceSid, environment: "dev", tail: false });
    expect(logs).toEqual([]);
  });
});
