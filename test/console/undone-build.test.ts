import { describe, expect, it } from "vitest";
import { undoneBuild } from "../../src/console/app/deploy/undone-build.ts";

/** Deployments of these builds, newest first; the last one's note. */
function deployments(builds: (string | null)[], note: string | null = null) {
  return builds.map((build_sid, index) => ({
    build_sid,
    deployed_by:
      index === 0
        ? { credential: "token" as const, key_sid: null, key_name: null, client: "", note }
        : null,
  }));
}

describe("what a roll-back took away", () => {
  it.each([
    ["the build before, where an older one is served again", ["A", "B", "A"], null, "B"],
    ["the build before, where the console rolled back", ["A", "B"], "Rolled back", "B"],
    ["nothing, where all was deployed once", ["C", "B", "A"], null, null],
    ["nothing, where something was deployed since", ["C", "A", "B", "A"], null, null],
    ["nothing, where nothing is served", [null, "B", null], null, null],
    ["nothing, where it was nothing", ["A", null, "A"], null, null],
    ["nothing, of one deployment", ["A"], null, null],
  ])("%s", (_, builds, note, expected) =>
    expect(undoneBuild(deployments(builds, note))).toBe(expected),
  );
});
