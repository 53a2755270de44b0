import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeManifest } from "../../src/contract/manifest.ts";
import { storedValue } from "../stored-value.ts";
import { addEnvironment, apiRequest, call, callWith } from "./client.ts";
import { addBuild, addProject, deploy } from "./deployed.ts";

afterEach(() => env.DB.prepare("DELETE FROM services").run());

/** The build that KV says `hostname` serves. */
async function served(hostname: string): Promise<string | null> {
  const value = await storedValue(`host:${hostname}`);
  if (value === null) return null;
  const decoded = decodeManifest(value, hostname);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.manifest.build;
}

function addDomain(environment: { url: string }, hostname: string) {
  return call("POST", `${environment.url}/Domains`, { Hostname: hostname });
}

describe("a custom domain", () => {
  it.each([
    ["here", () => new Response("<p>There is nothing at this address.</p>", { status: 404 })],
    ["elsewhere", () => new Response("Parked", { status: 200 })],
    ["elsewhere", () => new Response("Not found", { status: 404 })],
    [
      "none",
      () => {
        throw new TypeError("no such host");
      },
    ],
  ] as const)("tells that it answers %s", async (expected, answer) => {
    const { environment } = await addProject("answers");
    const { body: domain } = await addDomain(environment, "media.example.com");
    // Only the name's answer is made up: no test may depend on the world.
    const fetching = vi.spyOn(globalThis, "fetch").mockImplementation(async () => answer());
    const { status, body } = await call("GET", `${domain.url}/Answer`);
    const [[asked]] = fetching.mock.calls as [[string]];
    fetching.mockRestore();
    expect(status).toBe(200);
    expect(body).toEqual({
      account_sid: env.TWILIO_ACCOUNT_SID,
      domain_sid: domain.sid,
      hostname: "media.example.com",
      answer: expected,
      cname: environment.domain_name.replace(":8787", ""),
      url: `${domain.url}/Answer`,
    });
    expect(asked).toMatch(/^https:\/\/media\.example\.com\/\.is-this-here-[0-9a-f-]{36}$/);
  });

  it("serves what its environment has deployed, from when it is added until it is deleted", async () => {
    const { service, environment, build } = await addProject("domains");
    await deploy(environment.url, build.sid);
    const { status, body } = await addDomain(environment, "Media.Example.com");
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(/^DM[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      environment_sid: environment.sid,
      hostname: "media.example.com",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url: `${environment.url}/Domains/${body.sid}`,
    });
    expect((await call("GET", body.url)).body).toEqual(body);
    expect((await call("GET", `${environment.url}/Domains`)).body).toMatchObject({
      domains: [body],
      meta: { key: "domains" },
    });
    expect(await served("media.example.com")).toBe(build.sid);
    expect((await call("DELETE", body.url)).status).toBe(204);
    expect(await served("media.example.com")).toBeNull();
    expect((await call("DELETE", body.url)).status).toBe(404);
  });

  it("follows every deployment and un-deployment", async () => {
    const { service, environment, build } = await addProject("domain-follows");
    await addDomain(environment, "a.example.com");
    expect(await served("a.example.com")).toBeNull();
    await deploy(environment.url, build.sid);
    expect(await served("a.example.com")).toBe(build.sid);
    const newer = await addBuild(service.sid, [{ path: "/new" }]);
    await deploy(environment.url, newer.sid);
    expect(await served("a.example.com")).toBe(newer.sid);
    await deploy(environment.url);
    expect(await served("a.example.com")).toBeNull();
  });

  it("goes with its environment", async () => {
    const { environment, build } = await addProject("domain-goes");
    await deploy(environment.url, build.sid);
    await addDomain(environment, "b.example.com");
    await call("DELETE", environment.url);
    expect(await served("b.example.com")).toBeNull();
  });

  it("has one owner, whoever asks first", async () => {
    const { service, environment } = await addProject("one-owner");
    const stage = { UniqueName: "stage", DomainSuffix: "stage" };
    const other = await addEnvironment(service.sid, stage);
    const answers = await Promise.all([
      addDomain(environment, "c.example.com"),
      addDomain(other, "C.EXAMPLE.COM"),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 20409,
      message: "The Hostname c.example.com is registered already",
    });
  });

  it("can move to another environment", async () => {
    const { service, environment, build } = await addProject("moves");
    const stage = { UniqueName: "stage", DomainSuffix: "stage" };
    const other = await addEnvironment(service.sid, stage);
    const newer = await addBuild(service.sid, [{ path: "/new" }]);
    await deploy(environment.url, build.sid);
    await deploy(other.url, newer.sid);
    const domain = await addDomain(environment, "d.example.com");
    await call("DELETE", domain.body.url);
    await addDomain(other, "d.example.com");
    expect(await served("d.example.com")).toBe(newer.sid);
  });

  it.each([
    ["bücher.example", "xn--bcher-kva.example"],
    ["A-1.EXAMPLE.CO.UK", "a-1.example.co.uk"],
  ])("%s is %s", async (given, hostname) => {
    const { environment } = await addProject("spelling");
    expect((await addDomain(environment, given)).body.hostname).toBe(hostname);
  });

  const NOT_PUBLIC = "it must be a public host name";
  const LABELS =
    "each of its labels must be 1 to 63 letters, digits and hyphens, and not start or end with a hyphen";
  it.each([
    ["shop-1234.localhost", NOT_PUBLIC],
    ["localhost", NOT_PUBLIC],
    ["printer.local", NOT_PUBLIC],
    ["single", NOT_PUBLIC],
    ["127.0.0.1", "it must be a name, not an address"],
    ["0x7f.1", "it must be a name, not an address"],
    ["[::1]", "it must be a host name, without a port"],
    ["example.com:8080", "it must be a host name, without a port"],
    ["example.com/a", "it must be a host name, without a port"],
    ["https://example.com", "it must be a host name, without a port"],
    ["me@example.com", "it must be a host name, without a port"],
    ["*.example.com", "it must be a host name, without a port"],
    ["a_b.example.com", "it must be a host name, without a port"],
    ["a%2eexample.com", "it must be a host name, without a port"],
    ["example.com.", LABELS],
    [".example.com", LABELS],
    ["a..example.com", LABELS],
    ["-a.example.com", LABELS],
    [`${"a".repeat(64)}.example.com`, LABELS],
    [`${"a.".repeat(125)}com`, null],
    [`${"a.".repeat(126)}co`, "it must be at most 253 characters long"],
  ])("%s is refused: %s", async (hostname, reason) => {
    const { environment } = await addProject("refused");
    const { status, body } = await addDomain(environment, hostname);
    if (reason === null) expect(status).toBe(201);
    else expect([status, body.message]).toEqual([400, `Invalid parameter Hostname: ${reason}`]);
  });

  it("below the installation's own domain is refused", async () => {
    const { environment } = await addProject("own-domain");
    for (const hostname of ["example.net", "a.example.net", "serverless.Example.NET"]) {
      const path = `${environment.url}/Domains`;
      const request = apiRequest("POST", path, { Hostname: hostname });
      const { status, body } = await callWith({ BASE_DOMAIN: "example.net" }, request);
      expect([status, body.message]).toEqual([
        400,
        "Invalid parameter Hostname: it belongs to this installation",
      ]);
    }
  });

  it("is one of at most 20 in an environment", async () => {
    const { environment } = await addProject("many-domains");
    for (let index = 0; index < 20; index++) {
      expect((await addDomain(environment, `n${index}.example.com`)).status).toBe(201);
    }
    const { status, body } = await addDomain(environment, "n20.example.com");
    expect([status, body.message]).toEqual([
      400,
      "Domains are limited to less than or equal to 20 in an Environment",
    ]);
  });
});
