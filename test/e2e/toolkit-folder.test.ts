import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readToolkitFolder, readToolkitName } from "../../scripts/deploy/toolkit-folder.ts";

describe("a file's name says its path and its visibility (contract section 4)", () => {
  it.each([
    ["ahoy.mp3", "/ahoy.mp3", "public"],
    ["assets/index.html", "/assets/index.html", "public"],
    ["data.protected.csv", "/data.csv", "protected"],
    ["crew.private.json", "/crew.json", "private"],
    ["a.public.txt", "/a.txt", "public"],
    ["ivr/fr/répondeur.protected.wav", "/ivr/fr/répondeur.wav", "protected"],
    ["my  file.mp3", "/my--file.mp3", "public"],
    ["tab\there.mp3", "/tab-here.mp3", "public"],
    [".well-known/security.txt", "/.well-known/security.txt", "public"],
    ["protected.mp3", "/protected.mp3", "public"],
    ["x.protected", "/x.protected", "public"],
    ["x.protected.d/y.mp3", "/x.protected.d/y.mp3", "public"],
    ["x.protected.tar.gz", "/x.protected.tar.gz", "public"],
    ["no-extension", "/no-extension", "public"],
  ])("%s is %s, %s", (file, assetPath, visibility) => {
    expect(readToolkitName(file)).toEqual({ path: assetPath, visibility });
  });

  it.each([..."#;,?:@+&$()'\""])("a name with %s is refused", (character) => {
    expect(() => readToolkitName(`a${character}b.mp3`)).toThrow(`may not hold ${character}`);
  });

  it("a path of more than 255 characters is refused", () => {
    expect(readToolkitName("a".repeat(254)).path).toHaveLength(255);
    expect(() => readToolkitName("a".repeat(255))).toThrow("at most 255 characters");
  });
});

describe("a toolkit-shaped folder", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "ringback-folder-"));
  beforeAll(() => {
    mkdirSync(path.join(folder, "assets/deep/er"), { recursive: true });
    for (const file of ["b.txt", "deep/er/a.protected.txt", ".hidden", ".DS_Store"]) {
      writeFileSync(path.join(folder, "assets", file), file);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is read whole but for .DS_Store, in the order of paths", () => {
    expect(readToolkitFolder(folder)).toEqual([
      { path: "/.hidden", visibility: "public", content: Buffer.from(".hidden") },
      { path: "/b.txt", visibility: "public", content: Buffer.from("b.txt") },
      {
        path: "/deep/er/a.txt",
        visibility: "protected",
        content: Buffer.from("deep/er/a.protected.txt"),
      },
    ]);
  });

  it("with two files of one path is refused", () => {
    const another = path.join(folder, "assets/b.private.txt");
    writeFileSync(another, "");
    expect(() => readToolkitFolder(folder)).toThrow("Two files have the path /b.txt");
    rmSync(another);
  });

  it("may call its assets static", () => {
    const other = mkdtempSync(path.join(tmpdir(), "ringback-folder-"));
    mkdirSync(path.join(other, "static"));
    writeFileSync(path.join(other, "static/a.txt"), "a");
    expect(readToolkitFolder(other).map((asset) => asset.path)).toEqual(["/a.txt"]);
    rmSync(other, { recursive: true });
  });

  it("without assets is refused", () => {
    const empty = mkdtempSync(path.join(tmpdir(), "ringback-folder-"));
    expect(() => readToolkitFolder(empty)).toThrow("has no folder assets or static");
    rmSync(empty, { recursive: true });
  });
});
