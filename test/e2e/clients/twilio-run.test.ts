import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, type Ringback, startRingback } from "./ringback.ts";
import { makeProject, type TwilioRun, twilioRunIn, writeFiles } from "./twilio-run.ts";

const DOMAIN = /prompts-\d{4}(?:-[a-z]+)?\.localhost:\d+/;

/** What `deploy -o json` prints, as far as it is looked at. */
type Deployed = {
  domain: string;
  serviceSid: string;
  environmentSid: string;
  buildSid: string;
  assets: { access: string; path: string; url: string }[];
};

// Each run of twilio-run takes a second of processor time before it does anything.
vi.setConfig({ testTimeout: 120_000 });

let ringback: Ringback;
let project: string;
let twilioRun: TwilioRun;
let rolledBackTo: string;

beforeAll(async () => {
  ringback = await startRingback();
  project = makeProject(
    "prompts",
    {
      "assets/hello.txt": "Ahoy",
      "assets/ivr/main menu.xml": "<Response><Say>Ahoy</Say></Response>",
      "assets/balance.protected.txt": "42",
      "assets/crew.private.json": "[]",
    },
    { GREETING: "Ahoy, höy & hi" },
  );
  twilioRun = twilioRunIn(project, ringback);
});
afterAll(() => ringback?.stop());

async function json<Printed>(args: string[], environment?: Record<string, string>) {
  const run = await twilioRun([...args, "-o", "json"], environment);
  expect(run.code, run.said).toBe(0);
  return JSON.parse(run.out) as Printed;
}

async function status(url: string): Promise<number> {
  return (await ringback.fetch(url)).status;
}

async function text(url: string): Promise<string> {
  return (await ringback.fetch(url)).body.toString();
}

