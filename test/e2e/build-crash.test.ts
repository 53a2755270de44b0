import { request as httpRequest } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { call } from "../../scripts/deploy/serverless-api.ts";
import { startTestRegistry } from "../registry/server.ts";
import {
  alive,
  newStateDirectory,
  OPERATOR,
  type StartedServer,
  startServer,
} from "./started-server.ts";

/** Everything is killed while a build is made, at each request to the registry and at none of them. */

let onRequest: () => void = () => {};
const registry = await startTestRegistry(() => onRequest());
const stateDirectory = newStateDirectory();
let server: StartedServer | undefined;

async function start(): Promise<StartedServer> {
  const environment = { NPM_REGISTRY: registry.url, RINGBACK_DEMO: "0" };
  server = await startServer({ stateDirectory, environment });
  return server;
}

afterAll(() => server?.stop());

type Made = { sid: string; url: string; status: string; domain_name: string; errors: unknown[] };

function api({ origin }: StartedServer) {
  return {
    url: origin,
    accountSid: OPERATOR.TWILIO_ACCOUNT_SID,
    authToken: OPERATOR.TWILIO_AUTH_TOKEN,
  };
}

async function post(started: StartedServer, resource: string, form: Record<string, string>) {
  return call<Made>(api(started), "POST", resource, new URLSearchParams(form));
}

/** Uploads a function that requires a chain of packages nobody has asked for yet. */
async function project(started: StartedServer, chain: string) {
  const service = await post(started, "/Services", { UniqueName: chain, FriendlyName: chain });
  const base = `/Services/${service.sid}`;
  const environment = await post(started, `${base}/Environments`, { UniqueName: "dev" });
  const fn = await post(started, `${base}/Functions`, { FriendlyName: "/f" });
  const upload = new FormData();
  const source = `const length = require("made-chain-${chain}-2");
    exports.handler = (context, event, callback) => callback(null, "chain of " + length);`;
  for (const [name, value] of [
    ["Path", "/f"],
    ["Visibility", "public"],
  ])
    upload.set(name as string, value as string);
  upload.set("Content", new Blob([source], { type: "application/javascript" }), "f.js");
  const version = await call<Made>(
    api(started),
    "POST",
    `${base}/Functions/${fn.sid}/Versions`,
    upload,
  );
  const build = () =>
    post(started, `${base}/Builds`, {
      FunctionVersions: version.sid,
      Dependencies: JSON.stringify({ [`made-chain-${chain}-2`]: "*" }),
    });
  return { base, environment, build };
}

async function ended(started: StartedServer, resource: string): Promise<Made> {
  for (;;) {
    const build = await call<Made>(api(started), "GET", resource);
    if (build.status !== "building") return build;
  }
}

function get(port: number, host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, headers: { host } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve(text));
    });
    request.on("error", reject).end();
  });
}

describe("a build whose whole server is killed", () => {
  // Resolving asks for three documents, laying for three tarballs; 0: before any of it.
  it.each([0, 2, 5, 7])(
    "at request %i to the registry after it was accepted, ends completed by itself",
    async (number) => {
      const first = server ?? (await start());
      const made = await project(first, `c${number}`);
      const build = await made.build();
      expect(build.status).toBe("building");
      const processes = first.processes();
      const killed = new Promise<void>((resolve) => {
        let requests = 0;
        const kill = () => {
          for (const pid of processes) if (alive([pid]).length > 0) process.kill(pid, "SIGKILL");
          resolve();
        };
        if (number === 0) return kill();
        onRequest = () => {
          requests += 1;
          if (requests === number) kill();
        };
        // Past the last request: while it is laid, or stored.
        setTimeout(kill, 400);
      });
      await killed;
      onRequest = () => {};
      await first.ended;
      const second = await start();
      const resource = `${made.base}/Builds/${build.sid}`;
      const { status, errors } = await ended(second, resource);
      expect([status, errors]).toEqual(["completed", []]);
      await post(second, `${made.base}/Environments/${made.environment.sid}/Deployments`, {
        BuildSid: build.sid,
      });
      const host = made.environment.domain_name.replace(/:\d+$/, "");
      expect(await get(second.port, `${host}:${second.port}`, "/f")).toBe("chain of 3");
    },
  );
});
