import type { ApiAnswer, CloudflareApi } from "./cloudflare-api.ts";

/** A rule of ours in the entry point ruleset of a phase, found again by its `ref`. */
export type ZoneRule = {
  ref: string;
  description: string;
  expression: string;
  action: string;
  action_parameters: Record<string, unknown>;
};

type Ruleset = { id: string; rules?: (ZoneRule & { id: string; enabled: boolean })[] };

/** What Cloudflare answers where a phase has no rule yet. */
const NO_ENTRY_POINT = 10003;

/** Tells whether the phase has the rule as it should be. */
export async function hasRule(
  api: CloudflareApi,
  zoneId: string,
  phase: string,
  rule: ZoneRule,
): Promise<ApiAnswer<boolean>> {
  const found = await entryPoint(api, zoneId, phase);
  if (!found.ok) return found;
  const there = found.result?.rules?.find(({ ref }) => ref === rule.ref);
  return { ok: true, result: there !== undefined && isSame(there, rule) };
}

/** Adds the rule behind the others of its phase, or mends it; the others stay as they are. */
export async function putRule(
  api: CloudflareApi,
  zoneId: string,
  phase: string,
  rule: ZoneRule,
): Promise<ApiAnswer<unknown>> {
  const found = await entryPoint(api, zoneId, phase);
  if (!found.ok) return found;
  const written = { ...rule, enabled: true };
  const rulesets = `/zones/${zoneId}/rulesets`;
  if (found.result === null) {
    return api("POST", rulesets, { name: "default", kind: "zone", phase, rules: [written] });
  }
  const { id, rules = [] } = found.result;
  const there = rules.find(({ ref }) => ref === rule.ref);
  return there
    ? api("PATCH", `${rulesets}/${id}/rules/${there.id}`, written)
    : api("POST", `${rulesets}/${id}/rules`, written);
}

async function entryPoint(
  api: CloudflareApi,
  zoneId: string,
  phase: string,
): Promise<ApiAnswer<Ruleset | null>> {
  const answer = await api<Ruleset>("GET", `/zones/${zoneId}/rulesets/phases/${phase}/entrypoint`);
  const isMissing = !answer.ok && (answer.code === NO_ENTRY_POINT || answer.status === 404);
  return isMissing ? { ok: true, result: null } : answer;
}

function isSame(there: ZoneRule & { enabled: boolean }, rule: ZoneRule): boolean {
  const sorted = (value: Record<string, unknown>) =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return (
    there.enabled &&
    there.expression === rule.expression &&
    there.action === rule.action &&
    sorted(there.action_parameters) === sorted(rule.action_parameters)
  );
}
