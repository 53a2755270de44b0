import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { call, remove } from "../../../scripts/deploy/serverless-api.ts";
import { request } from "../../../scripts/request.ts";
import { asset, fn, type SeededFile, type SeededService, seedService } from "./seed-services.ts";
import type { Fault } from "./twilio-stand-in.ts";
import { counts, domainOf, startWays, TARGET, type Ways } from "./ways.ts";

const FILES = [
  asset("/a.txt", "first"),
  asset("/b.txt", "second"),
  asset("/c.xml", "<Response/>", "protected"),
];
/** With a function, where a test needs one: its build takes a second at each side. */
const WITH_FUNCTION = [
  ...FILES,
  fn("/f", 'exports.handler = (context, event, callback) => callback(null, "Ahoy");'),
];

let ways: Ways;
beforeAll(async () => {
  ways = await startWays();
});
afterAll(() => ways?.close());
beforeEach(() => {
  ways.twilio.fault = () => null;
  ways.twilio.requests.length = 0;
});

// An account has ten services at most.
afterEach(async () => {
  for (const api of [ways.source, ways.target]) {
    const { services } = await call<{ services: { sid: string }[] }>(api, "GET", "/Services");
    for (const { sid } of services) await remove(api, `/Services/${sid}`);
  }
});

let made = 0;

/** A service of its own for a test, deployed at Twilio. */
async function freshService(
  files: SeededFile[] = FILES,
): Promise<SeededService & { name: string; run: (args?: string[]) => ReturnType<Ways["run"]> }> {
  made += 1;
  const name = `s${made}`;
  const service = await seedService(ways.source, name);
  await service.deploy({ uniqueName: "production", files, variables: { KEY: "value" } });
  return { ...service, name, run: (args = []) => ways.run(["--service", name, ...args]) };
}

/** The fault that comes instead of each answer whose request holds `part`; the first `times` ones. */
function failing(part: string, fault: Fault, times = Number.POSITIVE_INFINITY) {
  let left = times;
  ways.twilio.fault = (line) => {
    if (!line.includes(part) || left <= 0) return null;
    left -= 1;
    return fault;
  };
}

const asked = (part: string) => ways.twilio.requests.filter((line) => line.includes(part)).length;

const ERROR = { status: 500, body: "Internal Server Error" };

describe("before anything is copied", () => {
  const target = TARGET.accountSid;
  it.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
    [
      "Twilio's token is wrong",
      ["--all"],
      { TWILIO_AUTH_TOKEN: "wrong" },
      /^Twilio does not take these credentials \(HTTP 401\): the token is not that of ACa/,
    ],
    [
      "Twilio's token is nowhere",
      ["--all"],
      { TWILIO_AUTH_TOKEN: "" },
      /^Set TWILIO_AUTH_TOKEN to the auth token of ACa/,
    ],
    [
      "the token is another account's",
      ["--all"],
      { TWILIO_ACCOUNT_SID: target },
      /^TWILIO_AUTH_TOKEN is that of ACb.*, by TWILIO_ACCOUNT_SID\. Set both to those of ACa/,
    ],
    [
      "this Ringback's token is wrong",
      ["--all"],
      { RINGBACK_AUTH_TOKEN: "wrong" },
      /does not take these credentials\. Set RINGBACK_ACCOUNT_SID and RINGBACK_AUTH_TOKEN/,
    ],
    [
      "this Ringback's credentials are an API key",
      ["--all"],
      { RINGBACK_ACCOUNT_SID: `SK${target.slice(2)}` },
      /^RINGBACK_ACCOUNT_SID must be an account SID/,
    ],
    [
      "the other Ringback's credentials are nowhere",
      ["--all", "--to", "https://example.net"],
      { RINGBACK_ACCOUNT_SID: "" },
      /^Set RINGBACK_ACCOUNT_SID and RINGBACK_AUTH_TOKEN to those of the account at https:\/\/ex/,
    ],
    [
      "nothing answers",
      ["--all", "--to", "http://127.0.0.1:9"],
      {},
      /^Nothing answers at http:\/\/127\.0\.0\.1:9 \(.*ECONNREFUSED.*\)\.\nStart a Ringback/,
    ],
    ["there is no such service", ["--service", "nobody"], {}, /^There is no service "nobody" in/],
    [
      "the folder of private assets is not there",
      ["--all", "--private-from", "/nowhere"],
      {},
      /^--private-from: there is no folder \/nowhere/,
    ],
    [
      "a token is on the command line",
      ["--all", "--auth-token=x"],
      {},
      /^A token does not belong on the command line\./,
    ],
    ["--rename has no new name", ["--rename", "a"], {}, /^--rename is the old and the new name/],
    ["--to is no address", ["--to", "example.net"], {}, /^--to is a web address like https:/],
    ["--undo goes without --numbers", ["--undo", "x"], {}, /^--apply and --undo go with --numbers/],
  ])("says that %s", async (_, args, environment, reason) => {
    const before = await counts(ways.target);
    const { code, out } = await ways.run(args, environment);
    expect([code, out]).toEqual([1, expect.stringMatching(reason)]);
    expect(await counts(ways.target)).toEqual(before);
  });

  it("says that what is there is no Ringback", async () => {
    const server = createServer((_, response) => response.writeHead(404).end("nginx"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, out } = await ways.run(["--all", "--to", url]);
    server.close();
    expect([code, out]).toEqual([1, expect.stringContaining("and not as a Ringback does.")]);
  });

  it("lists the services where none is named", async () => {
    const { name } = await freshService();
    const { code, out } = await ways.run([]);
    expect([code, out]).toEqual([1, expect.stringContaining(`\n  ${name}\n`)]);
  });
});

