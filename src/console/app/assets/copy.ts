import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { currentSession } from "../session/session.ts";
import { notifyDone, notifyFailure } from "../shell/failure.tsx";
import type { AssetRow } from "./asset-rows.ts";
import { assetUrl } from "./paths.ts";
import { mediaUrlSnippet, playSnippet, signedCurl } from "./snippets.ts";

/** The URL of `row`'s asset in `environment`, whether or not it is deployed there yet. */
export function urlOf(row: AssetRow, environment: EnvironmentRepresentation): string {
  return assetUrl(location.protocol, environment.domain_name, row.version.path);
}

export async function copyUrl(
  row: AssetRow,
  environment: EnvironmentRepresentation | undefined,
): Promise<void> {
  if (!environment) return;
  const url = urlOf(row, environment);
  const later =
    row.state === "new" ? ` It answers once ${environment.unique_name} is deployed.` : "";
  await copy(url, `URL copied.${later}`);
}

export async function copyPlay(row: AssetRow, environment: EnvironmentRepresentation) {
  await copy(playSnippet(urlOf(row, environment)), "<Play> copied");
}

export async function copyMediaUrl(row: AssetRow, environment: EnvironmentRepresentation) {
  await copy(mediaUrlSnippet(urlOf(row, environment)), "mediaUrl copied");
}

/** A signature is made with the auth token, in this page; an API key's secret makes none. */
export function canSign(): boolean {
  const session = currentSession();
  return session.state !== "signed-out" && session.credentials.username.startsWith("AC");
}

export async function copyCurl(row: AssetRow, environment: EnvironmentRepresentation) {
  const session = currentSession();
  if (session.state === "signed-out") return;
  const url = urlOf(row, environment);
  await copy(await signedCurl(url, session.credentials.password), "Signed curl command copied");
}

export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notifyDone(done);
  } catch {
    notifyFailure("The browser did not let the page copy", new Error(`Copy it from here: ${text}`));
  }
}
