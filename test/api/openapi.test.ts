import { beforeAll, describe, expect, it } from "vitest";
import { addAccount, call, type Form } from "./client.ts";
import { type Operation, operations, violations } from "./openapi-document.ts";
import { createWorld, fillPath, type World } from "./openapi-world.ts";

/** What answers have beyond the document (docs/api.md). */
const EXTENSIONS = new Set([
  "function_version.content_sha256",
  "function_version.content_size",
  "asset_version.content_sha256",
  "asset_version.content_size",
  "asset_version.content_type",
  "asset_version.facts",
  "asset_version.links",
  "build.errors",
  "build.resolved_dependencies",
  "build.warnings",
  "build_status.errors",
  "build_status.warnings",
  "deployment.changes",
  "deployment.deployed_by",
]);

/** A value for each parameter of a form, so that what is created differs from what is there. */
function formOf(operation: Operation, world: World): Form | null {
  const values: Record<string, string | undefined> = {
    UniqueName: operation.id,
    FriendlyName: "another",
    IncludeCredentials: "false",
    UiEditable: "true",
    DomainSuffix: "another",
    Key: operation.id,
    Value: "2",
    AssetVersions: world.sids["Assets/Versions"],
    FunctionVersions: world.sids["Functions/Versions"],
    Dependencies: '"[{"name":"twilio","version":"^5.0.0"}]"',
    Runtime: "node22",
    BuildSid: world.deployable,
    IsPlugin: "false",
  };
  const form: Form = {};
  for (const name of Object.keys(operation.form?.properties ?? {})) {
    if (!(name in values)) return null;
    const value = values[name];
    if (value !== undefined) form[name] = value;
  }
  return form;
}

// What is deleted is deleted last, and what is inside it before.
const ordered = operations().sort((one, other) => rank(one) - rank(other));

function rank({ method, path }: Operation): number {
  return method === "DELETE" ? 100 - path.split("/").length : method === "POST" ? 1 : 0;
}

let world: World;
beforeAll(async () => {
  world = await createWorld("walked", await addAccount("walked"));
  expect(world.sids).toMatchObject({
    Services: expect.any(String),
    Environments: expect.any(String),
    "Environments/Variables": expect.any(String),
    Assets: expect.any(String),
    "Assets/Versions": expect.any(String),
    Functions: expect.any(String),
    "Functions/Versions": expect.any(String),
    Builds: expect.any(String),
    "Environments/Deployments": expect.any(String),
    "Environments/Logs": expect.any(String),
  });
});

describe("the operation", () => {
  it.for(ordered)("$id answers as the OpenAPI document says", async (operation) => {
    const path = fillPath(operation.path, world);
    if (path === null) throw new Error("the world has no such resource");
    const form = operation.method === "POST" ? formOf(operation, world) : undefined;
    if (form === null) throw new Error("a parameter that this test has no value for");
    const { status, body, text } = await call(operation.method, path, form, world.credentials);
    expect([status, status === operation.status ? "" : text]).toEqual([operation.status, ""]);
    if (operation.answer === null) expect(text).toBe("");
    else expect(violations(body, operation.answer, EXTENSIONS)).toEqual([]);
  });
});