describe("what fails for a while", () => {
  it.each([
    ["429", { status: 429, headers: { "Retry-After": "0" }, body: '{"code":20429}' }],
    ["500", ERROR],
    ["503 with a date", { status: 503, headers: { "Retry-After": new Date(0).toUTCString() } }],
    ["a connection that ends before the file does", { status: 200, body: "fir", length: 5 }],
  ])("is tried again: %s of a site", async (_, fault) => {
    const { run } = await freshService();
    failing("/a.txt", fault, 2);
    const { code, out } = await run();
    expect([code, out]).toEqual([0, expect.stringContaining("3 public or protected files")]);
    expect(asked("/a.txt")).toBe(3);
  });

  it("is tried again: 429 of the API", async () => {
    const { run } = await freshService(WITH_FUNCTION);
    failing("/Content", { status: 429, headers: { "Retry-After": "0" }, body: "{}" }, 2);
    expect((await run()).code).toBe(0);
    expect(asked("/Content")).toBe(3);
  });
});

describe("what fails for good", () => {
  it("a site that answers 500: its environment is not made, others are, and it goes on later", async () => {
    const broken = await freshService();
    const well = await freshService();
    const domain = (await domainOf(ways.source, broken.name)).split(":")[0] as string;
    failing(domain, ERROR);
    const names = ["--service", broken.name, "--service", well.name];
    const { code, out } = await ways.run(names);
    expect(code).toBe(1);
    expect(out).toMatch(/Several files could not be copied, so .*\/[abc]\.\w+ answers 500/);
    expect(out).toContain(`(not done)\n`);
    expect(out).toContain("3 public or protected files were fetched from both sides and are equal");
    ways.twilio.fault = () => null;
    const again = await ways.run(names);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("1 deployment made.")]);
  });

  it("one file that is not there: it is named, and so is how to do without it", async () => {
    const { run, name } = await freshService();
    failing("/b.txt", { status: 404, body: "Not found" });
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toContain("To do without them: --skip /b.txt");
    expect(out).toMatch(
      /Left out:\n.*\n {4}\/b\.txt: http:\S+\/b\.txt answers 404: it is not there/,
    );
    expect(await counts(ways.target)).toMatchObject({ deployments: expect.any(Number) });
    const without = await run(["--skip", "/b.txt"]);
    expect([without.code, without.out]).toEqual([0, expect.stringContaining("/b.txt: --skip")]);
    const site = `http://${await domainOf(ways.target, name)}`;
    expect((await request(`${site}/a.txt`)).body.toString()).toBe("first");
    expect((await request(`${site}/b.txt`)).status).toBe(404);
  });

  it("a file over the limits", async () => {
    const { run } = await freshService();
    failing("/a.txt", { status: 200, body: new Uint8Array(26214401) });
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toMatch(/\/a\.txt: It has 26\.2 MB; http:\S+ takes at most 26\.2 MB/);
  });

  it("a service that is deleted at Twilio while it is copied: the next one is copied", async () => {
    const gone = await freshService(WITH_FUNCTION);
    const stays = await freshService();
    ways.twilio.fault = async (line) => {
      if (line.endsWith("/Content") && line.includes(gone.sid)) {
        await remove(ways.source, `/Services/${gone.sid}`);
      }
      return null;
    };
    const { code, out } = await ways.run(["--service", gone.name, "--service", stays.name]);
    expect(code).toBe(1);
    expect(out).toContain("Twilio does not have the function /f any more (404): was it deleted");
    expect(out).toContain("3 public or protected files were fetched from both sides and are equal");
  });

  it("a service that is deleted here while it is copied", async () => {
    const { run, name } = await freshService();
    ways.twilio.fault = async (line) => {
      if (line.includes("/a.txt")) await remove(ways.target, `/Services/${name}`);
      return null;
    };
    const { code, out } = await run();
    expect([code, out]).toEqual([1, expect.stringContaining("does not have it any more (404)")]);
    ways.twilio.fault = () => null;
    expect((await run()).code).toBe(0);
  });

  it("a deployment at Twilio while it is copied: nothing of two builds is mixed", async () => {
    const service = await freshService();
    let deployed = false;
    ways.twilio.fault = async (line) => {
      if (line.includes("/a.txt") && !deployed) {
        deployed = true;
        const files = FILES.map((file) => (file.path === "/a.txt" ? asset("/a.txt", "new") : file));
        await service.deploy({ uniqueName: "production", files });
      }
      return null;
    };
    const { code, out } = await service.run();
    expect([code, out]).toEqual([1, expect.stringContaining("It was deployed anew at Twilio")]);
    expect((await service.run()).code).toBe(0);
    const site = `http://${await domainOf(ways.target, service.name)}`;
    expect((await request(`${site}/a.txt`)).body.toString()).toBe("new");
  });

  it("a name that is taken: nothing is changed, and the sentence says what to do", async () => {
    const { run, name } = await freshService();
    const other = await seedService(ways.target, name);
    const domain = await other.deploy({ uniqueName: "own", files: [asset("/own.txt", "own")] });
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toContain(`The name "${name}" is taken: ${ways.target.url} has a service of that`);
    expect(out).toContain(`--rename ${name}=${name}-2`);
    expect((await request(`http://${domain}/own.txt`)).body.toString()).toBe("own");
    const renamed = await run(["--rename", `${name}=${name}-2`]);
    expect([renamed.code, renamed.out]).toEqual([0, expect.stringContaining(`//${name}-2-`)]);
  });

  it("a name that no domain can have", async () => {
    const { run, name } = await freshService();
    const { code, out } = await run(["--rename", `${name}=a.b`]);
    expect(code).toBe(1);
    expect(out).toContain("says: Invalid parameter UniqueName: ");
  });

  it("private assets: listed by name, and left out where that is said", async () => {
    const { run, name } = await freshService([...FILES, asset("/p.json", "{}", "private")]);
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toContain("Twilio gives nobody its private assets, and these are needed:\n");
    expect(out).toContain("\n      /p.json\n");
    type Row = { build_sid: string | null };
    const resource = `/Services/${name}/Environments`;
    const list = await call<{ environments: Row[] }>(ways.target, "GET", resource);
    expect(list.environments).toMatchObject([{ build_sid: null }]);
    const without = await run(["--without-private"]);
    expect(without.code).toBe(0);
    expect(without.out).toContain("/p.json: a private asset, which Twilio gives nobody");
  });

  it("a function that this Ringback refuses: its words, with the file", async () => {
    const { run } = await freshService(WITH_FUNCTION);
    const body = JSON.stringify({ content: "exports.handler = (" });
    failing("/Content", { status: 200, headers: { "Content-Type": "application/json" }, body });
    const { code, out } = await run();
    expect([code, out]).toEqual([1, expect.stringMatching(/(?:says|build failed).*\/f\b/s)]);
  });
});

