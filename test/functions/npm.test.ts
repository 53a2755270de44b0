import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deploy } from "./harness.ts";
import { NPM_EXAMPLES, type NpmExample } from "./npm-examples.ts";

const network = globalThis.fetch;
let answers: NpmExample["answers"] = {};

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as Request, init);
    if (request.url.startsWith(env.NPM_REGISTRY)) return network(request);
    const { method, url } = request;
    const known = Object.keys(answers ?? {}).find((part) => url.includes(part));
    return Response.json(known === undefined ? { method, url } : answers?.[known]);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.skipIf(!env.REAL_REGISTRY)("packages as npm has them now", () => {
  const named = NPM_EXAMPLES.map(
    (example) =>
      [
        Object.entries(example.dependencies)
          .map(([name, version]) => `${name}@${version}`)
          .join(" "),
        example,
      ] as const,
  );

  it.each(named)("%s", { timeout: 120_000 }, async (_, example) => {
    answers = example.answers;
    const [first = ""] = Object.keys(example.dependencies);
    const needsFirst = /\bm\b/.test(example.body);
    const { call } = await deploy({
      functions: {
        "f.js": `${needsFirst ? `const m = require(${JSON.stringify(first)});` : ""}
          exports.handler = async (context, event, callback) => {
            const run = async () => { ${example.body} };
            callback(null, { returns: await run() });
          };`,
      },
      dependencies: Object.entries(example.dependencies).map(([name, version]) => ({
        name,
        version,
      })),
      registry: `${env.NPM_REGISTRY}npm/`,
    });
    const { body } = await call("/f", { timeout: 10_000 });
    expect(JSON.parse(body)).toEqual({ returns: example.returns });
  });
});

it.skipIf(env.REAL_REGISTRY)("packages as npm has them now: no registry can be reached", () => {
  console.log("npm's registry cannot be reached: packages of it were not tried");
});
