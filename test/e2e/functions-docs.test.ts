import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { LibraryCatalogue } from "../../src/functions/build/libraries.ts";
import { DIFFERENCES, REFUSED_AT_BUILD } from "../conformance/function-differences.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const docs = await readFile(path.join(ROOT, "docs/functions.md"), "utf8");
const compatibility = await readFile(path.join(ROOT, "docs/compatibility.md"), "utf8");

describe("docs/compatibility.md", () => {
  it.each([...DIFFERENCES, REFUSED_AT_BUILD])(
    "names the difference: $ringback",
    ({ emulator, ringback, reason }) => {
      expect(compatibility).toContain(`| ${emulator} | ${ringback} | ${reason} |`);
    },
  );
});

describe("docs/functions.md", () => {
  it("lists the packages and versions that are shipped", async () => {
    const file = path.join(ROOT, "dist/assets/libraries/catalogue.json");
    const { libraries } = JSON.parse(await readFile(file, "utf8")) as LibraryCatalogue;
    const versions = new Map<string, string[]>();
    for (const { name, version } of libraries) {
      if (name === "twilio-twiml") continue;
      versions.set(name, [...(versions.get(name) ?? []), version]);
    }
    const listed = [...docs.matchAll(/^\| `([^`]+)` \| ([\d., ]+) \|/gm)].map(
      ([, name, shipped]) => [name, shipped?.split(", ")] as const,
    );
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(versions));
  });
});
