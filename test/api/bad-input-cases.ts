import { apiRequest, BASE, basic, formBody } from "./client.ts";
import type { Operation, Parameter, Schema } from "./openapi-document.ts";
import { fillPath, pathKinds, type World } from "./openapi-world.ts";

/** A request with one thing wrong. */
export type BadCase = { name: string; request: Request };

/** Two accounts: what is asked for as `own` is made wrong by what is `other`'s. */
export type Worlds = { own: World; other: World };

/** What this API takes although it is out of the ordinary, with the reason (docs/api.md). */
const TAKEN: Record<string, string> = {
  "PageSize above its maximum": "SDKs send the limit of a list there: it is clamped",
  "DomainSuffix empty": "the same as none",
};

/** Returns requests for `operation` at `path` that each have one thing wrong. */
export function badCases(operation: Operation, path: string, worlds: Worlds): BadCase[] {
  const cases = [...badSids(operation, worlds), ...badQueries(operation, path, worlds)];
  if (operation.form) cases.push(...badForms(path, operation.form, worlds));
  return cases.filter(({ name }) => !(name in TAKEN));
}

function rightRequest(operation: Operation, path: string, worlds: Worlds): Request {
  const form = operation.form ? rightForm(operation.form, worlds.own) : undefined;
  return apiRequest(operation.method, path, form, worlds.own.credentials);
}

/** Each SID of the path replaced by one that is not the resource's. */
function badSids(operation: Operation, worlds: Worlds): BadCase[] {
  return [...pathKinds(operation.path)].flatMap(([name, kind]) => {
    const own = worlds.own.sids[kind] as string;
    const wrong = {
      unknown: own.slice(0, 2) + "f".repeat(32),
      "another account's": worlds.other.sids[kind] as string,
      "of another kind": `AC${own.slice(2)}`,
      "in another case": own.toLowerCase(),
      "no SID": "x",
      "too long": own + "0".repeat(300),
      "invalid UTF-8": "%ff",
      NUL: "%00",
      SQL: encodeURIComponent("' OR 1=1 --"),
    };
    return Object.entries(wrong).map(([what, sid]) => {
      const path = fillPath(operation.path, worlds.own, { [name]: sid }) as string;
      return { name: `{${name}} ${what}`, request: rightRequest(operation, path, worlds) };
    });
  });
}

/** Each parameter of the query with a value that it cannot have. */
function badQueries(operation: Operation, path: string, worlds: Worlds): BadCase[] {
  return operation.parameters
    .filter((parameter) => parameter.in === "query")
    .flatMap((parameter) =>
      Object.entries(wrongQuery(parameter)).map(([what, value]) => {
        const request = rightRequest(operation, `${path}?${parameter.name}=${value}`, worlds);
        return { name: `${parameter.name} ${what}`, request };
      }),
    );
}

function wrongQuery({ schema }: Parameter): Record<string, string> {
  const wrong: Record<string, string> = { empty: "", "invalid UTF-8": "%ff" };
  if (schema.type === "integer") {
    Object.assign(wrong, { "of another type": "ten", negative: "-1", broken: "1.5" });
    if (schema.minimum) wrong["below its minimum"] = String(schema.minimum - 1);
    if (schema.maximum) wrong["above its maximum"] = String(schema.maximum + 1);
  }
  if (schema.type === "string") wrong["too long"] = "x".repeat(300);
  if (schema.pattern || schema.format) wrong["of another kind"] = `AC${"0".repeat(32)}`;
  return wrong;
}

/** The form as a whole, and each of its fields, made wrong. */
function badForms(path: string, form: Schema, worlds: Worlds): BadCase[] {
  const post = (body: BodyInit, type = "application/x-www-form-urlencoded") => {
    const headers = { Authorization: basic(worlds.own.credentials), "Content-Type": type };
    return new Request(`${BASE}/v1${path}`, { method: "POST", headers, body });
  };
  const right = rightForm(form, worlds.own);
  const fields = formBody(right);
  const cases = [
    { name: "a form of 1 MB", request: post(`${fields}&Unknown=${"x".repeat(1 << 20)}`) },
    { name: "JSON", request: post(JSON.stringify(right), "application/json") },
    { name: "a field of invalid UTF-8", request: post(`${fields}&%ff=1`) },
    { name: "raw bytes of invalid UTF-8", request: post(new Uint8Array([0x61, 0x3d, 0xff])) },
  ];
  if (form.required?.length) {
    cases.push({ name: "unknown fields alone", request: post("Unknown=1&friendlyname=a") });
  }
  for (const [name, schema] of Object.entries(form.properties ?? {})) {
    const rest = formBody(
      Object.fromEntries(Object.entries(right).filter(([key]) => key !== name)),
    );
    if (form.required?.includes(name)) cases.push({ name: `${name} missing`, request: post(rest) });
    for (const [what, encoded] of Object.entries(wrongFields(name, schema, worlds))) {
      cases.push({ name: `${name} ${what}`, request: post(`${rest}&${name}=${encoded}`) });
    }
  }
  return cases;
}

/** Percent-encoded values that the field `name` cannot have. */
function wrongFields(name: string, schema: Schema, worlds: Worlds): Record<string, string> {
  const most = /(?:maximum of|must be) (\d+) (?:characters|bytes)/.exec(schema.description ?? "");
  const wrong: Record<string, string> = {
    empty: "",
    "too long": "x".repeat(most ? Number(most[1]) + 1 : 300_000),
    "with NUL": "a%00b",
    "overlong UTF-8": "%c0%ae",
    "broken UTF-8": "a%ff",
  };
  if (schema.type !== "array") {
    const value = encodeURIComponent(rightValue(name, worlds.own) ?? "");
    wrong.twice = `${value}&${name}=${value}`;
  }
  if (schema.type === "boolean") wrong["of another type"] = "maybe";
  const pattern = schema.pattern ?? schema.items?.pattern;
  if (pattern) {
    wrong["no SID"] = "x";
    wrong["of another kind"] = `AC${"0".repeat(32)}`;
    wrong.unknown = pattern.slice(1, 3) + "f".repeat(32);
    wrong["another account's"] = rightValue(name, worlds.other) ?? "";
  }
  return wrong;
}

function rightForm(form: Schema, world: World): Record<string, string> {
  const names = form.required ?? [];
  return Object.fromEntries(names.map((name) => [name, rightValue(name, world) ?? ""]));
}

function rightValue(name: string, world: World): string | undefined {
  const values: Record<string, string | undefined> = {
    UniqueName: "right",
    FriendlyName: "right",
    DomainSuffix: "right",
    Key: "RIGHT",
    Value: "right",
    IncludeCredentials: "true",
    UiEditable: "true",
    IsPlugin: "true",
    Runtime: "node22",
    Dependencies: "[]",
    AssetVersions: world.sids["Assets/Versions"],
    FunctionVersions: world.sids["Functions/Versions"],
    BuildSid: world.sids.Builds,
  };
  return values[name];
}
