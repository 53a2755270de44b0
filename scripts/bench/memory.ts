import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "smol-toml";
import { build } from "../build.ts";
import { call, type ServerlessApi } from "../deploy/serverless-api.ts";
import { request } from "../request.ts";
import { createService, deploy, type Environment } from "../soak/deployments.ts";
import { claimPort } from "../start/ports.ts";
import { startRuntime } from "../start/runtime.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "./fixture.ts";
import { residentBytes, runtimes } from "./workerd.ts";

const MB = 1024 * 1024;
const DEPLOYMENTS = 100;
const STEPS = 5;
const AT_ONCE = 30;
const GIVEN_UP = 30;
const FUNCTION_PATH = "/menu";

/** Answers TwiML after some milliseconds; `mark` makes each another one. */
function source(mark: string, library: "light" | "sdk"): string {
  return `
const { twiml${library === "sdk" ? ", validateRequest" : ""} } = require("twilio");
exports.handler = async (context, event, callback) => {
  if (event.exit) process.exit(1);
  const response = new twiml.VoiceResponse();
  response.say(${JSON.stringify(mark)});
  await new Promise((resolve) => setTimeout(resolve, Number(event.ms) || 0));
  callback(null, response);
};
`;
}

type Server = {
  api: ServerlessApi;
  /** Bytes that the runtime's process holds. */
  resident(): number;
  stop(): Promise<void>;
};

/**
 * Prints what the local runtime's process grows by: with 30 instances of one account at once, with such
 * as are given up, and with redeployments of a changed function, each called before the next. The stores
 * are in that process.
 */
export async function printMemory(deployments = DEPLOYMENTS): Promise<void> {
  await build();
  for (const library of ["light", "sdk"] as const) await printAtOnce(library);
  await printGivenUp();
  await printRedeployments(deployments);
}

async function printAtOnce(library: "light" | "sdk"): Promise<void> {
  const server = await startServer(1);
  try {
    const deployed = await newFunction(server.api, library);
    await deployed.redeploy("the only one");
    await deployed.call("");
    const before = server.resident();
    await Promise.all(Array.from({ length: AT_ONCE }, () => deployed.call("?ms=5000")));
    const grown = (server.resident() - before) / MB;
    const name = `${AT_ONCE} instances at once, ${library === "sdk" ? "whole SDK" : "TwiML only"}:`;
    const each = (grown / (AT_ONCE - 1)).toFixed(1);
    console.log(`${name.padEnd(40)} ${grown.toFixed(0)} MB, ${each} MB an instance`);
  } finally {
    await server.stop();
  }
}

async function printGivenUp(): Promise<void> {
  const server = await startServer(1);
  try {
    const deployed = await newFunction(server.api, "sdk");
    await deployed.redeploy("the only one");
    const exits = async () => {
      for (let done = 0; done < GIVEN_UP; done++) await deployed.call("?exit=1", 500);
    };
    await exits();
    const before = server.resident();
    await exits();
    const grown = (server.resident() - before) / MB;
    const name = `${GIVEN_UP} instances given up, after as many:`;
    const each = (grown / GIVEN_UP).toFixed(1);
    console.log(`${name.padEnd(40)} ${grown.toFixed(0)} MB, ${each} MB an instance`);
  } finally {
    await server.stop();
  }
}

async function printRedeployments(count: number): Promise<void> {
  const server = await startServer(count + 1);
  try {
    const deployed = await newFunction(server.api, "sdk");
    console.log(
      "\nredeployments, whole SDK    process MB    MB a redeployment since the line before",
    );
    let before = 0;
    for (let done = 0; done <= count; done++) {
      await deployed.redeploy(`deployment ${done}`);
      // Two at once: two instances.
      await Promise.all([deployed.call("?ms=200"), deployed.call("?ms=200")]);
      await deployed.call("");
      if (done % Math.ceil(count / STEPS) !== 0) continue;
      const now = server.resident() / MB;
      const each = done === 0 ? "" : ((now - before) / Math.ceil(count / STEPS)).toFixed(1);
      console.log(`${`${done}`.padEnd(27)} ${now.toFixed(0).padStart(10)} ${each.padStart(12)}`);
      before = now;
    }
  } finally {
    await server.stop();
  }
}

async function newFunction(api: ServerlessApi, library: "light" | "sdk") {
  const { service, environment } = await createService(api, "memory");
  const named = new URLSearchParams({ FriendlyName: "menu" });
  const fn = await call<{ url: string }>(api, "POST", `${service}/Functions`, named);
  return {
    async redeploy(mark: string) {
      const form = new FormData();
      form.set("Path", FUNCTION_PATH);
      form.set("Visibility", "public");
      const type = "application/javascript";
      form.set("Content", new Blob([source(mark, library)], { type }), "menu.js");
      const version = await call<{ sid: string }>(api, "POST", `${fn.url}/Versions`, form);
      const versions: [string, string][] = [["FunctionVersions", version.sid]];
      await deploy(api, service, environment as Environment, versions, () => {});
    },
    async call(query: string, expected = 200) {
      const { status } = await request(
        `http://${environment.domain_name}${FUNCTION_PATH}${query}`,
        {
          ...{ method: "GET", timeout: 60_000 },
        },
      );
      if (status !== expected) throw new Error(`the function answered ${status}`);
    },
  };
}

async function startServer(builds: number): Promise<Server> {
  const storage = await mkdtemp(path.join(tmpdir(), "ringback-bench-memory-"));
  const before = new Set(runtimes());
  const configPath = path.join(import.meta.dirname, "../../wrangler.toml");
  const { vars } = parse(readFileSync(configPath, "utf8")) as { vars: { LIMITS: object } };
  const limits = { ...vars.LIMITS, builds_per_hour: builds, function_seconds: 30 };
  const port = await claimPort(0);
  const runtime = await startRuntime(
    {
      ...{ configPath, port, storage },
      absoluteTargets: false,
      variables: {
        BASE_DOMAIN: `localhost:${port}`,
        ...{ TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
        ...{ TWILIO_AUTH_TOKEN_SECONDARY: "", ENCRYPTION_KEY: btoa("x".repeat(32)) },
        LIMITS: JSON.stringify(limits),
      },
    },
    () => {},
  );
  const started = runtimes().filter((pid) => !before.has(pid));
  return {
    api: {
      url: `http://localhost:${runtime.port}`,
      accountSid: ACCOUNT_SID,
      authToken: AUTH_TOKEN,
    },
    resident: () => started.reduce((sum, pid) => sum + (residentBytes(pid) ?? 0), 0),
    async stop() {
      await runtime.stop();
      await rm(storage, { recursive: true, force: true });
    },
  };
}
