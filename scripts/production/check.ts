import type { CloudflareApi } from "./cloudflare-api.ts";
import { describeLeft, inspectZone } from "./prepare-zone.ts";
import type { DeploySettings } from "./settings.ts";
import { tokenAdvice } from "./token-link.ts";
import { findZone } from "./zone.ts";

/** Fetches without following; null where nobody answers. */
export type Look = (url: string) => Promise<{ status: number; headers: Headers } | null>;

/** What everybody can see of an installation, and what is so when all is well. */
const FRONT_DOOR: {
  what: string;
  url: (baseDomain: string) => string;
  holds: (answer: { status: number; headers: Headers }) => boolean;
}[] = [
  {
    what: "the API asks for credentials",
    url: (baseDomain) => `https://${baseDomain}/v1/Services`,
    holds: ({ status, headers }) => status === 401 && headers.has("twilio-request-id"),
  },
  {
    what: "the console is there",
    url: (baseDomain) => `https://${baseDomain}/`,
    holds: ({ status }) => status === 200,
  },
  {
    what: "a name below the domain reaches the gateway, with a certificate",
    url: (baseDomain) => `https://nobody-0000.${baseDomain}/`,
    holds: ({ status, headers }) => status === 404 && headers.has("x-request-id"),
  },
  {
    what: "http is sent to https",
    url: (baseDomain) => `http://${baseDomain}/`,
    holds: ({ status, headers }) =>
      [301, 308].includes(status) && /^https:/.test(headers.get("location") ?? ""),
  },
];

/** Looks at a running installation and changes nothing; returns how many of the list are not so. */
export async function check(
  settings: DeploySettings,
  api: CloudflareApi | null,
  accountId: string | undefined,
  look: Look,
): Promise<number> {
  let wrong = 0;
  for (const { what, url, holds } of FRONT_DOOR) {
    const address = url(settings.baseDomain);
    const answer = await look(address);
    const isSo = answer !== null && holds(answer);
    if (!isSo) wrong += 1;
    const seen = answer === null ? "no answer" : answer.status;
    console.log(`${isSo ? "ok  " : "LEFT"}  ${what} (${address}: ${seen})`);
  }
  if (api === null) {
    console.log(
      `The zone's settings are not looked at: CLOUDFLARE_API_TOKEN is not set.\n${tokenAdvice()}`,
    );
    return wrong;
  }
  const zone = await findZone(api, settings.zone, accountId);
  const left = await inspectZone(api, zone.id, settings.baseDomain);
  console.log(describeLeft(left));
  return wrong + left.length;
}

export const lookOutside: Look = async (url) => {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(15_000) });
    await answer.body?.cancel();
    return answer;
  } catch {
    return null;
  }
};
