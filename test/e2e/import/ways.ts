import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { call, list, type ServerlessApi } from "../../../scripts/deploy/serverless-api.ts";
import { ImportFailure } from "../../../scripts/import/failure.ts";
import { assetUrl } from "../../../scripts/import/published-file.ts";
import type { Patience } from "../../../scripts/import/retry.ts";
import { runImport } from "../../../scripts/import/run.ts";
import { readImportSettings } from "../../../scripts/import/settings.ts";
import { request } from "../../../scripts/request.ts";
import { startTestRegistry } from "../../registry/server.ts";
import { startLocalRuntime } from "../local-runtime.ts";
import { freePort } from "../started-server.ts";
import type { NumbersAccount } from "./twilio-numbers.ts";
import { playTwilio, type TwilioStandIn } from "./twilio-stand-in.ts";

/** The account at Twilio. */
export const SOURCE = {
  accountSid: "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  authToken: "5eedaaaaaaaaaaaaaaaaaaaaaaaa5eed",
};
/** The account of the Ringback that services come to. */
export const TARGET = {
  accountSid: "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  authToken: "5eedbbbbbbbbbbbbbbbbbbbbbbbb5eed",
};

/** Quick, and often enough. */
const PATIENCE: Patience = { attempts: 3, pause: 10 };

export type Ways = {
  /** The API that Twilio's account is filled through. */
  source: ServerlessApi;
  twilio: TwilioStandIn;
  target: ServerlessApi;
  /** `npm run import -- --from AC… --from-url … --to … <args>`: what it printed, and its exit code. */
  run(args: string[], environment?: NodeJS.ProcessEnv): Promise<{ code: number; out: string }>;
  /** A directory of its own. */
  directory: string;
  close(): Promise<void>;
};

/** Starts a Ringback that plays Twilio, and an empty one. */
export async function startWays(): Promise<Ways> {
  const [sourcePort, targetPort] = [await freePort(), await freePort()];
  const variables = { NPM_REGISTRY: (await startTestRegistry()).url };
  const from = await startLocalRuntime(SOURCE, sourcePort, variables);
  const to = await startLocalRuntime(TARGET, targetPort, variables);
  const pair = Buffer.from(`${SOURCE.accountSid}:${SOURCE.authToken}`).toString("base64");
  const numbers: NumbersAccount = {
    authorization: `Basic ${pair}`,
    numbers: new Map(),
    applications: new Map(),
    messagingServices: new Map(),
    flows: new Map(),
  };
  const twilio = await playTwilio(sourcePort, numbers);
  const directory = mkdtempSync(path.join(tmpdir(), "ringback-import-"));
  const target = { url: `http://localhost:${targetPort}`, ...TARGET };
  return {
    source: { url: `http://localhost:${sourcePort}`, ...SOURCE },
    twilio,
    target,
    directory,
    async run(args, environment = {}) {
      let out = "";
      const settings = ["--from", SOURCE.accountSid, "--from-url", twilio.url, ...args];
      if (!args.includes("--to")) settings.push("--to", target.url);
      const surroundings = {
        environment: {
          TWILIO_AUTH_TOKEN: SOURCE.authToken,
          RINGBACK_ACCOUNT_SID: TARGET.accountSid,
          RINGBACK_AUTH_TOKEN: TARGET.authToken,
          RINGBACK_STATE: path.join(directory, "state"),
          ...environment,
        },
        ask: null,
        out: { isTTY: false, write: (text: string) => (out += text) } as never,
        patience: PATIENCE,
      };
      try {
        const whole = await runImport(
          readImportSettings(settings, surroundings.environment),
          surroundings,
        );
        return { code: whole ? 0 : 1, out };
      } catch (error) {
        if (!(error instanceof ImportFailure)) throw error;
        return { code: 1, out: `${out}${error.message}\n` };
      }
    },
    async close() {
      await twilio.close();
      await from.stop();
      await to.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * How much a Ringback has of everything: what an import that does nothing leaves as it is. Every version
 * that was ever uploaded counts among the bytes.
 */
export async function counts(api: ServerlessApi): Promise<Record<string, number>> {
  type Usage = Record<"environments" | "assets" | "functions" | "builds" | "stored_bytes", number>;
  type Row = Usage & { sid: string };
  const { services } = await call<{ services: Row[] }>(api, "GET", "/Usage");
  const sum = (key: keyof Usage) => services.reduce((total, service) => total + service[key], 0);
  const counted = {
    ...{ services: services.length, environments: sum("environments"), assets: sum("assets") },
    ...{ functions: sum("functions"), builds: sum("builds"), bytes: sum("stored_bytes") },
    ...{ deployments: 0, variables: 0 },
  };
  for (const { sid } of services) {
    const resource = `/Services/${sid}/Environments`;
    for (const environment of await list<{ sid: string }>(api, resource, "environments")) {
      const own = `${resource}/${environment.sid}`;
      counted.deployments += (await list(api, `${own}/Deployments`, "deployments")).length;
      counted.variables += (await list(api, `${own}/Variables`, "variables")).length;
    }
  }
  return counted;
}

/** Fetches an asset as its account's owner does: signed. */
export async function fetchSigned(
  domain: string,
  file: string,
  { authToken }: { authToken: string },
) {
  const url = assetUrl(`http://${domain}`, file);
  const signature = createHmac("sha1", authToken).update(url).digest("base64");
  return request(url, { headers: { "X-Twilio-Signature": signature } });
}

/** The domain that an environment has. */
export async function domainOf(
  api: ServerlessApi,
  service: string,
  suffix: string | null = null,
): Promise<string> {
  type Environment = { domain_suffix: string | null; domain_name: string };
  const resource = `/Services/${service}/Environments`;
  const all = await list<Environment>(api, resource, "environments");
  const found = all.find(({ domain_suffix }) => domain_suffix === suffix);
  if (!found) throw new Error(`${service} has no environment ${suffix}`);
  return found.domain_name;
}
