import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Deployed, deploy } from "./harness.ts";
import { NPM_EXAMPLES, type NpmExample } from "./npm-examples.ts";
import { EXAMPLES, type Example } from "./package-examples.ts";

const network = globalThis.fetch;
let answers: NpmExample["answers"] = {};

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as Request, init);
    if (request.url.startsWith(env.NPM_REGISTRY)) return network(request);
    const { method, url } = request;
    const known = Object.keys(answers ?? {}).find((part) => url.includes(part));
    const answer = known === undefined ? { method, url } : answers?.[known];
    return typeof answer === "string" ? new Response(answer) : Response.json(answer);
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

describe.skipIf(!env.REAL_REGISTRY)(
  "smaller packages as npm has them, in the versions that projects have",
  () => {
    const projects = new Map<boolean, Deployed>();
    const fileOf = ({ dependency }: Example) => dependency.replace(/[^a-z0-9-]/g, "_");

    beforeAll(async () => {
      // Two builds, since one has one version of a name.
      for (const older of [false, true]) {
        const examples = EXAMPLES.filter(({ version }) => (version !== undefined) === older);
        const source = ({ body }: Example) =>
          `exports.handler = async (context, event, callback) => {
          const run = async () => { ${body} };
          callback(null, { returns: await run() });
        };`;
        const functions = Object.fromEntries(
          examples.map((example) => [`${fileOf(example)}.js`, source(example)]),
        );
        const dependencies = examples.map(({ dependency: name, version = "*" }) => ({
          name,
          version,
        }));
        const assets = { "greeting.private.js": 'module.exports = "ahoy";' };
        const registry = `${env.NPM_REGISTRY}npm/`;
        projects.set(older, await deploy({ functions, assets, dependencies, registry }));
      }
    }, 120_000);

    it.each(
      EXAMPLES.map(
        (example) => [example.dependency, example.version ?? "newest", example] as const,
      ),
    )("%s (%s)", async (_, _version, example) => {
      answers = { "": { ok: true, valid: true, id: "x1", fields: { name: "Bo" } } };
      const project = projects.get(example.version !== undefined) as Deployed;
      const { body } = await project.call(`/${fileOf(example)}`, { timeout: 5_000 });
      expect(JSON.parse(body)).toEqual({ returns: example.returns });
    });
  },
);

it.skipIf(env.REAL_REGISTRY)("packages as npm has them now: no registry can be reached", () => {
  console.log("npm's registry cannot be reached: packages of it were not tried");
});