describe("twilio-run deploy", () => {
  let first: Deployed;

  it("deploys a project and prints where it is", async () => {
    const { code, out, said } = await twilioRun(["deploy"]);
    expect(said).toContain("Serverless project successfully deployed");
    expect(code).toBe(0);
    const domain = DOMAIN.exec(out)?.[0];
    expect(out).toMatch(`https://${domain}/ivr/main-menu.xml`);
    expect(await text(`https://${domain}/hello.txt`)).toBe("Ahoy");
  });

  it("deploys it again to the service that its .twiliodeployinfo names", async () => {
    const cache = path.join(project, ".twiliodeployinfo");
    const before = JSON.parse(readFileSync(cache, "utf8"))[`${ACCOUNT_SID}:us1`];
    writeFiles(project, { "assets/hello.txt": "Ahoy again" });
    first = await json<Deployed>(["deploy"]);
    expect(first.serviceSid).toBe(before.serviceSid);
    expect(first.buildSid).not.toBe(before.latestBuild);
    const { domain, assets } = first;
    expect(assets.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { access: "protected", path: "/balance.txt", url: `https://${domain}/balance.txt` },
      { access: "private", path: "/crew.json", url: `https://${domain}/crew.json` },
      { access: "public", path: "/hello.txt", url: `https://${domain}/hello.txt` },
      { access: "public", path: "/ivr/main-menu.xml", url: `https://${domain}/ivr/main-menu.xml` },
    ]);
    expect(await Promise.all(assets.map(({ url }) => status(url)))).toEqual(
      assets.map(({ access }) => ({ public: 200, protected: 403, private: 404 })[access]),
    );
    expect(await text(`https://${domain}/hello.txt`)).toBe("Ahoy again");
  });

  it("keeps environments apart, and takes its edge by name as well as by address", async () => {
    writeFiles(project, { "assets/hello.txt": "Ahoy from the stage" });
    const edge = { TWILIO_EDGE: `@localhost:${ringback.port}/` };
    const stage = await json<Deployed>(["deploy", "--environment=stage"], edge);
    const base = first.domain.replace(/-dev(?=\.)/, "");
    expect(stage.domain).toBe(base.replace(".", "-stage."));
    expect(await text(`https://${stage.domain}/hello.txt`)).toBe("Ahoy from the stage");
    expect(await text(`https://${first.domain}/hello.txt`)).toBe("Ahoy again");
    const production = await json<Deployed>(["deploy", "--production"], edge);
    expect(production.domain).toBe(base);
    expect(await status(`https://${base}/hello.txt`)).toBe(200);
  });

  it("without its cache, deploys over a service of the same name only when told to", async () => {
    rmSync(path.join(project, ".twiliodeployinfo"));
    const refused = await twilioRun(["deploy"]);
    expect(refused.code).toBe(1);
    expect(refused.said).toContain('Service with name "prompts" already exists');
    expect(existsSync(path.join(project, ".twiliodeployinfo"))).toBe(false);
    const overridden = await json<Deployed>(["deploy", "--override-existing-project"]);
    expect(overridden.serviceSid).toBe(first.serviceSid);
    const forced = await json<Deployed>(["deploy", "--force"]);
    expect([forced.serviceSid, forced.domain]).toEqual([first.serviceSid, first.domain]);
    expect(forced.buildSid).not.toBe(overridden.buildSid);
  });

  it.concurrent.each([
    ["a wrong token", ["--password", "wrong"], "20003 Authenticate"],
    [
      "a name that makes no domain",
      ["-n", "Prompts & more"],
      'it becomes part of a domain name, and "prompts & more" may hold only letters, digits and hyphens',
    ],
    [
      "an environment's name that is too long",
      ["--force", "--environment=seventeenletters1"],
      "20001 Invalid parameter DomainSuffix: it must be at most 16 characters long",
    ],
  ])("says why %s is refused", async (_case, flags, reason) => {
    const refused = makeProject("prompts", { "assets/hello.txt": "No" });
    const credentials = ["-u", ACCOUNT_SID, "--password", AUTH_TOKEN];
    const deploy = twilioRunIn(refused, ringback);
    const { code, said } = await deploy(["deploy", ...credentials, ...flags]);
    expect(said).toContain(reason);
    expect(code).toBe(1);
  });

  it.concurrent.each([
    [
      "a header that may not be set",
      { "assets/_headers": "/*\n  Cache-Control: no-cache\n  Content-Length: 3\n" },
      "20001 /_headers line 3: Content-Length cannot be set",
    ],
    [
      "two files that get one path",
      { "assets/a b.txt": "", "assets/a-b.txt": "" },
      "20001 Different Assets with the same path /a-b.txt. Conflicting SIDs: ZN",
    ],
    [
      "a variable that is too long",
      { ".env.long": `GREETING=${"a".repeat(451)}\n`, "assets/a.txt": "" },
      "20001 Invalid parameter Value: it must be at most 450 bytes long",
    ],
  ])("says why %s is refused, and serves what it served", async (_case, files, reason) => {
    const refused = makeProject("refused", files);
    const variables = ".env.long" in files ? ["--env", ".env.long"] : [];
    const { code, said } = await twilioRunIn(
      refused,
      ringback,
    )([
      ...["deploy", "--force", "--service-sid", first.serviceSid],
      ...["-u", ACCOUNT_SID, "--password", AUTH_TOKEN, ...variables],
    ]);
    expect(said).toContain(reason);
    expect(code).toBe(1);
    expect(await text(`https://${first.domain}/hello.txt`)).toBe("Ahoy from the stage");
  });
});

describe("twilio-run promote", () => {
  let dev: Deployed;

  it("moves a build from one environment to another", async () => {
    writeFiles(project, { "assets/hello.txt": "Ahoy, promoted" });
    dev = await json<Deployed>(["deploy", "--force"]);
    const stage = await json<Deployed>([
      ...["promote", "--source-environment=dev", "--environment=stage"],
    ]);
    expect([stage.buildSid, stage.serviceSid]).toEqual([dev.buildSid, dev.serviceSid]);
    expect(await text(`https://${stage.domain}/hello.txt`)).toBe("Ahoy, promoted");
  });

  it("makes the environment when told to", async () => {
    const demo = ["promote", "--source-environment=dev", "--environment=demo"];
    expect((await twilioRun(demo)).code).toBe(1);
    const { domain } = await json<Deployed>([...demo, "--create-environment"]);
    expect(await text(`https://${domain}/hello.txt`)).toBe("Ahoy, promoted");
  });

  it("rolls back to an older build by its SID", async () => {
    writeFiles(project, { "assets/hello.txt": "Ahoy, mistaken" });
    const mistaken = await json<Deployed>(["deploy"]);
    expect(await text(`https://${mistaken.domain}/hello.txt`)).toBe("Ahoy, mistaken");
    const back = await json<Deployed>(["promote", "--build-sid", dev.buildSid, "--to=dev"]);
    expect(back.buildSid).toBe(dev.buildSid);
    rolledBackTo = dev.buildSid;
    expect(await text(`https://${dev.domain}/hello.txt`)).toBe("Ahoy, promoted");
  });

  it("says that the build is live there already", async () => {
    const { code, said } = await twilioRun([
      ...["promote", "--source-environment=dev", "--environment=stage"],
    ]);
    expect(code).toBe(1);
    expect(said).toContain("20409 Environment already has requested deployment.");
    // What twilio-run adds by itself for this code alone.
    expect(said).toContain("already live");
  });
});

