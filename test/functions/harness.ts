import { env, exports } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { LogRow } from "../../src/activity/logs.ts";
import { newSid } from "../../src/api/sids.ts";
import type { Dependency } from "../../src/contract/lock.ts";
import type { LogRecord } from "../../src/contract/log-record.ts";
import { assetKey } from "../../src/contract/manifest.ts";
import type { BuildMessage, Visibility } from "../../src/functions/build/protocol.ts";
import type { FunctionDeployment } from "../../src/functions/run/deployment.ts";
import { functionHost } from "../../src/functions/run/host.ts";
import {
  type FunctionHost,
  type FunctionRequest,
  invokeFunction,
} from "../../src/functions/run/invoke.ts";
import { type BuildOrder, makeFunctions } from "../../src/publish/make-functions.ts";
import type { StepStorage } from "../../src/publish/step-storage.ts";

/** File name below functions/ or assets/, as the toolkit has it → content. */
export type Files = Record<string, string | Uint8Array>;

export type Project = {
  functions: Files;
  assets?: Files;
  dependencies?: Dependency[];
  /** Where they come from: the registry that tests make, unless another is named. */
  registry?: string;
  variables?: Record<string, string>;
  credentials?: FunctionDeployment["credentials"];
  /** What takes the place of parts of the host. */
  host?: Partial<FunctionHost>;
};

export type Answer = {
  status: number;
  headers: Headers;
  body: string;
  failure: LogRecord | null;
};

export type Deployed = {
  deployment: FunctionDeployment;
  warnings: BuildMessage[];
  call(path: string, request?: CallInit): Promise<Answer>;
  /** What a function answers, as bytes. */
  bytes(path: string): Promise<{ type: string | null; body: Uint8Array }>;
  /** The deployment's log lines as `LEVEL message`, once there are `count` of them. */
  logs(count: number): Promise<string[]>;
};

export type CallInit = {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | null;
  timeout?: number;
  request?: string;
};

export function bytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** `x.protected.js` → `/x`, protected; as the toolkit reads a project's folders. */
function deployedAs(file: string, extension: string): { path: string; visibility: Visibility } {
  const [, visibility = "public"] = /\.(private|protected)(?=\.[^.]+$)/.exec(file) ?? [];
  const path = `/${file.replace(`.${visibility}.`, ".")}`;
  return {
    path: extension === "" ? path : path.slice(0, -extension.length),
    visibility: visibility as Visibility,
  };
}

/** Stores a project's files as uploads do, and returns the order for a build of them. */
export async function orderOf(project: Project): Promise<BuildOrder> {
  const serviceSid = newSid("ZS");
  const store = async (
    kind: "function" | "asset",
    { path, visibility }: { path: string; visibility: Visibility },
    content: string | Uint8Array,
  ) => {
    const key = assetKey(serviceSid, newSid("ZN"));
    const stored = bytes(content);
    await env.BYTES.put(key, stored);
    return { kind, path, sid: newSid("ZH"), key, visibility, size: stored.byteLength };
  };
  const files = await Promise.all([
    ...Object.entries(project.functions).map(([file, source]) =>
      store("function", deployedAs(file, ".js"), source),
    ),
    ...Object.entries(project.assets ?? {}).map(([file, content]) =>
      store("asset", { ...deployedAs(file, ""), visibility: "private" }, content),
    ),
  ]);
  const { dependencies = [] } = project;
  return { serviceSid, buildSid: newSid("ZB"), files, assetPaths: [], dependencies };
}

/** What a Durable Object would keep of a build's steps. */
export function stepStorage(): StepStorage {
  const values = new Map<string, unknown>();
  return {
    async get<Value>(key: string) {
      return values.get(key) as Value | undefined;
    },
    async put(key, value) {
      values.set(key, value);
    },
  };
}

/** Lays and stores a project's package, and returns what calls its functions as the gateway will. */
export async function deploy(project: Project): Promise<Deployed> {
  const order = await orderOf(project);
  const { registry: NPM_REGISTRY = env.NPM_REGISTRY } = project;
  const laid = await makeFunctions({ ...env, NPM_REGISTRY }, stepStorage(), order, 0);
  if (!laid.ok) throw new Error(laid.errors.map(({ message }) => message).join("\n"));
  const { functions, warnings } = laid.value;
  const deployment: FunctionDeployment = {
    accountSid: newSid("AC"),
    serviceSid: order.serviceSid,
    environmentSid: newSid("ZE"),
    deploymentSid: newSid("ZD"),
    buildSid: order.buildSid,
    variables: project.variables ?? {},
    credentials: project.credentials ?? null,
  };
  await createEnvironment(deployment);
  const host = { ...functionHost(env, exports, { waitUntil: () => {} }), ...project.host };
  return {
    deployment,
    warnings,
    async call(target, init) {
      const { response, failure } = await respond(target, init);
      const { status, headers } = response;
      return { status, headers, body: await response.text(), failure };
    },
    async bytes(target) {
      const { response } = await respond(target);
      const type = response.headers.get("Content-Type");
      return { type, body: new Uint8Array(await response.arrayBuffer()) };
    },
    async logs(count) {
      const lines = () => logLines(deployment.environmentSid);
      await vi.waitFor(async () => expect(await lines()).toHaveLength(count), { timeout: 10_000 });
      return lines();
    },
  };

  async function respond(target: string, init: CallInit = {}) {
    const [path = "", query = ""] = target.split(/\?(.*)/s);
    const fn = functions.get(path);
    if (fn === undefined) throw new Error(`no function ${path}`);
    const request: FunctionRequest = {
      request: init.request ?? newSid("RQ"),
      method: init.method ?? (init.body == null ? "GET" : "POST"),
      path,
      query,
      headers: Object.entries(init.headers ?? {}),
      body: init.body == null ? null : bytes(init.body),
      domainName: "localhost:3000",
    };
    const invocation = await invokeFunction(
      host,
      deployment,
      { path, functionSid: newSid("ZH"), flavour: fn.flavour },
      request,
      init.timeout ?? 10_000,
    );
    if (!invocation.started) throw new Error(`${invocation.reason}: ${invocation.detail}`);
    return invocation;
  }
}

async function logLines(environmentSid: string): Promise<string[]> {
  return (await storedLogs(environmentSid)).map(({ level, message }) => `${level} ${message}`);
}

/** All lines that an environment's activity has, oldest first. */
export async function storedLogs(environmentSid: string): Promise<LogRow[]> {
  const { rows } = await env.ACTIVITY.getByName(environmentSid).listLogs({
    ...{ size: 100_000, offset: 0, functionSid: null, requestSid: null },
    ...{ start: "0", end: "9" },
  });
  return rows.reverse();
}

/** The rows of the control plane that log lines refer to. */
export async function createEnvironment(deployment: FunctionDeployment): Promise<void> {
  const { accountSid, serviceSid, environmentSid } = deployment;
  const now = "2026-01-01T00:00:00Z";
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO services (sid, account_sid, unique_name, friendly_name, include_credentials,
         ui_editable, domain_base, date_created, date_updated)
       VALUES (?1, ?2, ?1, ?1, 1, 0, ?1, ?3, ?3)`,
    ).bind(serviceSid, accountSid, now),
    env.DB.prepare(
      `INSERT INTO environments (sid, account_sid, service_sid, unique_name, domain_label,
         date_created, date_updated)
       VALUES (?1, ?2, ?3, ?1, ?1, ?4, ?4)`,
    ).bind(environmentSid, accountSid, serviceSid, now),
  ]);
}
