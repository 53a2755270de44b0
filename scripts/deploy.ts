/** `npm run deploy`: Ringback on the owner's Cloudflare account, all of it, in one command. */
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { experimental_readRawConfig } from "wrangler";
import { npmRegistry } from "./npm-registry.ts";
import { check, lookOutside } from "./production/check.ts";
import { cloudflareApi } from "./production/cloudflare-api.ts";
import { deploy, plan } from "./production/deploy.ts";
import { DeployFailure } from "./production/failure.ts";
import { terminalPause, terminalPrompt } from "./production/secrets.ts";
import { readDeploySettings } from "./production/settings.ts";
import { wranglerAt } from "./production/wrangler.ts";
import { registryFault } from "./start/registry-settings.ts";

const root = path.join(import.meta.dirname, "..");
const { rawConfig } = experimental_readRawConfig({ config: path.join(root, "wrangler.toml") });

try {
  const args = process.argv.slice(2);
  const configured = String(rawConfig.vars?.BASE_DOMAIN ?? "");
  const settings = readDeploySettings(args, configured || (await askedDomain(args)), process.env);
  const wranglerScript = createRequire(import.meta.url).resolve("wrangler");
  const ask = terminalPrompt();
  const settingsOfNpm = { NPM_REGISTRY: String(rawConfig.vars?.NPM_REGISTRY ?? "") };
  const fault = registryFault(settingsOfNpm, npmRegistry(process.env));
  if (fault !== null) throw new DeployFailure(fault);
  const deployment = {
    settings,
    configuration: rawConfig,
    file: path.join(root, ".wrangler-production.json"),
    wrangler: wranglerAt(wranglerScript, root),
    api: cloudflareApi(process.env),
    environment: process.env,
    ask,
    pause: terminalPause(ask),
  };
  if (settings.mode === "dry-run") console.log(plan(deployment));
  else if (settings.mode === "deploy") await deploy(deployment);
  else {
    const account = process.env.CLOUDFLARE_ACCOUNT_ID;
    const wrong = await check(settings, deployment.api, account, lookOutside);
    process.exitCode = wrong === 0 ? 0 : 1;
  }
} catch (error) {
  console.error(error instanceof DeployFailure ? error.message : error);
  process.exitCode = 1;
}

/** Asks a person who has named no domain for it; nothing where there is no person. */
async function askedDomain(args: string[]): Promise<string> {
  const isNamed = args.some((arg) => /^--base-domain(?:=|$)/.test(arg));
  if (isNamed || !process.stdin.isTTY || !process.stdout.isTTY) return "";
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = "Which domain shall Ringback live on? A zone of its own, as media.example: ";
  const answer = await terminal.question(question);
  terminal.close();
  return answer.trim();
}
