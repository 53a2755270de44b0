import { beforeAll, describe, expect, it } from "vitest";
import { layPackage } from "../../src/functions/package.ts";
import edgeCases from "../conformance/data/function-edge-cases.json";
import { DIFFERENCES, REFUSED_AT_BUILD } from "../conformance/function-differences.ts";
import { type Answer, type Deployed, deploy, packageInput } from "./harness.ts";

type Case = (typeof edgeCases.cases)[number];

const { sources, env, meta, cases } = edgeCases;
const { ACCOUNT_SID, AUTH_TOKEN, ...variables } = env;
const { "syntax.js": _, ...sound } = sources;
const deployed = new Map<string, Deployed>();

// A build takes 50 functions, the table has more: two builds, each with what the others require.
beforeAll(async () => {
  const files = Object.keys(sound) as (keyof typeof sound)[];
  for (const half of [files.slice(0, 31), files.slice(31)]) {
    const functions = Object.fromEntries(half.map((file) => [file, sound[file]]));
    const project = await deploy({
      functions: { ...functions, "cb-null.js": sound["cb-null.js"] },
      assets: meta.assets,
      dependencies: [{ name: "twilio", version: "^4.23.0" }],
      variables,
      credentials: { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN },
    });
    for (const file of half) deployed.set(`/${file.replace(/\.js$/, "")}`, project);
  }
});

/** Fields that are masked or were dropped when the emulator's answers were recorded. */
const UNRECORDED = new Set(["cache-control", "content-length"]);

function recorded({ status, headers, body }: Answer): object {
  const fields: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (!UNRECORDED.has(name)) fields[name] = fields[name] ? `${fields[name]}, ${value}` : value;
  }
  return {
    status,
    headers: fields,
    body: body
      .replace(/"stack":"(?:[^"\\]|\\.)*"/, '"stack":"<stack>"')
      .replace(/Require stack:(?:\\n- [^"\\]+)+/, "Require stack:<stack>")
      .replaceAll("/bundle/", "<root>/"),
  };
}

function expected({ response }: Case): object {
  const { status, headers, body } = response;
  const fields = Object.entries(headers ?? {}).map(([name, values]) => [
    name,
    (values as string[]).join(", "),
  ]);
  return { status, headers: Object.fromEntries(fields), body };
}

describe("the emulator's answers", () => {
  const called = cases.filter(({ functionPath }) => functionPath !== "/syntax");
  const names = called.map(({ functionPath, request }) => `${functionPath} ${request.id}`);

  it.each(called.map((one, index) => [names[index] as string, one] as const))(
    "%s",
    async (name, one) => {
      const { method, path, headers, body } = one.request;
      const project = deployed.get(one.functionPath) as Deployed;
      const answer = await project.call(path, {
        method,
        headers: headers as Record<string, string>,
        body,
        timeout: 300,
      });
      const known = DIFFERENCES.find((difference) => difference.cases.includes(name));
      if (known) expect(known.answer, "stale difference").not.toEqual(expected(one));
      expect(recorded(answer)).toEqual(known?.answer ?? expected(one));
    },
  );

  it("differ in known cases alone", () => {
    const unknown = DIFFERENCES.flatMap((difference) => difference.cases).filter(
      (name) => !names.includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it("has one source that is refused when it is built", async () => {
    const input = await packageInput({
      functions: { [REFUSED_AT_BUILD.file]: sources["syntax.js"] },
    });
    expect(layPackage(input)).toEqual({
      ok: false,
      errors: [{ message: "SyntaxError: Unexpected token", path: "/syntax", line: 1 }],
    });
  });
});
