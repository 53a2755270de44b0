/**
 * Stands in for Cloudflare's API v4, as its documents say it answers (developers.cloudflare.com/api):
 * the envelope of every answer, `GET /zones`, DNS records, zone settings, URL normalization, bot
 * management, and the Rulesets API with entry points. Without a permission: 403 with code 10000; a
 * token that is none: 401 with code 1000; an entry point that is not there: 404 with code 10003.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type FakeZone = {
  id: string;
  name: string;
  status: string;
  account: { id: string; name: string };
  name_servers: string[];
  dns: { type: string; name: string; content: string; proxied: boolean }[];
  settings: Record<string, string>;
  normalization: { scope: string; type: string };
  bots: Record<string, unknown>;
  /** By phase; a phase without a rule has no entry point. */
  rulesets: Record<string, { id: string; rules: Record<string, unknown>[] }>;
};

/** Cloudflare's names of what a token may. */
export type Permission =
  | "DNS"
  | "Zone Settings"
  | "Config Settings"
  | "Zone WAF"
  | "Bot Management";

export const EVERYTHING: Permission[] = [
  ...(["DNS", "Zone Settings", "Config Settings"] as const),
  ...(["Zone WAF", "Bot Management"] as const),
];

/** A zone as it is on the Free plan on its first day. */
export function newZone(name: string): FakeZone {
  return {
    id: "023e105f4ecef8ad9ca31a8372d0c353",
    name,
    status: "active",
    account: { id: "a".repeat(32), name: "Ring Media" },
    name_servers: ["bob.ns.cloudflare.com", "lola.ns.cloudflare.com"],
    dns: [],
    settings: { always_use_https: "off", replace_insecure_js: "on" },
    normalization: { scope: "incoming", type: "cloudflare" },
    bots: { enable_js: true, fight_mode: true, using_latest_model: true },
    rulesets: {},
  };
}

export const TOKEN = "canary-cloudflare-token";

type Reply = { status: number; errors: { code: number; message: string }[]; result: unknown };

export type FakeCloudflare = {
  environment: Record<string, string>;
  zones: FakeZone[];
  permissions: Permission[];
  /** What an account of this plan may not have: the phase, and the sentence. */
  refuses: Record<string, string>;
  /** Each call that changed something, `METHOD /path`. */
  changes: string[];
  close(): Promise<void>;
};

export async function startFakeCloudflare(): Promise<FakeCloudflare> {
  const fake: FakeCloudflare = {
    environment: {},
    zones: [],
    permissions: [...EVERYTHING],
    refuses: {},
    changes: [],
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const url = new URL(request.url ?? "/", "http://fake");
    const isToken = request.headers.authorization === `Bearer ${TOKEN}`;
    const reply = isToken
      ? answer(fake, request.method ?? "GET", url, text === "" ? null : JSON.parse(text))
      : fail(401, 1000, "Invalid API Token");
    response.writeHead(reply.status, { "Content-Type": "application/json" });
    const success = reply.errors.length === 0;
    response.end(
      JSON.stringify({ result: reply.result, success, errors: reply.errors, messages: [] }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  fake.environment = {
    CLOUDFLARE_API_TOKEN: TOKEN,
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
  };
  return fake;
}

function answer(fake: FakeCloudflare, method: string, url: URL, body: unknown): Reply {
  const path = url.pathname.replace("/client/v4", "");
  if (path === "/zones") {
    const name = url.searchParams.get("name");
    return ok(fake.zones.filter((zone) => zone.name === name));
  }
  const [, , id, part = "", ...rest] = path.split("/");
  const zone = fake.zones.find((one) => one.id === id);
  if (!zone)
    return fail(
      404,
      7003,
      `Could not route to ${path}, perhaps your object identifier is invalid?`,
    );
  const permission = permissionFor(part, rest, body as { phase?: string } | null);
  if (permission && !fake.permissions.includes(permission)) {
    return fail(403, 10000, "Authentication error");
  }
  if (method !== "GET") fake.changes.push(`${method} ${path.replace(`/zones/${id}`, "")}`);
  switch (part) {
    case "dns_records":
      return dnsRecords(zone, method, url, body as FakeZone["dns"][number]);
    case "settings":
      if (method === "PATCH") zone.settings[rest[0] as string] = (body as { value: string }).value;
      return ok({ id: rest[0], value: zone.settings[rest[0] as string], editable: true });
    case "url_normalization":
      if (method === "PUT") zone.normalization = body as FakeZone["normalization"];
      return ok(zone.normalization);
    case "bot_management":
      if (method === "PUT") Object.assign(zone.bots, body as object);
      return ok(zone.bots);
    case "rulesets":
      return rulesets(fake, zone, method, rest, body as RulesetBody);
    default:
      return fail(404, 7003, `Could not route to ${path}`);
  }
}

function permissionFor(part: string, rest: string[], body: { phase?: string } | null) {
  const named: Record<string, Permission> = {
    dns_records: "DNS",
    settings: "Zone Settings",
    url_normalization: "Config Settings",
    bot_management: "Bot Management",
  };
  if (part !== "rulesets") return named[part];
  const phase = body?.phase ?? (rest[0] === "phases" ? rest[1] : rest[0]);
  return phase?.includes("firewall") ? "Zone WAF" : "Config Settings";
}

function dnsRecords(
  zone: FakeZone,
  method: string,
  url: URL,
  body: FakeZone["dns"][number],
): Reply {
  if (method === "GET") {
    return ok(zone.dns.filter(({ name }) => name === url.searchParams.get("name")));
  }
  if (zone.dns.some(({ name, type }) => name === body.name && type === body.type)) {
    return fail(400, 81058, "An identical record already exists.");
  }
  zone.dns.push(body);
  return ok(body);
}

type RulesetBody = { phase: string; rules: Record<string, unknown>[] } & Record<string, unknown>;

function rulesets(
  fake: FakeCloudflare,
  zone: FakeZone,
  method: string,
  rest: string[],
  body: RulesetBody,
): Reply {
  if (rest[0] === "phases") {
    const found = zone.rulesets[rest[1] as string];
    const missing = `could not find entrypoint ruleset in the ${rest[1]} phase`;
    return found ? ok({ ...found, kind: "zone", phase: rest[1] }) : fail(404, 10003, missing);
  }
  const phase = body.phase ?? rest[0];
  const refused = fake.refuses[phase];
  if (refused) return fail(400, 20015, refused);
  if (rest.length === 0) {
    // The id tells the phase here, for the sake of permissionFor.
    zone.rulesets[phase] = { id: phase, rules: body.rules.map((rule) => ({ ...rule, id: "1" })) };
    return ok(zone.rulesets[phase]);
  }
  const found = zone.rulesets[phase];
  if (!found) return fail(404, 10001, "could not find ruleset");
  if (method === "POST") found.rules.push({ ...body, id: String(found.rules.length + 1) });
  else found.rules = found.rules.map((rule) => (rule.id === rest[2] ? { ...rule, ...body } : rule));
  return ok(found);
}

function ok(result: unknown): Reply {
  return { status: 200, errors: [], result };
}

function fail(status: number, code: number, message: string): Reply {
  return { status, errors: [{ code, message }], result: null };
}