describe("hundreds of assets", () => {
  const files = Array.from({ length: 400 }, (_, index) => asset(`/m/${index}.txt`, `${index}`));

  it("that are broken off go on where they were, and nothing is uploaded twice", async () => {
    const { run, name } = await freshService(files);
    const usage = async () => {
      type Row = { unique_name: string; assets: number; builds: number; stored_bytes: number };
      const { services } = await call<{ services: Row[] }>(ways.target, "GET", "/Usage");
      const row = services.find(({ unique_name }) => unique_name === name);
      return row && [row.assets, row.builds, row.stored_bytes];
    };
    let fetched = 0;
    ways.twilio.fault = (line) => (line.includes("/m/") && ++fetched > 170 ? ERROR : null);
    const first = await run();
    expect([first.code, first.out]).toEqual([1, expect.stringContaining("answers 500")]);
    expect(first.out).toMatch(
      /^1[5-7]\d files \(\S+ \w+\) uploaded, 1 variable set, 0 deployments made/m,
    );
    // What was under way when one failed may or may not have arrived.
    const [kept = 0, builds] = (await usage()) ?? [];
    expect([kept >= 150 && kept <= 170, builds], `${kept} kept`).toEqual([true, 0]);
    ways.twilio.fault = () => null;
    ways.twilio.requests.length = 0;
    const second = await run();
    expect(second.out).toContain("400 public or protected files were fetched from both sides");
    expect(second.code).toBe(0);
    // The numbers from 0 to 399 have 1090 digits.
    expect(await usage()).toEqual([400, 1, 1090]);
    // They are noted by fifties: at most one of these is fetched once more.
    expect(asked("/m/")).toBeGreaterThanOrEqual(400 - kept);
    expect(asked("/m/")).toBeLessThanOrEqual(400 - kept + 50);
  });
});
