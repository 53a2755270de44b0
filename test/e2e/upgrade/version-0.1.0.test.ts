/**
 * The way from version 0.1.0: what a local start of that version kept (KV, R2 and D1, as it wrote them)
 * is opened by today's code. version-0.1.0.tar.gz is the folder `.ringback` of commit a824b5d after a
 * service was made through its API: two builds with public, protected and private assets, header rules
 * and functions, two environments, `dev` with the second build and a custom domain, and `production`
 * with the first; and a subaccount with a service, an API key, a protected asset and a function.
 */
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "../../../scripts/request.ts";
import { newStateDirectory, OPERATOR, type StartedServer, startServer } from "../started-server.ts";

const SERVICE = "ZS0f654f0f19724008b1a391124e17bc26";
const FIRST_BUILD = "ZBb9c4db78cc5a49e0976e2181de4db77b";
const SECOND_BUILD = "ZB01554d2b540248df84058f2b008626dc";
const DEV = "ZE5a6bec683e094609abb0061f9718a999";
const PRODUCTION = "ZE4394247d1b6d490ba4a542769c261048";

/** The account beside the operator's, and its service. */
const BRANCH = {
  accountSid: "ACb0a7b0a7b0a7b0a7b0a7b0a7b0a7b0a7",
  authToken: "0dd50dd50dd50dd50dd50dd50dd50dd5",
  service: "ZSacdf3ff82dab44a7b621f0f7b034fa52",
  build: "ZB0dedbdc8eb16428eaf704115f3e99dd9",
  environment: "ZE383060d0208242e393771a8fbd6f354e",
  key: "SKcedda37cdaa94519bb293db2aa38383d",
  keySecret: "66ad7cc0e28392aff5f4529bf9d8567d129c27ac724c0de781aef1d3bb415f15",
};

let server: StartedServer;
beforeAll(async () => {
  const stateDirectory = newStateDirectory();
  const archive = path.join(import.meta.dirname, "version-0.1.0.tar.gz");
  execFileSync("tar", ["-xzf", archive, "-C", stateDirectory]);
  server = await startServer({
    stateDirectory,
    environment: {
      RINGBACK_DEMO: "0",
      ENCRYPTION_KEY: "cmluZ2JhY2stdGVzdC1rZXktMzItYnl0ZXMtbG9uZyE=",
    },
  });
});
afterAll(() => server?.stop());

const dev = (target: string) => `http://moved-1172-dev.localhost:${server.port}${target}`;
const production = (target: string) => `http://moved-1172.localhost:${server.port}${target}`;
const branch = (target: string) => `http://branch-9860.localhost:${server.port}${target}`;

function signed(url: string, authToken = OPERATOR.TWILIO_AUTH_TOKEN) {
  const signature = createHmac("sha1", authToken).update(url).digest("base64");
  return request(url, { headers: { "X-Twilio-Signature": signature } });
}

async function api<Answer>(
  target: string,
  form?: Record<string, string> | [string, string][],
  credentials = `${OPERATOR.TWILIO_ACCOUNT_SID}:${OPERATOR.TWILIO_AUTH_TOKEN}`,
  service = SERVICE,
): Promise<Answer> {
  const answer = await request(`${server.origin}/v1/Services/${service}${target}`, {
    method: form ? "POST" : "GET",
    headers: {
      Authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
      ...(form && { "Content-Type": "application/x-www-form-urlencoded" }),
    },
    ...(form && { body: new URLSearchParams(form).toString() }),
  });
  expect([target, answer.status < 300, String(answer.body).slice(0, 300)]).toMatchObject([
    target,
    true,
    expect.any(String),
  ]);
  return JSON.parse(answer.body.toString()) as Answer;
}

/** What each host serves, before anything is deployed anew: from the manifests that 0.1.0 wrote. */
async function expectServed(): Promise<void> {
  const first = await request(production("/greeting.txt"));
  expect([first.status, String(first.body), first.headers["x-ring"]]).toEqual([
    200,
    "Hello from the first build",
    "back",
  ]);
  const second = await request(dev("/greeting.txt"));
  expect([second.status, String(second.body)]).toEqual([200, "Hello from the second build"]);
  expect(String((await request(dev("/"))).body)).toBe("<h1>Moved</h1>\n");
  expect(String((await request(dev("/caf%C3%A9%20menu.txt"))).body)).toBe("soup");
  expect((await request(dev("/balance.xml"))).status).toBe(403);
  expect((await signed(dev("/balance.xml"))).status).toBe(200);
  expect((await request(dev("/crew.json"))).status).toBe(404);
}

async function expectFunctions(): Promise<void> {
  const answers = [
    [dev("/say"), "<Say>Ahoy Ida at sea</Say>"],
    [production("/say?Port=Oban"), "<Say>Ahoy Ida at Oban</Say>"],
  ] as const;
  for (const [url, said] of answers) {
    const answer = await request(url);
    expect([url, answer.status, String(answer.body)]).toEqual([
      url,
      200,
      expect.stringContaining(said),
    ]);
  }
  expect((await request(dev("/guarded"))).status).toBe(403);
  expect(JSON.parse(String((await signed(dev("/guarded"))).body))).toEqual({
    account: OPERATOR.TWILIO_ACCOUNT_SID,
    path: "/guarded",
  });
}

