import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { currentSession } from "../session/session.ts";
import { notifyDone, notifyFailure } from "../shell/failure.tsx";
import type { FileRow } from "./file-rows.ts";
import { fileUrl, pathKey } from "./paths.ts";
import { mediaUrlSnippet, playSnippet, signedCurl, webhookSnippet } from "./snippets.ts";

/** The URL of `row`'s file in `environment`, whether or not it is deployed there yet. */
export function urlOf(row: FileRow, environment: EnvironmentRepresentation): string {
  return fileUrl(location.protocol, environment.domain_name, row.version.path);
}

export async function copyUrl(
  row: FileRow,
  environment: EnvironmentRepresentation | undefined,
): Promise<void> {
  if (!environment) return;
  const url = urlOf(row, environment);
  const later =
    row.state === "new" ? ` It answers once ${environment.unique_name} is deployed.` : "";
  await copy(url, `URL copied.${later}`);
}

/** The same under a custom domain, whose `origin` is given. */
export async function copyUrlAt(row: FileRow, origin: string): Promise<void> {
  await copy(origin + pathKey(row.version.path), "URL copied.");
}

export async function copyPlay(row: FileRow, environment: EnvironmentRepresentation) {
  await copy(playSnippet(urlOf(row, environment)), "<Play> copied");
}

export async function copyMediaUrl(row: FileRow, environment: EnvironmentRepresentation) {
  await copy(mediaUrlSnippet(urlOf(row, environment)), "mediaUrl copied");
}

export async function copyWebhook(
  row: FileRow,
  environment: EnvironmentRepresentation,
  parameter: "voiceUrl" | "smsUrl",
) {
  await copy(webhookSnippet(parameter, urlOf(row, environment)), `${parameter} copied`);
}

/** A signature is made with the auth token, in this page; an API key's secret makes none. */
export function canSign(): boolean {
  const session = currentSession();
  return session.state !== "signed-out" && session.credentials.username.startsWith("AC");
}

export async function copyCurl(row: FileRow, environment: EnvironmentRepresentation) {
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
