/** What a tenant wrote is read in time of its length, and others have the thread meanwhile. */
import { describe, expect, it } from "vitest";
import { decodePackage, packageHeader } from "../../src/contract/package-format.ts";
import { workedOn } from "../../src/contract/slices.ts";
import { readModule } from "../../src/functions/build/module-syntax.ts";
import { respelled, withImports } from "../../src/functions/build/respell.ts";
import { readSource } from "../../src/functions/build/source.ts";
import { MAX_NODES } from "../../src/functions/build/source-parser.ts";
import { workerCode } from "../../src/functions/run/worker-code.ts";

/** Counts how often others had their turn while `work` went on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let goesOn = true;
  const others = (async () => {
    for (; goesOn; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  })();
  await work();
  goesOn = false;
  await others;
  return turns;
}

describe("the builder gives others their turn", () => {
  it.each([
    ["a script of 20 statements of 10,000 nodes", `[${"0,".repeat(10_000)}];`.repeat(20), 12],
    ["one statement of 100,000 nodes, once it is parsed", `[${"0,".repeat(100_000)}];`, 3],
  ])("within %s", async (_, source, least) => {
    const turns = await turnsDuring(async () => {
      expect((await readSource(source, { nodes: MAX_NODES })).ok).toBe(true);
    });
    expect(turns).toBeGreaterThanOrEqual(least);
  });

  it("once in 800 KB that it reads", async () => {
    const turns = await turnsDuring(async () => {
      for (let at = 0; at < 80; at++) await workedOn(100_000);
    });
    expect(turns).toBeGreaterThanOrEqual(10);
  });
});

/** Each of these took hours when every import made the whole text anew. */
describe("a script of as many imports as fit", () => {
  const COUNT = 300_000;
  const source = "import(a);".repeat(COUNT);

  it("becomes a Worker's module", () => {
    const imports = Array.from({ length: COUNT }, (_, at) => at * "import(a);".length);
    const bytes = new TextEncoder().encode(source);
    const file = { name: "functions/many.js", size: bytes.byteLength, script: { imports } };
    const header = packageHeader({
      ...{ functions: { "/many": file.name }, assets: {}, libraries: [], closure: null },
      files: [file],
    });
    const encoded = new Uint8Array(header.byteLength + bytes.byteLength);
    encoded.set(header);
    encoded.set(bytes, header.byteLength);
    const decoded = decodePackage(encoded);
    if (!decoded.ok) throw new Error(decoded.detail);
    const environment = { variables: {}, credentials: null };
    const code = workerCode(
      decoded.package,
      ...(["light", new Map(), null, environment, {} as never] as const),
    );
    const module = code.modules["modules/0.cjs"] as { cjs: string };
    expect(module.cjs.match(/__import\(a\);/g)?.length).toBe(COUNT);
  });

  it("is laid in a closure", () => {
    const laid = withImports(source, "/x.js");
    expect(laid.match(/__import\("\/x\.js",a\);/g)?.length).toBe(COUNT);
  });

  it("is respelled", () => {
    const module = 'import("a");'.repeat(COUNT);
    const spelled = respelled(module, "/x.mjs", () => "/b.js");
    expect(spelled).toBe('import("/b.js");'.repeat(COUNT));
  });
});

describe("the statements of a large module", () => {
  const FILLER = `/*${" ".repeat(600_000)}*/`;

  it.each([
    ['import "a";', "a"],
    ['import x from "a";', "a"],
    ["import {\n  b as c,\n} from 'a';", "a"],
    ['import * as all from"a";', "a"],
    ['export * from "a";', "a"],
    ['let y = 1; import d from "a"', "a"],
    ['import x = "a";', undefined],
    ["import from", undefined],
    ['import `a` from "b";', undefined],
  ])("%s", (statement, specifier) => {
    const { imports } = readModule(`${FILLER}\n${statement}`);
    expect(imports.map(({ n }) => n)).toEqual(specifier === undefined ? [] : [specifier]);
    for (const { s, e, n } of imports) {
      expect(`${FILLER}\n${statement}`.slice(s, e)).toBe(n);
    }
  });

  // Each was compared with the 20,000 characters behind it.
  it.each(["\nimport ", "\nimport from", "\nexport x from y "])(
    "that have no end, a megabyte of %j",
    (statement) => {
      const { imports } = readModule(statement.repeat(1_000_000 / statement.length));
      expect(imports).toEqual([]);
    },
  );
});
