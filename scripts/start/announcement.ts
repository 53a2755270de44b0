import { createHmac } from "node:crypto";
import type { Deployment } from "../deploy/deploy-folder.ts";
import type { ServerlessApi } from "../deploy/serverless-api.ts";
import type { Visibility } from "../deploy/toolkit-folder.ts";

const MEANING: Record<Visibility, string> = {
  public: "for everyone",
  protected: "for requests that carry Twilio's signature",
  private: "for nobody: answers as if it were not there",
};

/**
 * Returns what a person can do with the demo: open its URLs, and see a protected asset refused and
 * served. `caPath` is the authority that curl has to trust, where there is one.
 */
export function describeDemo(
  { assets, domainName }: Deployment,
  api: ServerlessApi,
  caPath: string | undefined,
): string {
  const site = `${new URL(api.url).protocol}//${domainName}`;
  const urls = (visibility: Visibility) =>
    assets.filter((asset) => asset.visibility === visibility).map(({ path }) => site + path);
  const curl = caPath ? `curl -i --cacert '${caPath}'` : "curl -i";
  const guarded = urls("protected")[0] ?? "";
  return [
    "",
    `Demo: ${site}/`,
    ...(["public", "protected", "private"] as const).flatMap((visibility) => [
      `  ${visibility}, ${MEANING[visibility]}`,
      ...urls(visibility).map((url) => `    ${url}`),
    ]),
    "",
    "A protected asset, refused (403) and, to a signed request, served (200):",
    `  ${curl} '${guarded}'`,
    `  ${curl} -H 'X-Twilio-Signature: ${sign(guarded, api.authToken)}' '${guarded}'`,
  ].join("\n");
}

/** Returns where the console and the API are, and how Twilio's own tools come here. */
export function describeServer(api: ServerlessApi, caPath: string | undefined): string {
  return [
    "",
    `Console: ${api.url}/`,
    `API:     ${api.url}/v1`,
    `Account: ${api.accountSid}, its auth token in .dev.vars unless the environment gave one`,
    "",
    ...describeTools(api, caPath),
    "",
  ].join("\n");
}

function describeTools(api: ServerlessApi, caPath: string | undefined): string[] {
  if (!caPath) {
    return [
      "Twilio's command-line tools speak HTTPS alone: `npm start -- --https` tells how to point",
      "them here.",
    ];
  }
  return [
    `Certificate authority: ${caPath}`,
    "Twilio's command-line tools deploy here when they are run with",
    `  export NODE_EXTRA_CA_CERTS='${caPath}' TWILIO_EDGE='@${new URL(api.url).host}/'`,
  ];
}

/** X-Twilio-Signature of a GET: HMAC-SHA1 of the URL under the auth token (contract section 3). */
function sign(url: string, authToken: string): string {
  return createHmac("sha1", authToken).update(url).digest("base64");
}
