import { describe, expect, it } from "vitest";
import type {
  AssetVersionRepresentation,
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../src/api/representations.ts";
import { assetRows, filteredRows, inFolders } from "../../src/console/app/assets/asset-rows.ts";

function version(asset: string, path: string, sid = `ZN${asset}`): AssetVersionRepresentation {
  return { sid, asset_sid: asset, path, visibility: "public" } as AssetVersionRepresentation;
}

function deployed(name: string, versions: AssetVersionRepresentation[]) {
  return {
    environment: { sid: name, unique_name: name } as EnvironmentRepresentation,
    build: { asset_versions: versions } as unknown as BuildRepresentation,
  };
}

const production = deployed("production", [version("1", "/a"), version("2", "/b", "ZNold")]);
const staging = deployed("staging", [version("2", "/b")]);
const rows = assetRows(
  [version("3", "/menu/fr/c"), version("2", "/b"), version("1", "/a"), version("4", "/menu/10")],
  [production, staging],
  production.environment,
);

describe("the list of files", () => {
  it("says where each stands in the environment that is deployed to, and in others", () => {
    expect(rows.map(({ path, state, liveIn }) => [path, state, liveIn])).toEqual([
      ["/a", "live", ["production"]],
      ["/b", "changed", ["staging"]],
      ["/menu/10", "new", []],
      ["/menu/fr/c", "new", []],
    ]);
  });

  it("puts them below folders, and leaves out what is in a closed one", () => {
    const lines = (closed: string[]) =>
      inFolders(rows, new Set(closed)).map(({ kind, path, level }) => [kind, path, level]);
    expect(lines([])).toEqual([
      ["folder", "/menu", 1],
      ["folder", "/menu/fr", 2],
      ["asset", "/menu/fr/c", 3],
      ["asset", "/menu/10", 2],
      ["asset", "/a", 1],
      ["asset", "/b", 1],
    ]);
    expect(lines(["/menu"])).toEqual([
      ["folder", "/menu", 1],
      ["asset", "/a", 1],
      ["asset", "/b", 1],
    ]);
    expect(inFolders(rows, new Set())[0]).toMatchObject({ name: "menu", files: 2, open: true });
  });

  it.each([
    [{ text: "MENU", visibility: "all", state: "all" }, ["/menu/10", "/menu/fr/c"]],
    [{ text: "", visibility: "all", state: "changed" }, ["/b"]],
    [{ text: "", visibility: "private", state: "all" }, []],
    [{ text: "a", visibility: "public", state: "live" }, ["/a"]],
  ] as [Parameters<typeof filteredRows>[1], string[]][])("is filtered by %o", (filter, paths) =>
    expect(filteredRows(rows, filter).map(({ path }) => path)).toEqual(paths),
  );
});
