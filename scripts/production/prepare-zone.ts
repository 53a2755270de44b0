import type { ApiAnswer, CloudflareApi } from "./cloudflare-api.ts";
import type { DeploySettings } from "./settings.ts";
import { tokenAdvice } from "./token-link.ts";
import { type ZoneSetting, zoneSettings } from "./zone-settings.ts";

export type Left = { setting: ZoneSetting; why: string };

/**
 * Sets what the zone needs and the token may set, prints each, and returns what is left. What holds for
 * the whole zone is left alone where the zone is not Ringback's alone.
 */
export async function prepareZone(
  api: CloudflareApi,
  zoneId: string,
  { baseDomain, zone }: DeploySettings,
): Promise<Left[]> {
  const left: Left[] = [];
  for (const setting of zoneSettings(baseDomain)) {
    const outcome = await settle(api, zoneId, setting, baseDomain === zone);
    console.log(
      `  ${outcome === "is so" || outcome === "set" ? `${outcome}:` : "LEFT:"} ${setting.what}`,
    );
    if (outcome !== "is so" && outcome !== "set") left.push({ setting, why: outcome });
  }
  return left;
}

/** Looks at all of it and changes nothing; returns what is not so. */
export async function inspectZone(
  api: CloudflareApi,
  zoneId: string,
  baseDomain: string,
): Promise<Left[]> {
  const left: Left[] = [];
  for (const setting of zoneSettings(baseDomain)) {
    const answer = await setting.holds(api, zoneId);
    const isSo = answer.ok && answer.result;
    console.log(`${isSo ? "ok  " : "LEFT"}  ${setting.what}`);
    if (!isSo) left.push({ setting, why: answer.ok ? "it is not so" : reason(answer, setting) });
  }
  return left;
}

async function settle(
  api: CloudflareApi,
  zoneId: string,
  setting: ZoneSetting,
  zoneIsOurs: boolean,
): Promise<string> {
  const answer = await setting.holds(api, zoneId);
  if (!answer.ok) return reason(answer, setting);
  if (answer.result) return "is so";
  if (setting.wholeZone && !zoneIsOurs) return "it holds for the whole zone, which has other names";
  const applied = await setting.apply(api, zoneId);
  return applied.ok ? "set" : reason(applied, setting);
}

function reason(answer: ApiAnswer<unknown> & { ok: false }, { permission }: ZoneSetting): string {
  const isForbidden = answer.status === 401 || answer.status === 403;
  return isForbidden ? `the token lacks "${permission}"` : `Cloudflare says: ${answer.message}`;
}

/** What is left to do by hand, each with the page where it is done. */
export function describeLeft(left: Left[]): string {
  if (left.length === 0) return "The zone is as it should be.";
  return [
    "Left to do in the dashboard, or run this again with a token that may:",
    ...left.flatMap(({ setting, why }) => [
      `  - ${setting.what}: ${why}.`,
      `    By hand: ${setting.byHand}.`,
      `    ${dashboard(setting)}`,
    ]),
    tokenAdvice(),
  ].join("\n");
}

/** All of it: what a deployment without a token cannot look at. */
export function everythingLeft(baseDomain: string): string {
  return [
    "Without CLOUDFLARE_API_TOKEN nobody has looked at the zone. See to it there that",
    ...zoneSettings(baseDomain).flatMap((setting) => [
      `  - ${setting.what}: ${setting.byHand}.`,
      `    ${dashboard(setting)}`,
    ]),
    `Or run this again with a token, and it is done for you. ${tokenAdvice()}`,
  ].join("\n");
}

function dashboard({ page }: ZoneSetting): string {
  return `https://dash.cloudflare.com/?to=/:account/:zone${page}`;
}