/** The subaccount's protected files and functions, by its own token; the custom domain as `dev`. */
async function expectOthersServed(): Promise<void> {
  expect((await request(branch("/guarded.xml"))).status).toBe(403);
  expect((await signed(branch("/guarded.xml"))).status).toBe(403);
  expect(String((await signed(branch("/guarded.xml"), BRANCH.authToken)).body)).toBe("<Response/>");
  const who = await signed(branch("/who"), BRANCH.authToken);
  expect(JSON.parse(String(who.body))).toEqual({ account: BRANCH.accountSid });
  const headers = { Host: "media.moved.example" };
  const domain = await request(`${server.origin}/greeting.txt`, { headers });
  expect([domain.status, String(domain.body)]).toEqual([200, "Hello from the second build"]);
}

type Version = { sid: string };
type Build = {
  sid: string;
  status: string;
  asset_versions: Version[];
  function_versions: Version[];
  dependencies: object[];
};

/** Makes a build anew of the versions that a build of 0.1.0 holds; returns its SID when it is made. */
async function buildAgain(sid: string, credentials?: string, service?: string): Promise<string> {
  const old = await api<Build>(`/Builds/${sid}`, undefined, credentials, service);
  expect(old.function_versions).not.toEqual([]);
  const form: [string, string][] = [
    ...old.asset_versions.map(({ sid }): [string, string] => ["AssetVersions", sid]),
    ...old.function_versions.map(({ sid }): [string, string] => ["FunctionVersions", sid]),
    ["Dependencies", JSON.stringify(old.dependencies)],
  ];
  const build = await api<Build>("/Builds", form, credentials, service);
  expect(build.sid).not.toBe(sid);
  for (let { status } = build; status !== "completed"; await setTimeout(200)) {
    const resource = `/Builds/${build.sid}/Status`;
    const now = await api<{ status: string }>(resource, undefined, credentials, service);
    expect(now).not.toMatchObject({ status: "failed" });
    ({ status } = now);
  }
  return build.sid;
}

describe("what version 0.1.0 has left behind", () => {
  it("is served from the manifests that it wrote", expectServed);

  it("answers with the functions that it built", expectFunctions);

  it("is served for its subaccount and under its custom domain", expectOthersServed);

  it("opens to its subaccount's token and API key", async () => {
    for (const credentials of [
      `${BRANCH.accountSid}:${BRANCH.authToken}`,
      `${BRANCH.key}:${BRANCH.keySecret}`,
    ]) {
      const { builds } = await api<{ builds: Build[] }>(
        "/Builds",
        undefined,
        credentials,
        BRANCH.service,
      );
      expect(builds).toMatchObject([{ sid: BRANCH.build, status: "completed" }]);
    }
    const { domains } = await api<{ domains: object[] }>(`/Environments/${DEV}/Domains`);
    expect(domains).toMatchObject([{ hostname: "media.moved.example" }]);
  });

  it("is listed by the API, variables and all", async () => {
    const { builds } = await api<{ builds: { sid: string; status: string }[] }>("/Builds");
    expect(builds.map(({ sid, status }) => [sid, status]).toSorted()).toEqual(
      [
        [FIRST_BUILD, "completed"],
        [SECOND_BUILD, "completed"],
      ].toSorted(),
    );
    const { variables } = await api<{ variables: { key: string; value: string }[] }>(
      `/Environments/${DEV}/Variables`,
    );
    expect(variables).toMatchObject([{ key: "GREETING", value: "Ahoy" }]);
    const { deployments } = await api<{ deployments: { build_sid: string }[] }>(
      `/Environments/${DEV}/Deployments`,
    );
    expect(deployments.map(({ build_sid }) => build_sid).toSorted()).toEqual(
      [FIRST_BUILD, SECOND_BUILD].toSorted(),
    );
  });

  it("can be rolled back and promoted", async () => {
    await api(`/Environments/${DEV}/Deployments`, { BuildSid: FIRST_BUILD });
    expect(String((await request(dev("/greeting.txt"))).body)).toBe("Hello from the first build");
    await api(`/Environments/${PRODUCTION}/Deployments`, { BuildSid: SECOND_BUILD });
    expect(String((await request(production("/greeting.txt"))).body)).toBe(
      "Hello from the second build",
    );
    expect(String((await request(production("/say"))).body)).toContain("Ahoy Ida at sea");
    await api(`/Environments/${DEV}/Deployments`, { BuildSid: SECOND_BUILD });
    await api(`/Environments/${PRODUCTION}/Deployments`, { BuildSid: FIRST_BUILD });
    await expectServed();
    await expectFunctions();
  });

  it("can be built again from the versions that it kept", async () => {
    const second = await buildAgain(SECOND_BUILD);
    await api(`/Environments/${DEV}/Deployments`, { BuildSid: second });
    const first = await buildAgain(FIRST_BUILD);
    await api(`/Environments/${PRODUCTION}/Deployments`, { BuildSid: first });
    const credentials = `${BRANCH.accountSid}:${BRANCH.authToken}`;
    const own = await buildAgain(BRANCH.build, credentials, BRANCH.service);
    const deployments = `/Environments/${BRANCH.environment}/Deployments`;
    await api(deployments, { BuildSid: own }, credentials, BRANCH.service);
    await expectServed();
    await expectFunctions();
    await expectOthersServed();
  });

  it("is the same after KV is made anew from D1", async () => {
    const credentials = { ...process.env, ...OPERATOR };
    const script = ["--no-warnings", "scripts/republish.ts", "--url", server.origin];
    const root = path.join(import.meta.dirname, "../../..");
    execFileSync(process.execPath, script, { cwd: root, env: credentials });
    await expectServed();
    await expectFunctions();
    await expectOthersServed();
  });
});
