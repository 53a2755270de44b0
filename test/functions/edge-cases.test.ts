/** The emulator's recorded answers, asked of a deployment's host. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import edgeCases from "../conformance/data/function-edge-cases.json";
import { DIFFERENCES, REFUSED_AT_BUILD } from "../conformance/function-differences.ts";
import { type Isolate, newIsolate, type Received } from "../isolate.ts";
import { type Client, clientOf, deployed, type Upload } from "../staying-up/client.ts";

type Case = (typeof edgeCases.cases)[number];

const { sources, env: settings, meta, cases } = edgeCases;
const { ACCOUNT_SID, AUTH_TOKEN, ...variables } = settings;
const { "syntax.js": syntax, ...sound } = sources;

/** Functions that never answer: an account runs thirty at once, and they wait for one another. */
const SILENT = ["/never", "/async-return"];

let isolate: Isolate;
let client: Client;
let origin: string;
const overdue = new Map<Case, Promise<Received>>();

beforeAll(async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const LIMITS = { ...env.LIMITS, function_seconds: 1 };
  const account = { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN };
  isolate = await newIsolate({ ...env, ...account, LIMITS });
  client = clientOf(isolate, { username: ACCOUNT_SID, password: AUTH_TOKEN });
  const functions = Object.entries(sound).map(([file, content]) => ({
    kind: "function" as const,
    path: pathOf(file),
    content,
  }));
  const project = await deployed(client, "edge", [...functions, ...privateAssets()], {
    variables,
    dependencies: { twilio: "^4.23.0" },
  });
  origin = project.origin;
  for (const one of cases) {
    if (isSilent(one)) overdue.set(one, ask(one));
  }
});

function isSilent({ functionPath }: Case): boolean {
  return SILENT.includes(functionPath);
}

function pathOf(file: string): string {
  return `/${file.replace(/\.js$/, "")}`;
}

function privateAssets(): Upload[] {
  return Object.entries(meta.assets).map(([file, content]) => ({
    path: `/${file.replace(".private.", ".")}`,
    visibility: "private",
    content,
  }));
}

function ask({ request }: Case): Promise<Received> {
  const { method, path, headers, body } = request;
  const init = { method, headers: headers as Record<string, string> };
  // As bytes: text would bring a Content-Type of its own. No fetch sends a GET with a body.
  const content = method === "GET" || body === null ? null : new TextEncoder().encode(body);
  return isolate.request(`${origin}${path}`, { ...init, body: content });
}

/** Fields that are masked or were dropped when the emulator's answers were recorded. */
const UNRECORDED = new Set(["cache-control", "content-length", "date", "x-request-id"]);

function recorded({ status, headers, text }: Received): object {
  const fields: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (!UNRECORDED.has(name)) fields[name] = fields[name] ? `${fields[name]}, ${value}` : value;
  }
  return {
    status,
    headers: fields,
    body: withSortedHeaders(text)
      .replace(/"stack":"(?:[^"\\]|\\.)*"/, '"stack":"<stack>"')
      .replace(/Require stack:(?:\\n- [^"\\]+)+/, "Require stack:<stack>")
      .replace(/^Request: .*$/m, "Request: <id>")
      .replaceAll("/bundle/", "<root>/")
      .replaceAll(new URL(origin).host, "localhost:3000"),
  };
}

function expected({ response }: Case): object {
  const { status, headers, body } = response;
  const fields = Object.entries(headers ?? {}).map(([name, values]) => [
    name,
    (values as string[]).join(", "),
  ]);
  return { status, headers: Object.fromEntries(fields), body: withSortedHeaders(body ?? "") };
}

/** The edge hands on a request's fields in the order of their names: theirs says nothing. */
function withSortedHeaders(body: string): string {
  if (!body.startsWith('{"request":{"headers":{')) return body;
  const { request, ...fields } = JSON.parse(body);
  const headers = Object.fromEntries(Object.entries(request.headers).sort());
  return JSON.stringify({ request: { ...request, headers }, ...fields });
}

describe("the emulator's answers", () => {
  // Those that wait come last: the others are asked meanwhile.
  const called = cases
    .filter(({ functionPath }) => functionPath !== "/syntax")
    .sort((a, b) => Number(isSilent(a)) - Number(isSilent(b)));
  const names = called.map(({ functionPath, request }) => `${functionPath} ${request.id}`);

  it.each(called.map((one, index) => [names[index] as string, one] as const))(
    "%s",
    async (name, one) => {
      const answer = await (overdue.get(one) ?? ask(one));
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
    const broken: Upload = {
      kind: "function",
      path: pathOf(REFUSED_AT_BUILD.file),
      content: syntax,
    };
    await expect(deployed(client, "edge-syntax", [broken])).rejects.toThrow(
      /"code":20001,"message":"\/syntax line 1: SyntaxError: Unexpected token[^"]*"/,
    );
  });
});