describe("twilio-run list", () => {
  it("lists every kind of resource", async () => {
    type Entries = Record<string, string>[];
    type Listed = Record<string, Entries | { entries: Entries }>;
    // Services are listed alone or not at all.
    const [services, others] = await Promise.all([
      json<Listed>(["list", "services"]),
      json<Listed>(["list", "environments,assets,variables,functions"]),
    ]);
    const listed = { ...services, ...others };
    const values = (type: string, field: string) => {
      const list = listed[type] ?? [];
      return (Array.isArray(list) ? list : list.entries).map((entry) => entry[field]).toSorted();
    };
    expect(values("services", "unique_name")).toEqual(["prompts"]);
    expect(values("environments", "domain_suffix")).toEqual(["demo", "dev", null, "stage"]);
    expect(values("assets", "path")).toEqual([
      ...["/balance.txt", "/crew.json", "/hello.txt", "/ivr/main-menu.xml"],
    ]);
    expect(values("variables", "key")).toEqual(["GREETING"]);
    expect(values("functions", "path")).toEqual([]);
  });

  it("prints builds, the newest first, and environments as tables", async () => {
    const { out, code } = await twilioRun(["list", "builds,environments"]);
    expect(code).toBe(0);
    const builds = out.match(/^ZB[0-9a-f]{32} +completed/gm) ?? [];
    expect(builds.length).toBeGreaterThan(5);
    expect(builds[1]).toContain(rolledBackTo);
    expect(out).toMatch(/stage-environment +prompts-\d{4}-stage\.localhost/);
  });
});

describe("twilio-run env", () => {
  /** The variables that a client sees, each as `KEY=value`. */
  async function variables(): Promise<string[]> {
    const printed = await json<{ variables: { key: string; value: string }[] }>([
      ...["env", "list", "--show-values"],
    ]);
    return printed.variables.map(({ key, value }) => `${key}=${value}`).toSorted();
  }

  it("sets, changes, lists and unsets a variable", async () => {
    expect(await variables()).toEqual(["GREETING=Ahoy, höy & hi"]);
    for (const value of ["one", "two, with spaces + signs"]) {
      expect((await twilioRun(["env", "set", "--key", "LINE", "--value", value])).code).toBe(0);
    }
    expect(await variables()).toEqual(["GREETING=Ahoy, höy & hi", "LINE=two, with spaces + signs"]);
    expect((await twilioRun(["env", "unset", "--key", "LINE"])).code).toBe(0);
    expect(await variables()).toEqual(["GREETING=Ahoy, höy & hi"]);
    expect((await twilioRun(["env", "list"])).out).toMatch(/^GREETING Use --show-values/m);
  });

  it("imports a file in place of all that was set", async () => {
    writeFiles(project, {
      ".env.stage": `${readFileSync(path.join(project, ".env"), "utf8").replace(/GREETING.*\n/, "")}A=1\nB=2\n`,
    });
    const { code, said } = await twilioRun(["env", "import", "--env", ".env.stage"]);
    expect([code, said]).toEqual([0, expect.stringContaining("Environment variables updated")]);
    expect(await variables()).toEqual(["A=1", "B=2"]);
  });
});

describe("twilio-run logs", () => {
  it("finds none where no Function runs", async () => {
    const { code, out, said } = await twilioRun(["logs"]);
    expect([code, out, said]).toEqual([0, "", ""]);
  });
});
