/** `npm run deploy`: Ringback on the owner's Cloudflare account, all of it, in one command. */
import { createRequire } from "node:module";
import path from "node:path";
import { experimental_readRawConfig } from "wrangler";
import { check, lookOutside } from "./production/check.ts";
import { cloudflareApi } from "./production/cloudflare-api.ts";
import { deploy, plan } from "./production/deploy.ts";
import { DeployFailure } from "./production/failure.ts";
import { terminalPause, terminalPrompt } from "./production/secrets.ts";
import { readDeploySettings } from "./production/settings.ts";
import { wranglerAt } from "./production/wrangler.ts";

const root = path.join(import.meta.dirname, "..");
const { rawConfig } = experimental_readRawConfig({ config: path.join(root, "wrangler.toml") });

try {
  const configured = String(rawConfig.vars?.BASE_DOMAIN ?? "");
  const settings = readDeploySettings(process.argv.slice(2), configured, process.env);
  const wranglerScript = createRequire(import.meta.url).resolve("wrangler");
  const ask = terminalPrompt();
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
