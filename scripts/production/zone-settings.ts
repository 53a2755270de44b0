/**
 * What a zone has to be like for a caller to hear what was deployed, and for a signature to hold: all
 * that can be read and set by Cloudflare's API. Where a fact is from stands in docs/operations.md.
 */
import type { ApiAnswer, CloudflareApi } from "./cloudflare-api.ts";
import { hasRule, putRule, type ZoneRule } from "./zone-rules.ts";

export type ZoneSetting = {
  /** What is so when all is well. */
  what: string;
  permission: string;
  /** What a person presses instead. */
  byHand: string;
  /** Below `https://dash.cloudflare.com/?to=/:account/:zone`. */
  page: string;
  /** Whether it holds for every name of the zone, those that are not Ringback's too. */
  wholeZone: boolean;
  holds: (api: CloudflareApi, zoneId: string) => Promise<ApiAnswer<boolean>>;
  apply: (api: CloudflareApi, zoneId: string) => Promise<ApiAnswer<unknown>>;
};

/** Returns what the zone of `baseDomain` has to be like, in the order in which it is set. */
export function zoneSettings(baseDomain: string): ZoneSetting[] {
  return [
    record(baseDomain),
    record(`*.${baseDomain}`),
    rule("http_config_settings", bytesAsTheyAre(baseDomain), {
      what: "responses reach callers as they were deployed (a configuration rule)",
      permission: "Zone / Config Rules: Edit",
      byHand:
        "create a configuration rule for the domain and all below it: Automatic HTTPS Rewrites, Browser Integrity Check, Email Obfuscation, Fonts and Rocket Loader off, Real User Monitoring disabled",
      page: "/rules/overview",
    }),
    normalization(),
    setting("replace_insecure_js", "off", {
      what: "Replace insecure JavaScript libraries is off",
      page: "/security/settings",
    }),
    setting("always_use_https", "on", {
      what: "Always Use HTTPS is on",
      page: "/ssl-tls/edge-certificates",
    }),
    botFightMode(),
    rule("http_request_firewall_custom", apiPastTheFirewall(baseDomain), {
      what: "the managed firewall rules leave uploads to /v1 alone (a custom rule that skips them)",
      permission: "Zone / Zone WAF: Edit",
      byHand: "create a custom rule for the path /v1 with the action Skip, All managed rules",
      page: "/security/security-rules",
    }),
  ];
}

function bytesAsTheyAre(baseDomain: string): ZoneRule {
  return {
    ref: "ringback_bytes",
    description: "Ringback: bytes reach callers as they were deployed",
    expression: `(http.host eq "${baseDomain}" or ends_with(http.host, ".${baseDomain}"))`,
    action: "set_config",
    action_parameters: {
      automatic_https_rewrites: false,
      bic: false,
      disable_rum: true,
      email_obfuscation: false,
      fonts: false,
      rocket_loader: false,
    },
  };
}

function apiPastTheFirewall(baseDomain: string): ZoneRule {
  const hosts = [baseDomain, `serverless.${baseDomain}`, `serverless-upload.${baseDomain}`];
  const named = hosts.map((host) => `"${host}"`).join(" ");
  return {
    ref: "ringback_api",
    description: "Ringback: the API takes what people deploy, code and media",
    expression: `(http.host in {${named}} and http.request.uri.path contains "/v1/")`,
    action: "skip",
    action_parameters: { phases: ["http_request_firewall_managed"] },
  };
}

function rule(
  phase: string,
  wanted: ZoneRule,
  words: Pick<ZoneSetting, "what" | "permission" | "byHand" | "page">,
): ZoneSetting {
  return {
    ...words,
    wholeZone: false,
    holds: (api, zoneId) => hasRule(api, zoneId, phase, wanted),
    apply: (api, zoneId) => putRule(api, zoneId, phase, wanted),
  };
}

type DnsRecord = { type: string; proxied?: boolean };

