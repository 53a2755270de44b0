import { spawn } from "node:child_process";
import path from "node:path";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR, startControlPlane } from "./control-plane.ts";

let server: Awaited<ReturnType<typeof startControlPlane>>;
beforeAll(async () => {
  server = await startControlPlane();
});
afterAll(() => server?.close());

/** Runs `npm run republish` and returns its exit code and what it printed. */
function republish(authToken = OPERATOR.authToken, args = ["--url", server.url]) {
  const script = path.join(import.meta.dirname, "../../scripts/republish.ts");
  const child = spawn(process.execPath, ["--no-warnings", script, ...args], {
    env: { ...process.env, TWILIO_ACCOUNT_SID: OPERATOR.accountSid, TWILIO_AUTH_TOKEN: authToken },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  return new Promise<{ code: number | null; printed: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, printed })),
  );
}

describe("npm run republish", () => {
  it("writes what KV has lost and deletes what D1 does not know", async () => {
    const client = twilio(OPERATOR.accountSid, OPERATOR.authToken);
    client.serverless.baseUrl = server.url;
    const { services } = client.serverless.v1;
    const service = await services.create({ uniqueName: "lost", friendlyName: "lost" });
    const inside = services(service.sid);
    const environment = await inside.environments.create({ uniqueName: "dev" });
    const asset = await inside.assets.create({ friendlyName: "/a.txt" });
    const form = new FormData();
    form.append("Path", "/a.txt");
    form.append("Visibility", "public");
    form.append("Content", new File(["ahoy"], "a.txt", { type: "text/plain" }));
    const credentials = `${OPERATOR.accountSid}:${OPERATOR.authToken}`;
    const uploaded = await fetch(
      `${server.url}/v1/Services/${service.sid}/Assets/${asset.sid}/Versions`,
      {
        method: "POST",
        headers: { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
        body: form,
      },
    );
    const { sid } = (await uploaded.json()) as { sid: string };
    const build = await inside.builds.create({ assetVersions: [sid] });
    await inside.environments(environment.sid).deployments.create({ buildSid: build.sid });

    const { MANIFESTS } = await server.stores();
    const key = `host:${environment.domainName.replace(/:\d+$/, "")}`;
    const before = await MANIFESTS.get(key, "text");
    expect(JSON.parse(before ?? "{}").build).toBe(build.sid);
    await MANIFESTS.delete(key);
    await MANIFESTS.put("host:stray-0000.localhost", "{}");

    expect(await republish()).toEqual({
      code: 0,
      printed: "Republished: 1 values written, 1 deleted.\n",
    });
    expect(await MANIFESTS.get(key, "text")).toBe(before);
    const { metadata } = await MANIFESTS.getWithMetadata("host:stray-0000.localhost");
    expect(metadata).toMatchObject({ gone: true });
  });

  it("says what to do where it may not", async () => {
    const { code, printed } = await republish("wrong");
    expect([code, printed]).toEqual([
      1,
      expect.stringContaining("does not take these credentials"),
    ]);
  });

  it("says how it is used where it is told something else", async () => {
    const { code, printed } = await republish(OPERATOR.authToken, ["--to", server.url]);
    expect([code, printed]).toEqual([1, expect.stringContaining("\nUsage: npm run republish ")]);
    expect(printed).not.toContain("    at ");
  });
});
