import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DIFFERENCES, REFUSED_AT_BUILD } from "../conformance/function-differences.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const compatibility = await readFile(path.join(ROOT, "docs/compatibility.md"), "utf8");

describe("docs/compatibility.md", () => {
  it.each([...DIFFERENCES, REFUSED_AT_BUILD])(
    "names the difference: $ringback",
    ({ emulator, ringback, reason }) => {
      expect(compatibility).toContain(`| ${emulator} | ${ringback} | ${reason} |`);
    },
  );
});
