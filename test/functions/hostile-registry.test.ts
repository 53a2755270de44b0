import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { lockKey } from "../../src/contract/lock.ts";
import { makeFunctions } from "../../src/publish/make-functions.ts";
import { deploy, orderOf, stepStorage } from "./harness.ts";

/** A registry that lies, breaks or is not well fails the build with a sentence, and leaves no half. */

async function made(name: string) {
  const order = await orderOf({
    functions: { "f.js": `exports.handler = (c, e, cb) => cb(null, require("${name}"));` },
    dependencies: [{ name, version: "*" }],
  });
  const outcome = await makeFunctions(env, stepStorage(), order, 0);
  const { serviceSid, buildSid } = order;
  const left = await env.BYTES.list({ prefix: `builds/${serviceSid}/` });
  const lock = await env.BYTES.get(lockKey(serviceSid, buildSid));
  return { outcome, left: left.objects.length, lock: await lock?.text() };
}

const CASES: [name: string, sentence: string | RegExp, retry: boolean][] = [
  [
    "hostile-traversal",
    'hostile-traversal@1.0.0 has a file that would stand outside of it: "package/../../evil.js"',
    false,
  ],
  [
    "hostile-absolute",
    'hostile-absolute@1.0.0 has a file that would stand outside of it: "/etc/passwd"',
    false,
  ],
  [
    "hostile-backslash",
    /^hostile-backslash@1.0.0 has a file that would stand outside of it/,
    false,
  ],
  ["hostile-link", 'hostile-link@1.0.0 has a file that is a link: "package/link.js"', false],
  ["hostile-cut", "hostile-cut@1.0.0: its tarball cannot be read (it ends early)", false],
  ["hostile-plain", /^hostile-plain@1.0.0: its tarball cannot be read/, false],
  ["hostile-noise", "hostile-noise@1.0.0: its tarball cannot be read (a size is no number)", false],
  ["hostile-many", "hostile-many@1.0.0 has more than 30000 files", false],
  ["hostile-hash", "hostile-hash@1.0.0: its tarball is not the one that the registry names", false],
  ["hostile-bomb", "hostile-bomb@1.0.0 unpacks to more than 320.0 MiB", false],
  ["hostile-packed", /^hostile-packed@1.0.0: its tarball /, false],
  ["hostile-kept", "hostile-kept@1.0.0 has more than 64.0 MiB of code", false],
  [
    "hostile-file",
    "A file of a package may have 12.0 MiB: index.js of hostile-file@1.0.0 has 13.0 MiB",
    false,
  ],
  [
    "hostile-closure",
    /^The functions may reach 24.0 MiB and 8000 files of their dependencies: they reach 27.0 MiB and 4, /,
    false,
  ],
  [
    "hostile-files",
    /^The functions may reach 24.0 MiB and 8000 files of their dependencies: they reach 0.\d MiB and 8001, /,
    false,
  ],
  ["hostile-halfway", /^The registry answered 503 for hostile-halfway\/-\//, true],
  [
    "hostile-changed",
    "hostile-changed@1.0.0: its tarball is not the one that the registry names",
    false,
  ],
  [
    "hostile-unhashed",
    "Dependency hostile-unhashed@*: The registry gives no checksum of hostile-unhashed@1.0.0",
    false,
  ],
  [
    "hostile-git",
    "a-fork@git+https://example.com/a-fork.git is not in the registry, and only what is can be had (hostile-git@1.0.0 needs it)",
    false,
  ],
  ["hostile-name", '"../../etc" is no package name (hostile-name@1.0.0 needs it)', false],
  [
    "hostile-proto",
    "There is no package __proto__ in the registry (hostile-proto@1.0.0 needs it)",
    false,
  ],
  [
    "hostile-lost",
    "There is no package hostile-nowhere in the registry (hostile-lost@1.0.0 needs it)",
    false,
  ],
  [
    "hostile-wide",
    "The dependencies have more than 2000 packages (hostile-wide@1.0.0 needs it)",
    false,
  ],
  [
    "hostile-deep",
    /^The dependencies are more than 60 levels deep, at made-chain-deep-20@1.0.0/,
    false,
  ],
  ["hostile-down", "The registry answered 503 for hostile-down", true],
  ["hostile-redirect", "The registry answered 302 for hostile-redirect", true],
  ["hostile-html", "The registry's document of hostile-html is no JSON object", true],
  [
    "hostile-huge",
    "Dependency hostile-huge@*: The registry's document of hostile-huge has more than 64.0 MiB",
    false,
  ],
  ["hostile-empty", "Dependency hostile-empty@*: hostile-empty has no version *", false],
  ["hostile-null", "The registry's document of hostile-null is no JSON object", true],
  [
    "hostile-nowhere",
    "Dependency hostile-nowhere@*: There is no package hostile-nowhere in the registry",
    false,
  ],
];

describe("a hostile registry", () => {
  it.each(CASES)("%s", async (name, sentence, retry) => {
    const { outcome, left } = await made(name);
    expect(outcome).toEqual({
      ok: false,
      errors: [
        { message: typeof sentence === "string" ? sentence : expect.stringMatching(sentence) },
      ],
      retry,
    });
    expect(left).toBe(0);
  });

  it("is asked for tarballs at its own address alone", async () => {
    const name = "hostile-elsewhere";
    const { call } = await deploy({
      functions: {
        "f.js": `exports.handler = (c, e, cb) => cb(null, require("${name}").loaded);`,
      },
      dependencies: [{ name, version: "*" }],
    });
    expect((await call("/f")).body).toBe("true");
  });

  it("that knows a SHA-1 alone: the lock holds the SHA-512 of what came", async () => {
    const { outcome, lock } = await made("hostile-sha1");
    expect(outcome.ok).toBe(true);
    expect(JSON.parse(lock ?? "").packages).toEqual([
      expect.objectContaining({
        id: "hostile-sha1@1.0.0",
        integrity: expect.stringMatching(/^sha512-/),
      }),
    ]);
  });
});
