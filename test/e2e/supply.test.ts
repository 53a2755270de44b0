import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");
const json = (file: string) => JSON.parse(readFileSync(path.join(root, file), "utf8"));

type Locked = { resolved?: string; integrity?: string; hasInstallScript?: true; link?: true };
const locked = Object.entries(json("package-lock.json").packages as Record<string, Locked>).filter(
  // This repository and its workspaces are not downloaded.
  ([name, { link }]) => name.includes("node_modules/") && !link,
);

describe("package-lock.json", () => {
  it("has install scripts in esbuild and workerd alone, which package.json allows", () => {
    // fsevents is macOS's file watcher, optional, and what it would run is not allowed.
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = new Set(scripted.map(([name]) => name.replace(/^.*node_modules\//, "")));
    names.delete("fsevents");
    expect([...names].sort()).toEqual(["esbuild", "workerd"]);
    expect(json("package.json").allowScripts).toEqual({ esbuild: true, workerd: true });
  });

  it("names a checksum for everything that is downloaded", () => {
    expect(locked.length).toBeGreaterThan(100);
    const unchecked = locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ""));
    expect(unchecked.map(([name]) => name)).toEqual([]);
  });
});
