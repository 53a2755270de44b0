import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { experimental_readRawConfig } from "wrangler";
import { cloudflareApi } from "../../../scripts/production/cloudflare-api.ts";
import { type Deployment, deploy } from "../../../scripts/production/deploy.ts";
import { type DeploySettings, readDeploySettings } from "../../../scripts/production/settings.ts";
import {
  type Wrangler,
  WranglerFailure,
  wranglerAt,
} from "../../../scripts/production/wrangler.ts";
import { type FakeCloudflare, newZone, startFakeCloudflare, TOKEN } from "./fake-cloudflare.ts";
import { type Account, answer, NOTHING } from "./fake-wrangler.ts";

const root = path.join(import.meta.dirname, "../../..");
const { rawConfig } = experimental_readRawConfig({ config: path.join(root, "wrangler.toml") });
const work = mkdtempSync(path.join(tmpdir(), "ringback-deploy-"));
const accountFile = path.join(work, "account.json");
afterAll(() => rmSync(work, { recursive: true }));

const SECRETS = {
  TWILIO_ACCOUNT_SID: "AC0123456789abcdef0123456789abcdef",
  TWILIO_AUTH_TOKEN: "canary-auth-token",
};

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
  process.env.FAKE_ACCOUNT = accountFile;
  return () => {
    vi.restoreAllMocks();
    delete process.env.FAKE_ACCOUNT;
  };
});

function writeAccount(account: Account): void {
  writeFileSync(accountFile, JSON.stringify(account));
}

function readAccount(): Account {
  return JSON.parse(readFileSync(accountFile, "utf8")) as Account;
}

/** The fake as a program of its own, as wrangler is. */
const spawned = wranglerAt(path.join(import.meta.dirname, "fake-wrangler.ts"), root);

/** The same without the time that a program takes to start. */
const called: Wrangler = async (args, input = "") => {
  const account = readAccount();
  try {
    return answer(account, args, input);
  } catch (error) {
    throw new WranglerFailure(args, (error as Error).message);
  } finally {
    writeAccount(account);
  }
};

/** One run; resolves to what stopped it, or to null. */
async function run(
  environment: Record<string, string> = SECRETS,
  wrangler = called,
  configuration = rawConfig,
): Promise<string | null> {
  const settings = readDeploySettings(["--base-domain", "ring.example"], "");
  return deploy({ ...deploymentOf(settings, environment), configuration, wrangler }).then(
    () => null,
    (error: Error) => error.message,
  );
}

function deploymentOf(settings: DeploySettings, environment: Record<string, string>): Deployment {
  return {
    settings,
    configuration: rawConfig,
    file: path.join(work, "production.json"),
    wrangler: called,
    api: null,
    environment: { NPM_REGISTRY: "https://registry.example/", ...environment },
    ask: null,
    pause: null,
  };
}

const COMPLETE = {
  namespaces: [{ id: "1".repeat(32), title: "ringback-production-manifests" }],
  buckets: ["ringback-production-bytes"],
  databases: [{ uuid: "22222222-2222", name: "ringback-production" }],
  migrated: true,
  secrets: { ...SECRETS, ENCRYPTION_KEY: expect.stringMatching(/^[\w+/]{43}=$/) },
  deployed: {
    namespace: "1".repeat(32),
    database: "22222222-2222",
    domain: "ring.example",
    routes: ["ring.example/*", "*.ring.example/*"],
  },
};

describe("npm run deploy without the -- before its options", () => {
  it.each([
    ["npm_config_dry_run", "npm run deploy -- --dry-run"],
    ["npm_config_check", "npm run deploy -- --check"],
    ["npm_config_base_domain", "npm run deploy -- --base-domain"],
  ])("deploys nothing: %s", (variable, said) => {
    vi.stubEnv(variable, "true");
    vi.stubEnv("npm_lifecycle_event", "deploy");
    expect(() => readDeploySettings(["ring.example"], "ring.example")).toThrow(said);
    vi.unstubAllEnvs();
  });
});

