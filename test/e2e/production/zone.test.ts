import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { check, type Look } from "../../../scripts/production/check.ts";
import { cloudflareApi } from "../../../scripts/production/cloudflare-api.ts";
import { describeLeft, prepareZone } from "../../../scripts/production/prepare-zone.ts";
import { readDeploySettings } from "../../../scripts/production/settings.ts";
import { tokenLink } from "../../../scripts/production/token-link.ts";
import { findZone } from "../../../scripts/production/zone.ts";
import {
  EVERYTHING,
  type FakeCloudflare,
  newZone,
  startFakeCloudflare,
} from "./fake-cloudflare.ts";

let fake: FakeCloudflare;
let printed: string[];
beforeAll(async () => {
  fake = await startFakeCloudflare();
});
afterAll(() => fake.close());
beforeEach(() => {
  fake.zones = [newZone("ring.example")];
  fake.permissions = [...EVERYTHING];
  fake.refuses = {};
  fake.changes = [];
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
  return () => vi.restoreAllMocks();
});

const settings = (args: string[] = []) =>
  readDeploySettings(["--base-domain", "ring.example", ...args], "");

function api(token = "") {
  const opened = cloudflareApi({
    ...fake.environment,
    ...(token && { CLOUDFLARE_API_TOKEN: token }),
  });
  if (opened === null) throw new Error("no token");
  return opened;
}

const prepare = (of = settings()) => prepareZone(api(), fake.zones[0]?.id ?? "", of);

describe("a zone on its first day", () => {
  it("is set by a token that may, all of it, once", async () => {
    expect(await prepare()).toEqual([]);
    expect(fake.changes).toEqual([
      "POST /dns_records",
      "POST /dns_records",
      "POST /rulesets",
      "PUT /url_normalization",
      "PATCH /settings/replace_insecure_js",
      "PATCH /settings/always_use_https",
      "PUT /bot_management",
      "POST /rulesets",
    ]);
    expect(fake.zones[0]).toMatchObject({
      dns: [
        { type: "AAAA", name: "ring.example", content: "100::", proxied: true },
        { type: "AAAA", name: "*.ring.example", content: "100::", proxied: true },
      ],
      settings: { always_use_https: "on", replace_insecure_js: "off" },
      normalization: { scope: "none", type: "cloudflare" },
      bots: { fight_mode: false, enable_js: false },
      rulesets: {
        http_config_settings: {
          rules: [
            {
              expression: '(http.host eq "ring.example" or ends_with(http.host, ".ring.example"))',
              action: "set_config",
              enabled: true,
              action_parameters: {
                automatic_https_rewrites: false,
                bic: false,
                disable_rum: true,
                email_obfuscation: false,
                fonts: false,
                rocket_loader: false,
              },
            },
          ],
        },
        http_request_firewall_custom: {
          rules: [
            {
              expression:
                '(http.host in {"ring.example" "serverless.ring.example" "serverless-upload.ring.example"} and http.request.uri.path contains "/v1/")',
              action: "skip",
              action_parameters: { phases: ["http_request_firewall_managed"] },
            },
          ],
        },
      },
    });
    fake.changes = [];
    expect(await prepare()).toEqual([]);
    expect(fake.changes).toEqual([]);
  });

  it("keeps the rules that are there, and mends one of its own that somebody has changed", async () => {
    const theirs = { id: "9", ref: "theirs", expression: "true", action: "set_config" };
    const [zone] = fake.zones;
    if (!zone) throw new Error("no zone");
    zone.rulesets.http_config_settings = { id: "http_config_settings", rules: [theirs] };
    await prepare();
    const rules = zone.rulesets.http_config_settings.rules;
    expect(rules.map(({ ref }) => ref)).toEqual(["theirs", "ringback_bytes"]);
    Object.assign(rules[1] ?? {}, { enabled: false });
    fake.changes = [];
    expect(await prepare()).toEqual([]);
    expect(fake.changes).toEqual(["PATCH /rulesets/http_config_settings/rules/2"]);
    expect(zone.rulesets.http_config_settings.rules).toMatchObject([theirs, { enabled: true }]);
  });
});

