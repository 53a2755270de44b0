import type { CloudflareApi } from "./cloudflare-api.ts";
import { DeployFailure } from "./failure.ts";
import { tokenAdvice } from "./token-link.ts";

export type Zone = {
  id: string;
  name: string;
  status: string;
  account: { id: string; name: string };
  name_servers?: string[];
};

/**
 * Finds the zone `name`, active, in the account that is deployed to (any, where `accountId` is not
 * said). Throws DeployFailure: one sentence, and what to press.
 */
export async function findZone(
  api: CloudflareApi,
  name: string,
  accountId: string | undefined,
): Promise<Zone> {
  const answer = await api<Zone[]>("GET", `/zones?name=${encodeURIComponent(name)}`);
  if (!answer.ok) {
    throw new DeployFailure(
      answer.status === 429
        ? "Cloudflare's API has had too many calls: run again in five minutes."
        : `Cloudflare does not accept CLOUDFLARE_API_TOKEN (${answer.message}).\n${tokenAdvice()}`,
    );
  }
  const [zone] = answer.result;
  if (!zone) {
    throw new DeployFailure(
      `The token sees no zone ${name}: add the domain at https://dash.cloudflare.com/?to=/:account/add-site,\n` +
        "or, where it is there, give the token this zone at https://dash.cloudflare.com/profile/api-tokens",
    );
  }
  if (accountId && zone.account.id !== accountId) {
    throw new DeployFailure(
      `The zone ${name} is in the account "${zone.account.name}": set CLOUDFLARE_ACCOUNT_ID to ${zone.account.id}\n` +
        `(it is ${accountId} now), or choose a domain of this one.`,
    );
  }
  if (zone.status !== "active") {
    throw new DeployFailure(
      `The zone ${name} is not active yet (${zone.status}): set ${(zone.name_servers ?? []).join(" and ")} as its name\n` +
        `servers at your registrar, and press *Check nameservers* at https://dash.cloudflare.com/${zone.account.id}/${name}`,
    );
  }
  return zone;
}
