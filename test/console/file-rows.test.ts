import { describe, expect, it } from "vitest";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../src/api/representations.ts";
import { fileRows, inFolders } from "../../src/console/app/files/file-rows.ts";
import type { FileKind, FileVersion } from "../../src/console/app/files/file-version.ts";

function version(
  file: string,
  path: string,
  sid = `ZN${file}`,
  kind: FileKind = "asset",
): FileVersion {
  return { kind, sid, file_sid: file, path, visibility: "public" } as FileVersion;
}

function deployed(name: string, versions: FileVersion[]) {
  return {
    environment: { sid: name, unique_name: name } as EnvironmentRepresentation,
    build: {
      asset_versions: versions
        .filter(({ kind }) => kind === "asset")
        .map(({ file_sid, ...rest }) => ({ ...rest, asset_sid: file_sid })),
      function_versions: versions
        .filter(({ kind }) => kind === "function")
        .map(({ file_sid, ...rest }) => ({ ...rest, function_sid: file_sid })),
    } as unknown as BuildRepresentation,
  };
}

const production = deployed("production", [
  version("1", "/a"),
  version("2", "/b", "ZNold", "function"),
]);
const staging = deployed("staging", [version("2", "/b", "ZN2", "function")]);
const rows = fileRows(
  [
    version("3", "/menu/fr/c"),
    version("2", "/b", "ZN2", "function"),
    version("1", "/a"),
    version("4", "/menu/10"),
  ],
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

  it("lists what is deleted and still served, and takes a version like the served one for it", () => {
    const served = [version("1", "/a"), version("2", "/b"), version("3", "/c")];
    const { environment, build } = deployed("production", served);
    const again = version("2", "/b", "ZNagain");
    const wider = { ...version("3", "/c", "ZN3b"), visibility: "protected" } as FileVersion;
    expect(
      fileRows([again, wider], [{ environment, build }], environment).map(
        ({ path, state, live, liveIn }) => [path, state, live?.sid, liveIn],
      ),
    ).toEqual([
      ["/a", "deleted", "ZN1", ["production"]],
      ["/b", "live", "ZN2", ["production"]],
      ["/c", "changed", "ZN3", []],
    ]);
  });

  it("takes a new file at the path of a deleted one for that, changed", () => {
    const { environment, build } = deployed("production", [version("1", "/a")]);
    const other = { ...version("9", "/a"), visibility: "private" } as FileVersion;
    expect(
      fileRows([other], [{ environment, build }], environment).map(({ path, state, live }) => [
        path,
        state,
        live?.sid,
      ]),
    ).toEqual([["/a", "changed", "ZN1"]]);
  });

  it("puts them below folders, and leaves out what is in a closed one", () => {
    const lines = (closed: string[]) =>
      inFolders(rows, new Set(closed)).map(({ kind, path, level }) => [kind, path, level]);
    expect(lines([])).toEqual([
      ["folder", "/menu", 1],
      ["folder", "/menu/fr", 2],
      ["file", "/menu/fr/c", 3],
      ["file", "/menu/10", 2],
      ["file", "/a", 1],
      ["file", "/b", 1],
    ]);
    expect(lines(["/menu"])).toEqual([
      ["folder", "/menu", 1],
      ["file", "/a", 1],
      ["file", "/b", 1],
    ]);
    expect(inFolders(rows, new Set())[0]).toMatchObject({ name: "menu", files: 2, open: true });
  });
});
