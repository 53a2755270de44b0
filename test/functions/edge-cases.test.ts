import { beforeAll, describe, expect, it } from "vitest";
import edgeCases from "../conformance/data/function-edge-cases.json";
import { type Answer, type Deployed, deploy } from "./harness.ts";

type Case = (typeof edgeCases.cases)[number];

const { sources, env, meta, cases } = edgeCases;
const { ACCOUNT_SID, AUTH_TOKEN, ...variables } = env;
const { "syntax.js": _, ...sound } = sources;
let deployed: Deployed;

beforeAll(async () => {
  deployed = await deploy({
    functions: sound,
    assets: { ...meta.assets, "sub/other.private.js": 'exports.v = "o";\n' },
    dependencies: [{ name: "twilio", version: "^4.23.0" }],
    variables,
    credentials: { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN },
  });
});

/** Fields that are masked or were dropped when the emulator's answers were recorded. */
const UNRECORDED = new Set(["cache-control", "content-length"]);

function recorded({ status, headers, body }: Answer): object {
  const fields: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (!UNRECORDED.has(name)) fields[name] = fields[name] ? `${fields[name]}, ${value}` : value;
  }
  return { status, headers: fields, body: body.replace(/"stack":"(?:[^"\\]|\\.)*"/, '"stack":"<stack>"').replaceAll("/bundle/", "<root>/") };
}

function expected({ response }: Case): object {
  const { status, headers, body } = response;
  const fields = Object.entries(headers ?? {}).map(([name, values]) => [name, (values as string[]).join(", ")]);
  return { status, headers: Object.fromEntries(fields), body };
}

describe("the emulator's answers", () => {
  it.each(cases.map((one, index) => [`${one.functionPath} ${one.request.id}`, one, index] as const))(
    "%s",
    async (_name, one) => {
      const { method, path, headers, body } = one.request;
      const answer = await deployed.call(path, { method, headers: headers as Record<string,string>, body, timeout: 400 });
      expect(recorded(answer)).toEqual(expected(one));
    },
  );
});