describe("npm run deploy, on an account with nothing", () => {
  it("makes the stores, migrates, sets secrets, and deploys last", async () => {
    writeAccount(NOTHING);
    expect(await run(SECRETS, spawned)).toBeNull();
    const account = readAccount();
    expect(account).toMatchObject(COMPLETE);
    const config = `--config ${path.join(work, "production.json")}`;
    expect(account.calls).toEqual([
      "whoami --json",
      `deploy --dry-run ${config}`,
      "kv namespace list",
      "kv namespace create ringback-production-manifests",
      "kv namespace list",
      "r2 bucket list",
      "r2 bucket create ringback-production-bytes --location enam",
      "d1 list --json",
      "d1 create ringback-production --location enam",
      "d1 list --json",
      `d1 migrations apply DB --remote ${config}`,
      `secret list --format json ${config}`,
      `secret bulk ${config}`,
      `deploy ${config}`,
    ]);
  });

  it("without a token lists all that is left in the zone, each with its page, and what to run next", async () => {
    writeAccount(NOTHING);
    await run();
    const text = printed.join("\n");
    expect(text).toContain("add the record AAAA ring.example 100:: with *Proxied*");
    expect(text).toContain("add the record AAAA *.ring.example 100:: with *Proxied*");
    expect(text).toContain("Without CLOUDFLARE_API_TOKEN nobody has looked at the zone.");
    expect(text.match(/https:\/\/dash\.cloudflare\.com\/\?to=\/:account\/:zone\//g)).toHaveLength(
      8,
    );
    expect(text).toContain("https://dash.cloudflare.com/profile/api-tokens?permissionGroupKeys=");
    expect(text).toContain("npm run smoke -- https://ring.example");
  });

  it("prints no secret, puts none on a command line, and writes none to a file", async () => {
    writeAccount(NOTHING);
    await run();
    const { secrets, calls } = readAccount();
    const seen = [...printed, ...calls, readFileSync(path.join(work, "production.json"), "utf8")];
    for (const secret of [SECRETS.TWILIO_AUTH_TOKEN, secrets?.ENCRYPTION_KEY as string]) {
      expect(seen.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});

describe("npm run deploy in Cloudflare's build of a repository, before there is a domain", () => {
  const button = readDeploySettings([], "", { WORKERS_CI: "1" });

  it("asks nothing, migrates, and stays on workers.dev; the ids that stand in the file are taken", async () => {
    const configuration = structuredClone(rawConfig);
    Object.assign(configuration.kv_namespaces?.[0] ?? {}, { id: "3".repeat(32) });
    Object.assign(configuration.d1_databases?.[0] ?? {}, { database_id: "22222222-2222" });
    writeAccount(NOTHING);
    await deploy({ ...deploymentOf(button, {}), configuration });
    const account = readAccount();
    expect(account).toMatchObject({ migrated: true, namespaces: [], databases: [] });
    expect(account.deployed).toEqual({
      namespace: "3".repeat(32),
      database: "22222222-2222",
      domain: null,
      routes: [],
    });
    // What nobody has to know is made; the rest is told, and the page on workers.dev tells it too.
    expect(Object.keys(account.secrets ?? {})).toEqual(["ENCRYPTION_KEY"]);
    expect(printed).toContain("  TWILIO_AUTH_TOKEN MISSING: set it in the dashboard");
    expect(printed.at(-1)).toContain("The page there says what is left to do.");
  });
});

describe("npm run deploy with a token", () => {
  let fake: FakeCloudflare;
  beforeEach(async () => {
    fake = await startFakeCloudflare();
    return () => fake.close();
  });
  const settings = () => readDeploySettings(["--base-domain", "ring.example"], "");

  it("sets the zone before the code, and deploys to the account that has it", async () => {
    fake.zones = [newZone("ring.example")];
    writeAccount(NOTHING);
    const api = cloudflareApi(fake.environment);
    await deploy({ ...deploymentOf(settings(), { ...SECRETS, ...fake.environment }), api });
    expect(fake.changes).toHaveLength(8);
    const written = JSON.parse(readFileSync(path.join(work, "production.json"), "utf8"));
    expect(written.account_id).toBe("a".repeat(32));
    expect(written.vars.NPM_REGISTRY).toBe("https://registry.example/");
    expect(printed.at(-1)).toContain("The zone is as it should be.");
    expect(printed.join()).not.toContain(TOKEN);
  });

  it("makes nothing where there is no zone", async () => {
    writeAccount(NOTHING);
    const api = cloudflareApi(fake.environment);
    const run = deploy({ ...deploymentOf(settings(), SECRETS), api });
    await expect(run).rejects.toThrow("The token sees no zone ring.example");
    expect(readAccount()).toMatchObject({ namespaces: [], buckets: [], deployed: null });
  });
});

describe("what is deployed", () => {
  it("lets no function reach an origin of the zone past its front door", () => {
    expect(rawConfig.compatibility_flags).toEqual(["global_fetch_strictly_public"]);
  });
});

describe("npm run deploy again", () => {
  it("makes nothing twice and keeps the secrets", async () => {
    writeAccount(NOTHING);
    await run();
    const first = readAccount();
    writeAccount({ ...first, calls: [] });
    expect(await run({})).toBeNull();
    const second = readAccount();
    expect({ ...second, calls: [] }).toEqual({ ...first, calls: [] });
    expect(second.calls.filter((call) => /create|bulk/.test(call))).toEqual([]);
  });

  it("finds its bucket among more than wrangler lists", async () => {
    const others = Array.from({ length: 25 }, (_, index) => `bucket-${index}`);
    writeAccount({ ...NOTHING, buckets: others });
    expect(await run()).toBeNull();
    expect(await run({})).toBeNull();
    expect(readAccount().buckets).toEqual([...others, "ringback-production-bytes"]);
  });

  it("keeps the routes that wrangler.toml has for custom domains", async () => {
    const configuration = structuredClone(rawConfig);
    const added = { pattern: "media.shop.example/*", zone_name: "shop.example" };
    configuration.routes = [added, "*/*"];
    writeAccount(NOTHING);
    expect(await run(SECRETS, called, configuration)).toBeNull();
    expect(readAccount().deployed?.routes).toEqual([
      "ring.example/*",
      "*.ring.example/*",
      "media.shop.example/*",
      "*/*",
    ]);
  });

  const calls = Array.from({ length: 14 }, (_, index) => index + 1);
  it.each(calls)("completes what broke at call %i of 14", async (call) => {
    // Without a Worker, call 12 (`secret list`) fails by itself, and that is an answer.
    for (const when of call === 12 ? (["before"] as const) : (["before", "after"] as const)) {
      writeAccount({ ...NOTHING, failAt: { call, when } });
      expect([when, await run()]).toEqual([when, expect.stringContaining("failed:")]);
      const broken = readAccount();
      // Nothing serves that has not all it needs.
      if (broken.deployed) expect(broken).toMatchObject(COMPLETE);
      const key = broken.secrets?.ENCRYPTION_KEY;
      writeAccount({ ...broken, failAt: null });
      expect(await run()).toBeNull();
      const account = readAccount();
      expect(account).toMatchObject(COMPLETE);
      if (key) expect(account.secrets?.ENCRYPTION_KEY).toBe(key);
    }
  });
});

describe("what it does not start with", () => {
  it.each([
    [
      "no token",
      { TWILIO_ACCOUNT_SID: SECRETS.TWILIO_ACCOUNT_SID },
      "TWILIO_AUTH_TOKEN is missing",
    ],
    ["a wrong SID", { ...SECRETS, TWILIO_ACCOUNT_SID: "AC1" }, "TWILIO_ACCOUNT_SID is not"],
    [
      "a token with the escape sequence of a key in it",
      { ...SECRETS, TWILIO_AUTH_TOKEN: "canary\u001b[D-auth-token" },
      "TWILIO_AUTH_TOKEN is not",
    ],
    ["a short key", { ...SECRETS, ENCRYPTION_KEY: "c2hvcnQ=" }, "ENCRYPTION_KEY is not"],
  ])("%s: it says so, deploys nothing and sets no secret", async (_, environment, said) => {
    writeAccount(NOTHING);
    expect(await run(environment)).toContain(said);
    expect(readAccount()).toMatchObject({ deployed: null, secrets: null });
  });

  it.each([
    ["no domain", [], "Which domain?"],
    ["a port", ["--base-domain", "ring.example:80"], "is no domain name"],
    ["a single label", ["--base-domain", "localhost"], "is no domain name"],
    ["an address", ["--base-domain", "192.0.2.1"], "is no domain name"],
    [
      "a zone of others",
      ["--base-domain", "ring.example", "--zone", "other.example"],
      "not in the",
    ],
    ["an unknown option", ["--force"], "--force"],
    [
      "a location that is none",
      ["--base-domain", "ring.example", "--location", "moon"],
      "no location hint",
    ],
    ["two things at once", ["--base-domain", "ring.example", "--check", "--dry-run"], "Either"],
  ])("%s", (_, args, said) => {
    expect(() => readDeploySettings(args, "")).toThrow(said);
  });
});

/** Runs one of the repository's commands with no account, and no way to one. */
function command(file: string, args: string[]): Promise<{ code: number; out: string }> {
  const env = {
    ...process.env,
    CLOUDFLARE_API_TOKEN: "",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
  return new Promise((resolve) =>
    execFile(process.execPath, ["--no-warnings", file, ...args], { cwd: root, env }, (error, out) =>
      resolve({ code: Number(error?.code ?? 0), out }),
    ),
  );
}

describe("npm run deploy -- --dry-run", () => {
  it("prints the plan and calls nobody", async () => {
    const { code, out } = await command("scripts/deploy.ts", [
      "--dry-run",
      "--base-domain",
      "ring.example",
    ]);
    expect([code, out]).toEqual([
      0,
      `Deploying ring.example would:
  1. Check that wrangler is signed in to Cloudflare, and that the code builds
  2. Find or make the KV namespace ringback-production-manifests
  3. Find or make the R2 bucket ringback-production-bytes (location enam)
  4. Find or make the D1 database ringback-production (location enam)
  5. Write their identifiers to .wrangler-production.json
  6. Apply the database migrations that are not applied yet
  7. Ask for the secrets that are not set yet: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, ENCRYPTION_KEY
  8. With CLOUDFLARE_API_TOKEN: see to it that in the zone ring.example
     ring.example has a proxied DNS record
     *.ring.example has a proxied DNS record
     responses reach callers as they were deployed (a configuration rule)
     URLs arrive as they were sent (Normalize incoming URLs is off)
     Replace insecure JavaScript libraries is off
     Always Use HTTPS is on
     Bot Fight Mode and JavaScript detections are off
     the managed firewall rules leave uploads to /v1 alone (a custom rule that skips them)
     and list what the token may not set; without a token, list all of it
  9. Deploy the Worker ringback-production
     route ring.example/* (zone ring.example)
     route *.ring.example/* (zone ring.example)
     schedule */5 * * * *
     rate limit API_RATE_LIMIT 1000 in 10 s
     logs of 5 % of the requests
     at most 30000 ms of processor time a request
     Smart Placement off
`,
    ]);
  });

  it("names the certificate that a base domain below its zone needs", async () => {
    const { out } = await command("scripts/deploy.ts", [
      ...["--dry-run", "--base-domain", "ring.media.example", "--zone", "media.example"],
    ]);
    expect(out).toContain("*.ring.media.example has a proxied DNS record");
    expect(out).toContain("Always Use HTTPS is on (for the whole zone, so left to you)");
    expect(out).toMatch(/order an advanced\s+certificate/);
  });
});

describe("wrangler.toml", () => {
  it("is what is deployed: wrangler takes it as it is", async () => {
    const wrangler = path.join(root, "node_modules/wrangler/bin/wrangler.js");
    const args = ["deploy", "--dry-run", "--outdir", path.join(work, "out")];
    const { code, out } = await command(wrangler, args);
    expect([code, out]).toEqual([0, expect.stringContaining("--dry-run: exiting now.")]);
  });

  it("says everything once", () => {
    expect(rawConfig.env).toBeUndefined();
  });
});