/** The address is never used: Cloudflare answers for a proxied name, and a route hands it to a Worker. */
function record(name: string): ZoneSetting {
  const find = (api: CloudflareApi, zoneId: string) =>
    api<DnsRecord[]>("GET", `/zones/${zoneId}/dns_records?name=${encodeURIComponent(name)}`);
  const isAddress = ({ type }: DnsRecord) => ["A", "AAAA", "CNAME"].includes(type);
  return {
    what: `${name} has a proxied DNS record`,
    permission: "Zone / DNS: Edit",
    byHand: `add the record AAAA ${name} 100:: with *Proxied*; one that is there already has to be *Proxied*`,
    page: "/dns/records",
    wholeZone: false,
    async holds(api, zoneId) {
      const found = await find(api, zoneId);
      if (!found.ok) return found;
      const addresses = found.result.filter(isAddress);
      return { ok: true, result: addresses.length > 0 && addresses.every((row) => row.proxied) };
    },
    async apply(api, zoneId) {
      const found = await find(api, zoneId);
      if (!found.ok) return found;
      if (found.result.some(isAddress)) {
        const message = "there is a record that is not proxied, and it is not Ringback's to change";
        return { ok: false, status: 409, code: 0, message };
      }
      const row = { type: "AAAA", name, content: "100::", proxied: true, ttl: 1 };
      return api("POST", `/zones/${zoneId}/dns_records`, row);
    },
  };
}

function setting(
  name: string,
  value: "on" | "off",
  { what, page }: { what: string; page: string },
): ZoneSetting {
  const path = (zoneId: string) => `/zones/${zoneId}/settings/${name}`;
  return {
    what,
    permission: "Zone / Zone Settings: Edit",
    byHand: `turn it ${value}`,
    page,
    wholeZone: true,
    async holds(api, zoneId) {
      const answer = await api<{ value: string }>("GET", path(zoneId));
      return answer.ok ? { ok: true, result: answer.result.value === value } : answer;
    },
    apply: (api, zoneId) => api("PATCH", path(zoneId), { value }),
  };
}

/** It rewrites `//`, `\` and `%7E` before a Worker sees them, and a signature is over what was sent. */
function normalization(): ZoneSetting {
  const path = (zoneId: string) => `/zones/${zoneId}/url_normalization`;
  type Normalization = { scope: string; type: string };
  return {
    what: "URLs arrive as they were sent (Normalize incoming URLs is off)",
    permission: "Zone / Config Rules: Edit",
    byHand: "turn *Normalize incoming URLs* off",
    page: "/rules/settings",
    wholeZone: true,
    async holds(api, zoneId) {
      const answer = await api<Normalization>("GET", path(zoneId));
      return answer.ok ? { ok: true, result: answer.result.scope === "none" } : answer;
    },
    async apply(api, zoneId) {
      const answer = await api<Normalization>("GET", path(zoneId));
      return answer.ok
        ? api("PUT", path(zoneId), { scope: "none", type: answer.result.type })
        : answer;
    },
  };
}

/** It cannot be skipped by a rule, and Twilio's fetchers are no browsers. */
function botFightMode(): ZoneSetting {
  const path = (zoneId: string) => `/zones/${zoneId}/bot_management`;
  const wanted = { fight_mode: false, enable_js: false };
  return {
    what: "Bot Fight Mode and JavaScript detections are off",
    permission: "Zone / Bot Management: Edit",
    byHand: "turn *Bot fight mode* and *JavaScript detections* off",
    page: "/security/settings",
    wholeZone: true,
    async holds(api, zoneId) {
      const answer = await api<{ fight_mode?: boolean; enable_js?: boolean }>("GET", path(zoneId));
      if (!answer.ok) return answer;
      // A paid plan has another product here, and no `fight_mode`.
      return { ok: true, result: !answer.result.fight_mode && !answer.result.enable_js };
    },
    apply: (api, zoneId) => api("PUT", path(zoneId), wanted),
  };
}