describe("what is left", () => {
  it.each(EVERYTHING)(
    "without %s: the others are set, and the list has the page",
    async (lacking) => {
      fake.permissions = EVERYTHING.filter((permission) => permission !== lacking);
      const left = await prepare();
      const shown: Record<string, string> = {
        DNS: "Zone / DNS: Edit",
        "Zone Settings": "Zone / Zone Settings: Edit",
        "Config Settings": "Zone / Config Rules: Edit",
        "Zone WAF": "Zone / Zone WAF: Edit",
        "Bot Management": "Zone / Bot Management: Edit",
      };
      expect([...new Set(left.map(({ why }) => why))]).toEqual([
        `the token lacks "${shown[lacking]}"`,
      ]);
      const text = describeLeft(left);
      for (const { setting } of left) {
        expect(text).toContain(`https://dash.cloudflare.com/?to=/:account/:zone${setting.page}`);
      }
    },
  );

  it("a rule that the plan has not is told with Cloudflare's words", async () => {
    fake.refuses.http_request_firewall_custom = "not entitled to use the phase";
    expect((await prepare()).map(({ why }) => why)).toEqual([
      "Cloudflare says: not entitled to use the phase",
    ]);
  });

  it("a record that is not proxied stays as it is", async () => {
    const row = { type: "A", name: "ring.example", content: "192.0.2.1", proxied: false };
    fake.zones[0]?.dns.push(row);
    const left = await prepare();
    expect(left.map(({ setting }) => setting.what)).toEqual([
      "ring.example has a proxied DNS record",
    ]);
    expect(fake.zones[0]?.dns).toContainEqual(row);
  });

  it("what holds for a whole zone is left to its owner where the zone has other names", async () => {
    fake.zones = [newZone("example.com")];
    const below = readDeploySettings(
      ["--base-domain", "ring.example.com", "--zone", "example.com"],
      "",
    );
    const left = await prepare(below);
    expect(left.map(({ setting }) => setting.page)).toEqual([
      "/rules/settings",
      "/security/settings",
      "/ssl-tls/edge-certificates",
      "/security/settings",
    ]);
    expect(fake.zones[0]?.settings.always_use_https).toBe("off");
  });
});

describe("the zone", () => {
  const find = (account?: string) => findZone(api(), "ring.example", account);

  it.each<[string, () => Promise<unknown>, string]>([
    [
      "a token that is none",
      () => findZone(api("wrong"), "ring.example", undefined),
      "Cloudflare does not accept CLOUDFLARE_API_TOKEN (Invalid API Token).",
    ],
    [
      "no zone, or a token for others",
      () => findZone(api(), "other.example", undefined),
      "The token sees no zone other.example: add the domain at https://dash.cloudflare.com/?to=/:account/add-site",
    ],
    [
      "a zone of another account",
      () => find("b".repeat(32)),
      `The zone ring.example is in the account "Ring Media": set CLOUDFLARE_ACCOUNT_ID to ${"a".repeat(32)}`,
    ],
    [
      "a zone that waits for its name servers",
      () => {
        Object.assign(fake.zones[0] ?? {}, { status: "pending" });
        return find();
      },
      "set bob.ns.cloudflare.com and lola.ns.cloudflare.com as its name",
    ],
  ])("%s: one sentence, and what to press", async (_, tried, said) => {
    await expect(tried()).rejects.toThrow(said);
  });

  it("in the account: found", async () => {
    expect((await find("a".repeat(32))).id).toBe(newZone("").id);
  });
});

it("the link to a token names the permissions by the keys that Cloudflare documents", () => {
  const url = new URL(tokenLink());
  expect(url.origin + url.pathname).toBe("https://dash.cloudflare.com/profile/api-tokens");
  expect(JSON.parse(url.searchParams.get("permissionGroupKeys") ?? "")).toEqual([
    { key: "workers_scripts", type: "edit" },
    { key: "workers_kv_storage", type: "edit" },
    { key: "workers_r2", type: "edit" },
    { key: "d1", type: "edit" },
    { key: "account_settings", type: "read" },
    { key: "workers_routes", type: "edit" },
    { key: "zone", type: "read" },
    { key: "dns", type: "edit" },
    { key: "zone_settings", type: "edit" },
    { key: "firewall_services", type: "edit" },
  ]);
  expect([url.searchParams.get("accountId"), url.searchParams.get("zoneId")]).toEqual(["*", "all"]);
});

describe("npm run deploy -- --check", () => {
  const well: Look = async (url) => {
    const answers: Record<string, [number, Record<string, string>]> = {
      "https://ring.example/v1/Services": [401, { "Twilio-Request-Id": "RQ1" }],
      "https://ring.example/": [200, {}],
      "https://nobody-0000.ring.example/": [404, { "X-Request-Id": "1" }],
      "http://ring.example/": [301, { Location: "https://ring.example/" }],
    };
    const [status, fields] = answers[url] ?? [0, {}];
    return { status, headers: new Headers(fields) };
  };

  it("says of each whether it is so, and changes nothing", async () => {
    await prepare();
    fake.changes = [];
    printed = [];
    expect(await check(settings(), api(), undefined, well)).toBe(0);
    expect(printed.filter((line) => !line.startsWith("ok  "))).toEqual([
      "The zone is as it should be.",
    ]);
    expect(printed).toHaveLength(13);
    expect(fake.changes).toEqual([]);
  });

  it("counts what is not so, from the front door and in the zone", async () => {
    expect(await check(settings(), api(), undefined, async () => null)).toBe(12);
    expect(printed).toContain(
      "LEFT  the API asks for credentials (https://ring.example/v1/Services: no answer)",
    );
    expect(printed).toContain("LEFT  Always Use HTTPS is on");
    expect(fake.changes).toEqual([]);
  });

  it("without a token looks from outside alone, and says so", async () => {
    expect(await check(settings(), null, undefined, well)).toBe(0);
    expect(printed.at(-1)).toContain("CLOUDFLARE_API_TOKEN is not set");
  });
});
