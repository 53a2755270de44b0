import { env, exports } from "cloudflare:workers";
import { newSid } from "../../src/api/sids.ts";
import type { FunctionDeployment } from "../../src/functions/deployment.ts";
import { functionHost } from "../../src/functions/host.ts";
import { type FunctionRequest, invokeFunction } from "../../src/functions/invoke.ts";
import type { Dependency } from "../../src/functions/libraries.ts";
import type { LogRecord } from "../../src/functions/log-record.ts";
import { layPackage, type PackageInput, type Visibility } from "../../src/functions/package.ts";
import { libraryCatalogue, storePackage } from "../../src/functions/store-package.ts";

/** File name below functions/ or assets/, as the toolkit has it → content. */
export type Files = Record<string, string | Uint8Array>;

export type Project = {
  functions: Files;
  assets?: Files;
  dependencies?: Dependency[];
  variables?: Record<string, string>;
  credentials?: FunctionDeployment["credentials"];
};

export type Answer = {
  status: number;
  headers: Headers;
  body: string;
  failure: LogRecord | null;
};

export type Deployed = {
  deployment: FunctionDeployment;
  call(path: string, request?: CallInit): Promise<Answer>;
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
export function deployedAs(
  file: string,
  extension: string,
): { path: string; visibility: Visibility } {
  const [, visibility = "public"] = /\.(private|protected)(?=\.[^.]+$)/.exec(file) ?? [];
  const path = `/${file.replace(`.${visibility}.`, ".")}`;
  return {
    path: extension === "" ? path : path.slice(0, -extension.length),
    visibility: visibility as Visibility,
  };
}

export async function packageInput(project: Project): Promise<PackageInput> {
  return {
    functions: Object.entries(project.functions).map(([file, source]) => ({
      ...deployedAs(file, ".js"),
      sid: newSid("ZN"),
      source: bytes(source),
    })),
    privateAssets: Object.entries(project.assets ?? {}).map(([file, content]) => ({
      path: deployedAs(file, "").path,
      sid: newSid("ZN"),
      bytes: bytes(content),
    })),
    assetPaths: [],
    dependencies: project.dependencies ?? [],
    catalogue: await libraryCatalogue(env.ASSETS),
  };
}

/** Lays and stores a project's package, and returns what calls its functions as the gateway will. */
export async function deploy(project: Project): Promise<Deployed> {
  const laid = layPackage(await packageInput(project));
  if (!laid.ok) throw new Error(laid.errors.map(({ message }) => message).join("\n"));
  const deployment: FunctionDeployment = {
    accountSid: newSid("AC"),
    serviceSid: newSid("ZS"),
    environmentSid: newSid("ZE"),
    deploymentSid: newSid("ZD"),
    buildSid: newSid("ZB"),
    variables: project.variables ?? {},
    credentials: project.credentials ?? null,
  };
  await storePackage(env.BYTES, env.ASSETS, deployment, laid.package);
  const host = functionHost(env, exports);
  return {
    deployment,
    async call(target, init = {}) {
      const [path = "", query = ""] = target.split(/\?(.*)/s);
      const fn = laid.functions.find((packaged) => packaged.path === path);
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
      const { response, failure } = await invokeFunction(
        host,
        deployment,
        { path, functionSid: newSid("ZH"), flavour: fn.flavour },
        request,
        init.timeout,
      );
      const { status, headers } = response;
      return { status, headers, body: await response.text(), failure };
    },
  };
}
