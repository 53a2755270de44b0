import { describe, expect, it } from "vitest";
import { nameFinding, versionFinding } from "../../src/console/app/deploy/dependency-rules.ts";

describe("a dependency's name", () => {
  it.each([
    ["lodash", undefined],
    ["@sendgrid/mail", undefined],
    ["", undefined],
    ["not a name", "problem"],
    ["../up", "problem"],
    ["@scope", "problem"],
    ["crypto", "note"],
    ["twilio", "note"],
    ["@types/node", "note"],
  ])("%o: %s", (name, level) => expect(nameFinding(name)?.level).toBe(level));
});

describe("a dependency's version", () => {
  it.each([
    ...[
      "1",
      "1.2.3",
      "v1.2.3",
      "^4.17.0",
      "~1.2",
      "1.x",
      "*",
      ">=2.0.0-rc.1 <3",
      "1 - 2.5",
      "^1 || ^2.1",
      "1.0.0+build.5",
      "npm:other@^2",
    ].map((version) => [version, undefined]),
    ["", "note"],
    ["latest", "note"],
    ["npm:other@next", "note"],
    ["npm:other", undefined],
    ["git+ssh://git@example.com/a.git", "problem"],
    ["github:owner/name", "problem"],
    ["file:../local", "problem"],
    ["https://example.com/a.tgz", "problem"],
    ["npm:not a name@1", "problem"],
    ["1.2.3.4", "problem"],
    ["^", "problem"],
  ])("%o: %s", (version, level) => expect(versionFinding(version as string)?.level).toBe(level));

  it("is found in a time in proportion to its length", () => {
    expect(versionFinding(`${"1 ".repeat(20_000)}!`)?.level).toBe("problem");
  });
});
