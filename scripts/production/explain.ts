/**
 * What wrangler and Cloudflare say when an account is not ready, as one sentence: what is missing and
 * what to press. The codes: 10042 and 10136 (cloudflare/workers-sdk#2877, #15610), 10195 and 10021
 * (#13264, #13235), 10000 and 9109 (a token's permissions).
 */
type Explanation = { when: RegExp; sentence: string };

const EXPLANATIONS: Explanation[] = [
  {
    when: /\[code: (?:10042|10136)\]|enable R2 through the Cloudflare Dashboard/,
    sentence:
      "R2 is not activated in this account (it needs a payment method, and its first 10 GB are free): press\n" +
      "*Add R2 subscription* at https://dash.cloudflare.com/?to=/:account/r2/overview",
  },
  {
    when: /\[code: 10195\]|of type worker_loader is invalid|dynamic worker.*paid/i,
    sentence:
      "This account's plan has no dynamic Workers, in which functions run: choose *Workers Paid* (5 dollars a\n" +
      "month) at https://dash.cloudflare.com/?to=/:account/workers/plans",
  },
  {
    when: /Could not find zone for/,
    sentence:
      "No zone of this account holds the domain: add it at https://dash.cloudflare.com/?to=/:account/add-site\n" +
      "and set the two name servers that it shows at your registrar, or sign in to the account that has it.",
  },
  {
    when: /More than one account available/,
    sentence:
      "This sign-in opens several accounts: set CLOUDFLARE_ACCOUNT_ID to the one that has the zone (its id\n" +
      "stands in the address of https://dash.cloudflare.com/?to=/:account/workers).",
  },
  {
    when: /need(?:s)? to register a workers\.dev subdomain|\[code: 10063\]/,
    sentence:
      "This account has no workers.dev subdomain yet: open https://dash.cloudflare.com/?to=/:account/workers\n" +
      "once, which makes one.",
  },
  {
    when: /\[code: 10034\]|verify your email/i,
    sentence:
      "Cloudflare wants the account's email address verified: press the link in its email, or send it again at\n" +
      "https://dash.cloudflare.com/profile",
  },
];

/** Which permission a path of Cloudflare's API asks for. */
const PERMISSION_OF_PATH: [RegExp, string][] = [
  [/\/d1\//, "Account / D1: Edit"],
  [/\/storage\/kv\//, "Account / Workers KV Storage: Edit"],
  [/\/r2\//, "Account / Workers R2 Storage: Edit"],
  [/\/workers\/routes/, "Zone / Workers Routes: Edit"],
  [/\/workers\//, "Account / Workers Scripts: Edit"],
  [/^\/zones/, "Zone / Zone: Read"],
  [/^\/(?:user|memberships|accounts)\b/, "Account / Account Settings: Read"],
];

const NO_PERMISSION = /\[code: (?:10000|9109|10001)\]|Authentication error|Unauthorized to access/;

/** Returns the sentence for what wrangler printed, or null where it is nothing known. */
export function explain(output: string): string | null {
  const known = EXPLANATIONS.find(({ when }) => when.test(output));
  if (known) return known.sentence;
  if (!NO_PERMISSION.test(output)) return null;
  const path = /Cloudflare API \((\/[^)\s]*)\)/.exec(output)?.[1] ?? "";
  const permission = PERMISSION_OF_PATH.find(([pattern]) => pattern.test(path))?.[1];
  return permission
    ? `The token lacks the permission "${permission}": add it at https://dash.cloudflare.com/profile/api-tokens`
    : "Cloudflare does not accept the token, or it lacks a permission: see https://dash.cloudflare.com/profile/api-tokens";
}
