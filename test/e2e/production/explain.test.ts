import { describe, expect, it } from "vitest";
import { explain } from "../../../scripts/production/explain.ts";
import { withExplanations } from "../../../scripts/production/steps.ts";
import { WranglerFailure } from "../../../scripts/production/wrangler.ts";

/** As wrangler prints them; the sources stand in explain.ts. */
const api = (path: string, message: string) =>
  `✘ [ERROR] A request to the Cloudflare API (${path}) failed.\n\n  ${message}\n`;
const account = "/accounts/498b0923e401a45f706ff49055c71e2c";

const NO_R2 = api(
  `${account}/r2/buckets`,
  "Please enable R2 through the Cloudflare Dashboard. [code: 10042]",
);

describe("what an account lacks, in a sentence", () => {
  it.each([
    ["R2 not activated", NO_R2, "R2 is not activated in this account"],
    [
      "R2 not activated, told at the deployment",
      api(
        `${account}/workers/scripts/ringback-production/versions`,
        "R2 binding error for bucket 'b': Please enable R2 through the Cloudflare Dashboard. [code: 10136]",
      ),
      "R2 is not activated in this account",
    ],
    [
      "a plan without dynamic Workers",
      api(
        `${account}/workers/scripts/ringback-production/versions`,
        "You need a paid plan. [code: 10195]",
      ),
      "choose *Workers Paid*",
    ],
    [
      "the same in its older words",
      api(
        `${account}/workers/scripts/x/versions`,
        "binding LOADER of type worker_loader is invalid [code: 10021]",
      ),
      "choose *Workers Paid*",
    ],
    [
      "no zone",
      "✘ [ERROR] Could not find zone for `ring.example`. Make sure the domain is set up to be proxied by Cloudflare.",
      "No zone of this account holds the domain",
    ],
    [
      "several accounts",
      "✘ [ERROR] More than one account available but unable to select one in non-interactive mode.",
      "set CLOUDFLARE_ACCOUNT_ID",
    ],
    ...[
      ["/d1/database", "Account / D1: Edit"],
      ["/storage/kv/namespaces", "Account / Workers KV Storage: Edit"],
      ["/r2/buckets", "Account / Workers R2 Storage: Edit"],
      ["/workers/scripts/ringback-production/secrets", "Account / Workers Scripts: Edit"],
    ].map(([path, permission]) => [
      `a token without ${permission}`,
      api(`${account}${path}`, "Authentication error [code: 10000]"),
      `The token lacks the permission "${permission}"`,
    ]),
    [
      "a token without routes",
      api(
        "/zones/023e105f4ecef8ad9ca31a8372d0c353/workers/routes",
        "Authentication error [code: 10000]",
      ),
      'The token lacks the permission "Zone / Workers Routes: Edit"',
    ],
  ])("%s", (_, output, said) => {
    const sentence = explain(output as string);
    expect(sentence).toContain(said);
    expect(sentence).toMatch(/https:\/\/dash\.cloudflare\.com\//);
  });

  it("nothing of what it does not know", () => {
    expect(explain("✘ [ERROR] Build failed with 1 error")).toBeNull();
  });
});

describe("a step that an account is not ready for", () => {
  const failing = (times: number) => {
    let left = times;
    return async () => {
      left -= 1;
      if (left >= 0) throw new WranglerFailure(["r2", "bucket", "create"], NO_R2);
      return "done";
    };
  };

  it("goes on once a person has pressed what it says", async () => {
    const said: string[] = [];
    const pause = async (sentence: string) => void said.push(sentence);
    expect(await withExplanations(failing(2), pause)).toBe("done");
    expect(said).toEqual([
      expect.stringContaining("R2 is not activated"),
      expect.stringContaining("R2 is not activated"),
    ]);
  });

  it("ends with the sentence alone where there is no person", async () => {
    const message = await withExplanations(failing(1), null).catch((error: Error) => error.message);
    expect(
      message,
    ).toBe(`R2 is not activated in this account (it needs a payment method, and its first 10 GB are free): press
*Add R2 subscription* at https://dash.cloudflare.com/?to=/:account/r2/overview
Then run this again: it goes on where it stopped.`);
  });
});
