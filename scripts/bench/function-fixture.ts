import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { closureKey } from "../../src/contract/closure-format.ts";
import type { ManifestFunction } from "../../src/contract/manifest.ts";
import { decodePackage, libraryKey, packageKey } from "../../src/contract/package-format.ts";
import { call } from "../deploy/serverless-api.ts";
import { startRuntime } from "../start/runtime.ts";
import { ACCOUNT_SID, AUTH_TOKEN, BUILD_SID, SERVICE_SID } from "./fixture.ts";
import { COMPATIBILITY_DATE } from "./workerd.ts";

export type Flavour = ManifestFunction["flavour"];

export const LOADER = `(name = "LOADER", workerLoader = ())`;

export type Build = {
  /** Path → source. */
  functions: Record<string, string>;
  dependencies: Record<string, string>;
};

/**
 * Makes a build by the API of a Ringback started for that, its objects as files in `directory`, and
 * returns it as the bindings of function-worker.ts, with the bytes of its Worker's code.
 */
export async function layBuild(
  directory: string,
  build: Build,
  hosts: string[],
): Promise<{ bindings: string; size: number }> {
  const storage = path.join(directory, "stores");
  await mkdir(storage, { recursive: true });
  const runtime = await startRuntime(
    {
      ...{ configPath: path.join(import.meta.dirname, "../../wrangler.toml"), port: 0, storage },
      absoluteTargets: false,
      variables: {
        ...{ TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
        ...{ TWILIO_AUTH_TOKEN_SECONDARY: "", ENCRYPTION_KEY: btoa("x".repeat(32)) },
      },
    },
    () => {},
  );
  try {
    const made = await makeBuild(`http://localhost:${runtime.port}`, build);
    const bucket = await runtime.miniflare.getR2Bucket("BYTES", "ringback");
    const read = async (key: string) => {
      const object = await bucket.get(key);
      if (object === null) throw new Error(`${key} is missing`);
      return Buffer.from(await object.arrayBuffer());
    };
    const pkg = await read(packageKey(made.service, made.build));
    const decoded = decodePackage(pkg);
    if (!decoded.ok) throw new Error(decoded.detail);
    const objects = new Map([[packageKey(SERVICE_SID, BUILD_SID), pkg]]);
    for (const { sha256 } of decoded.package.libraries) {
      objects.set(libraryKey(sha256), await read(libraryKey(sha256)));
    }
    const { closure } = decoded.package;
    if (closure !== null) objects.set(closureKey(closure), await read(closureKey(closure)));
    const compiled = JSON.parse(`${await read(`builds/${made.service}/${made.build}.json`)}`);
    const functions = Object.entries(compiled.functions as Record<string, ManifestFunction>);
    await writeFile(path.join(directory, "fixture.json"), JSON.stringify({ hosts, functions }));
    const bindings = [LOADER, `(name = "FIXTURE", json = embed "fixture.json")`];
    let size = 0;
    for (const [index, [key, bytes]] of [...objects].entries()) {
      await writeFile(path.join(directory, `object-${index}`), bytes);
      bindings.push(`(name = "${key}", data = embed "object-${index}")`);
      size += bytes.length;
    }
    return { bindings: bindings.join(", "), size };
  } finally {
    await runtime.stop();
  }
}

type Made = { sid: string };

async function makeBuild(
  url: string,
  { functions, dependencies }: Build,
): Promise<{ service: string; build: string }> {
  const api = { url, accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN };
  const form = (values: Record<string, string>) => new URLSearchParams(values);
  const name = { UniqueName: "bench", FriendlyName: "bench" };
  const service = await call<Made>(api, "POST", "/Services", form(name));
  const builds = `/Services/${service.sid}/Builds`;
  const body = form({
    Dependencies: JSON.stringify(
      Object.entries(dependencies).map(([name, version]) => ({ name, version })),
    ),
  });
  for (const [functionPath, source] of Object.entries(functions)) {
    const resource = `/Services/${service.sid}/Functions`;
    const fn = await call<Made>(api, "POST", resource, form({ FriendlyName: functionPath }));
    const upload = new FormData();
    upload.set("Path", functionPath);
    upload.set("Visibility", "public");
    upload.set("Content", new Blob([source], { type: "application/javascript" }), "f.js");
    const version = await call<Made>(api, "POST", `${resource}/${fn.sid}/Versions`, upload);
    body.append("FunctionVersions", version.sid);
  }
  const build = await call<Made>(api, "POST", builds, body);
  for (;;) {
    const resource = `${builds}/${build.sid}/Status`;
    const { status, errors } = await call<{ status: string; errors: unknown }>(
      api,
      "GET",
      resource,
    );
    if (status === "completed") return { service: service.sid, build: build.sid };
    if (status === "failed") throw new Error(JSON.stringify(errors));
  }
}

/** `count` functions that answer TwiML, by TwiML alone or with the whole SDK. */
export function menuFunctions(count: number, flavour: Flavour): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`/menu/${index}`, functionSource(index, flavour)]),
  );
}

/** About 3 KB, as a function of a real project has; `index` makes each another one. */
function functionSource(index: number, flavour: Flavour): string {
  const options = Array.from(
    { length: 40 },
    (_, line) => `Option ${line} of menu ${index}: press a key`,
  );
  return `
const { twiml${flavour === "sdk" ? ", validateRequest" : ""} } = require("twilio");
const OPTIONS = ${JSON.stringify(options, null, 2)};
exports.handler = (context, event, callback) => {
  const response = new twiml.VoiceResponse();
  response.say(context.GREETING);
  response.gather({ numDigits: 1 }).say(OPTIONS[event.Digits || 0]);
  callback(null, response);
};
`;
}

export type Answer = { status: number; headers: [string, string][]; body: string };

/**
 * The least host there can be: one dynamic Worker a hostname, which gives one answer and carries
 * `size` bytes of code that does nothing.
 */
export function bareHost({ status, headers, body }: Answer, size: number): string {
  const code =
    `const headers = new Headers(${JSON.stringify(headers)});\n` +
    `export default { fetch() { return new Response(${JSON.stringify(body)}, { status: ${status}, headers }); } };`;
  return `const code = () => ({
  compatibilityDate: "${COMPATIBILITY_DATE}",
  mainModule: "main.js",
  modules: { "main.js": { js: ${JSON.stringify(code)} }, "nothing.cjs": { cjs: "//" + " ".repeat(${size}) } },
  globalOutbound: null,
});
export default {
  fetch(request, env) {
    return env.LOADER.get(new URL(request.url).hostname, code).getEntrypoint().fetch(request);
  },
};
`;
}
