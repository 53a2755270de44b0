/**
 * What a deployment may need of a token. The keys are those of Cloudflare's documented token templates
 * (developers.cloudflare.com/fundamentals/api/how-to/account-owned-token-template); a permission that
 * the templates do not know has none and is added by hand.
 */
const PERMISSIONS: { name: string; key?: string; type: "edit" | "read" }[] = [
  { name: "Account / Workers Scripts: Edit", key: "workers_scripts", type: "edit" },
  { name: "Account / Workers KV Storage: Edit", key: "workers_kv_storage", type: "edit" },
  { name: "Account / Workers R2 Storage: Edit", key: "workers_r2", type: "edit" },
  { name: "Account / D1: Edit", key: "d1", type: "edit" },
  { name: "Account / Account Settings: Read", key: "account_settings", type: "read" },
  { name: "Zone / Workers Routes: Edit", key: "workers_routes", type: "edit" },
  { name: "Zone / Zone: Read", key: "zone", type: "read" },
  { name: "Zone / DNS: Edit", key: "dns", type: "edit" },
  { name: "Zone / Zone Settings: Edit", key: "zone_settings", type: "edit" },
  { name: "Zone / Firewall Services: Edit", key: "firewall_services", type: "edit" },
  { name: "Zone / Config Rules: Edit", type: "edit" },
  { name: "Zone / Zone WAF: Edit", type: "edit" },
  { name: "Zone / Bot Management: Edit", type: "edit" },
];

/** The dashboard's form for a token, filled in with what the templates know. */
export function tokenLink(): string {
  const keys = PERMISSIONS.flatMap(({ key, type }) => (key ? [{ key, type }] : []));
  const groups = encodeURIComponent(JSON.stringify(keys));
  return `https://dash.cloudflare.com/profile/api-tokens?permissionGroupKeys=${groups}&accountId=*&zoneId=all&name=Ringback`;
}

/** How a token is had, in sentences. */
export function tokenAdvice(): string {
  const byHand = PERMISSIONS.flatMap(({ key, name }) => (key ? [] : [name]));
  return [
    "Make a token with this form, its permissions filled in, for your account and",
    `zone; add ${byHand.join(", ")},`,
    "which a form cannot be told, and put the token in CLOUDFLARE_API_TOKEN:",
    `  ${tokenLink()}`,
  ].join("\n");
}
