import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { handleControlPlane } from "../../src/api/app.ts";
import { accountRecordKey } from "../../src/contract/account-record.ts";
import { storedValue } from "../stored-value.ts";
import { addAccount, apiRequest, call, type Form } from "./client.ts";
import { addProject, deploy } from "./deployed.ts";

// An account has 10 services at most.
afterEach(() => env.DB.prepare("DELETE FROM services").run());

/** Sends a request whose client goes away at once: only what waits for itself is done. */
async function breakOff(method: string, url: string, form?: Form): Promise<void> {
  const ctx = createExecutionContext();
  const bindings = { ...env } as unknown as Env;
  void handleControlPlane(apiRequest(method, url, form), bindings, ctx, () => {});
  await waitOnExecutionContext(ctx);
}

async function served(hostname: string): Promise<boolean> {
  return (await storedValue(`host:${hostname.replace(":8787", "")}`)) !== null;
}

describe("a change whose client goes away is made whole:", () => {
  it("a deployment is served", async () => {
    const { environment, build } = await addProject("goes");
    await breakOff("POST", `${environment.url}/Deployments`, { BuildSid: build.sid });
    expect(await served(environment.domain_name)).toBe(true);
  });

  it("a build is completed", async () => {
    const { service, build } = await addProject("goes");
    const versions = build.asset_versions.map(({ sid }: { sid: string }) => sid);
    await breakOff("POST", service.links.builds, { AssetVersions: versions });
    const { builds } = (await call("GET", service.links.builds)).body;
    expect(builds.map(({ status }: { status: string }) => status)).toEqual([
      "completed",
      "completed",
    ]);
  });

  it("a deleted environment, service or domain is served no more", async () => {
    for (const what of ["environment", "service", "domain"] as const) {
      const { service, environment, build } = await addProject(`goes-${what}`);
      await deploy(environment.url, build.sid);
      const Hostname = `${what}.example.org`;
      const domain = (await call("POST", `${environment.url}/Domains`, { Hostname })).body;
      expect(await served(Hostname)).toBe(true);
      await breakOff("DELETE", { environment, service, domain }[what].url);
      expect(await served(Hostname)).toBe(false);
    }
  });

  it("a deleted account's tokens are gone", async () => {
    const { username } = await addAccount("goes");
    await breakOff("DELETE", `/Accounts/${username}`);
    expect(await storedValue(accountRecordKey(username))).toBeNull();
  });
});
