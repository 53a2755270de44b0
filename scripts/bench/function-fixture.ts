import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ManifestFunction } from "../../src/contract/manifest.ts";
import { encodePackage, libraryKey, packageKey } from "../../src/contract/package-format.ts";
import type { LibraryCatalogue } from "../../src/functions/build/libraries.ts";
import { layPackage } from "../../src/functions/build/package.ts";
import { BUILD_SID, SERVICE_SID } from "./fixture.ts";
import { COMPATIBILITY_DATE } from "./workerd.ts";

const DIST = path.join(import.meta.dirname, "../../dist");

export type Flavour = ManifestFunction["flavour"];

export const LOADER = `(name = "LOADER", workerLoader = ())`;

/**
 * Lays a build of `count` functions as the API does, its files in `directory`, and returns it as the
 * bindings of function-worker.ts, with the bytes of its Worker's code.
 */
export async function layBuild(
  directory: string,
  count: number,
  flavour: Flavour,
  hosts: string[],
): Promise<{ bindings: string; size: number }> {
  const libraries = path.join(DIST, "assets/libraries");
  const catalogue: LibraryCatalogue = JSON.parse(
    await readFile(path.join(libraries, "catalogue.json"), "utf8"),
  );
  const laid = await layPackage({
    functions: Array.from({ length: count }, (_, index) => ({
      path: `/menu/${index}`,
      sid: `ZN${"0".repeat(32)}`,
      visibility: "public" as const,
      source: new TextEncoder().encode(functionSource(index, flavour)),
    })),
    ...{ privateAssets: [], assetPaths: [], dependencies: [], catalogue },
  });
  if (!laid.ok || laid.functions.some((fn) => fn.flavour !== flavour)) {
    throw new Error(`the build is not ${flavour}: ${JSON.stringify(laid)}`);
  }
  const functions = laid.functions.map(({ path, flavour }): [string, ManifestFunction] => [
    path,
    { sid: `ZH${"0".repeat(32)}`, visibility: "public", flavour },
  ]);
  await writeFile(path.join(directory, "fixture.json"), JSON.stringify({ hosts, functions }));
  await writeFile(path.join(directory, "package"), encodePackage(laid.package));
  const runner = await readFile(path.join(DIST, "functions/runner.txt"));
  // A file is there as it is and, wrapped, as a module.
  let size = laid.package.files.reduce((sum, { bytes }) => sum + 2 * bytes.length, runner.length);
  const bindings = [
    LOADER,
    `(name = "FIXTURE", json = embed "fixture.json")`,
    `(name = "${packageKey(SERVICE_SID, BUILD_SID)}", data = embed "package")`,
  ];
  for (const { name, file, sha256 } of laid.package.libraries) {
    const code = await readFile(path.join(libraries, file));
    await writeFile(path.join(directory, file), code);
    bindings.push(`(name = "${libraryKey(sha256)}", data = embed "${file}")`);
    if (flavour === "sdk" || name !== "twilio") size += code.length;
  }
  return { bindings: bindings.join(", "), size };
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
