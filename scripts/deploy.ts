/** `npm run deploy`: Ringback on the owner's Cloudflare account, all of it, in one command. */
import { createRequire } from "node:module";
import path from "node:path";
import { experimental_readRawConfig } from "wrangler";
import { deploy, plan } from "./production/deploy.ts";
import { DeployFailure } from "./production/failure.ts";
import { terminalPrompt } from "./production/secrets.ts";
import { readDeploySettings } from "./production/settings.ts";
import { wranglerAt } from "./production/wrangler.ts";

const root = path.join(import.meta.dirname, "..");
const { rawConfig } = experimental_readRawConfig({ config: path.join(root, "wrangler.toml") });

try {
  const configured = String(rawConfig.vars?.BASE_DOMAIN ?? "");
  const settings = readDeploySettings(process.argv.slice(2), configured);
  const wranglerScript = createRequire(import.meta.url).resolve("wrangler");
  const deployment = {
    settings,
    configuration: rawConfig,
    file: path.join(root, ".wrangler-production.json"),
    wrangler: wranglerAt(wranglerScript, root),
    environment: process.env,
    ask: terminalPrompt(),
  };
  if (settings.dryRun) console.log(plan(deployment));
  else await deploy(deployment);
} catch (error) {
  console.error(error instanceof DeployFailure ? error.message : error);
  process.exitCode = 1;
}
