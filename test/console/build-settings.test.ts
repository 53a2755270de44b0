import { describe, expect, it } from "vitest";
import type { BuildRepresentation } from "../../src/api/representations.ts";
import { lastSettings } from "../../src/console/app/deploy/build-settings.ts";

function build(functions: number, dependency: string, runtime: string): BuildRepresentation {
  return {
    function_versions: Array.from({ length: functions }),
    dependencies: [{ name: dependency, version: "1" }],
    resolved_dependencies: [{ name: dependency, version: "1.9.9", integrity: "" }],
    runtime,
  } as BuildRepresentation;
}

describe("what the next build asks for", () => {
  it.each([
    ["nothing, where none was made", null, null, [], null],
    [
      "what the newest did",
      build(1, "new", "node22"),
      build(1, "old", "node18"),
      [{ name: "new", version: "1" }],
      "node22",
    ],
    [
      "what the current one did, where the newest had no functions",
      build(0, "new", "node22"),
      build(1, "old", "node18"),
      [{ name: "old", version: "1" }],
      "node18",
    ],
    [
      "what the newest did, where no build had functions",
      build(0, "new", "node22"),
      null,
      [{ name: "new", version: "1" }],
      "node22",
    ],
  ])("%s", (_, newest, current, dependencies, runtime) =>
    expect(lastSettings(newest, current)).toEqual({
      dependencies,
      resolved: dependencies.map(({ name }) => ({ name, version: "1.9.9", integrity: "" })),
      runtime,
    }),
  );
});
