import { describe, expect, it } from "vitest";
import type { HeaderFields } from "../../src/contract/manifest.ts";
import { type AssetFacts, assetHeaders } from "../../src/publish/asset-headers.ts";
import { parseHeaderRules } from "../../src/publish/header-rules.ts";
import { idleRules, noEffects } from "../../src/publish/rule-effects.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The errors of a file, as `line: message`. */
function errors(text: string): string[] {
  const parsed = parseHeaderRules(encode(text));
  return parsed.ok ? [] : parsed.errors.map(({ line, message }) => `${line}: ${message}`);
}

/** What a file makes of one asset: its headers by name, or the error. */
function served(text: string, facts: Partial<AssetFacts> = {}) {
  const parsed = parseHeaderRules(encode(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const asset = { path: "/a.mp3", visibility: "public", type: "audio/mpeg", root: false } as const;
  const result = assetHeaders({ ...asset, ...facts }, parsed.rules, noEffects());
  return result.ok
    ? { type: result.type, ...Object.fromEntries(result.headers) }
    : `${result.error.line}: ${result.error.message}`;
}

const PUBLIC = {
  type: "audio/mpeg",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "public, max-age=0, must-revalidate",
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "ETag, Accept-Ranges, Content-Range",
};
const PROTECTED = {
  type: "audio/mpeg",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "private, no-cache",
};
const INERT = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";

describe("the headers of an asset without rules", () => {
  it("are the public set", () => {
    expect(served("")).toEqual(PUBLIC);
  });

  it("are the protected set", () => {
    expect(served("", { visibility: "protected" })).toEqual(PROTECTED);
  });

  it.each([
    ["text/html", { "Origin-Agent-Cluster": "?1" }, ", no-transform"],
    ["text/HTML; charset=utf-8", { "Origin-Agent-Cluster": "?1" }, ", no-transform"],
    ["application/xhtml+xml", { "Origin-Agent-Cluster": "?1" }, ", no-transform"],
    ["image/svg+xml", { "Content-Security-Policy": INERT }],
    ["text/xml", { "Content-Security-Policy": INERT }],
    ["application/xml; charset=utf-8", { "Content-Security-Policy": INERT }],
    ["application/rss+xml", { "Content-Security-Policy": INERT }],
    ["text/plain", {}],
  ])("add to %s what a document of it needs", (type, added, untouched = "") => {
    const cached = (set: typeof PUBLIC | typeof PROTECTED) => ({
      "Cache-Control": set["Cache-Control"] + untouched,
    });
    expect(served("", { type })).toEqual({ ...PUBLIC, type, ...added, ...cached(PUBLIC) });
    const facts = { type, visibility: "protected" } as const;
    expect(served("", facts)).toEqual({ ...PROTECTED, type, ...added, ...cached(PROTECTED) });
  });
});

describe("a rule's path", () => {
  it.each([
    ["/a.mp3", "/a.mp3", true],
    ["/a.mp3", "/a.mp3/b", false],
    ["/a.mp3", "/A.mp3", false],
    ["/a.mp3", "/axmp3", false],
    ["/*", "/a/b/c.mp3", true],
    ["/music/*", "/music/a/b.mp3", true],
    ["/music/*", "/music", false],
    ["/*.mp3", "/a/b.mp3", true],
    ["/*.mp3", "/a/b.wav", false],
    ["/a/*/c", "/a/b/b/c", true],
    ["/:name", "/a.mp3", true],
    ["/:name", "/a/b.mp3", false],
    ["/:dir/:name", "/a/b.mp3", true],
    ["/:dir/*", "/a/b/c.mp3", true],
    ["/:name.mp3", "/a.mp3", true],
    ["/my file.mp3", "/my%20file.mp3", true],
    ["/my%20file.mp3", "/my%20file.mp3", true],
    ["/répondeur.wav", "/r%C3%A9pondeur.wav", true],
    ["/", "/a.mp3", false],
    ["/a:8080", "/a:8080", true],
  ])("%s is for %s: %s", (pattern, path, matches) => {
    const headers = served(`${pattern}\n  X-Rule: yes`, { path });
    expect(headers).toEqual(matches ? { ...PUBLIC, "X-Rule": "yes" } : PUBLIC);
  });

  it("/ is for the asset that / shows", () => {
    const facts = { path: "/assets/index.html", root: true };
    expect(served("/\n  X-Rule: yes", facts)).toEqual({ ...PUBLIC, "X-Rule": "yes" });
    expect(served("/\n  X-Rule: yes", { ...facts, root: false })).toEqual(PUBLIC);
  });

  it("gives its wildcards to the values", () => {
    expect(served("/:dir/*\n  X-Rule: :dir and :splat, not :other", { path: "/a/b/c" })).toEqual({
      ...PUBLIC,
      "X-Rule": "a and b/c, not :other",
    });
  });
});

describe("a rule's lines", () => {
  it("may be indented, commented, ended with CRLF and written after a byte order mark", () => {
    const text = "\ufeff# hello\r\n\r\n/a.mp3\r\n\t X-One :  1  \r\n# more\r\nX-Two: a: b\r\n";
    expect(served(text)).toEqual({ ...PUBLIC, "X-One": "1", "X-Two": "a: b" });
  });

  it("replace a default, in any case", () => {
    expect(served("/*\n  cache-control: public, max-age=600")).toEqual({
      type: "audio/mpeg",
      "X-Content-Type-Options": "nosniff",
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Expose-Headers": "ETag, Accept-Ranges, Content-Range",
      "cache-control": "public, max-age=600",
    });
  });

  it("join the values of one header with a comma, in one rule and over several", () => {
    expect(served("/*\n  X-A: 1\n  X-A: 2\n/a.mp3\n  x-a: 3")).toEqual({
      ...PUBLIC,
      "x-a": "1, 2, 3",
    });
  });

  it("unset a default and what an earlier rule set", () => {
    const text = "/*\n  X-A: 1\n/a.mp3\n  ! X-A\n  ! Access-Control-Allow-Origin\n  !Cache-Control";
    expect(served(text)).toEqual({
      type: "audio/mpeg",
      "X-Content-Type-Options": "nosniff",
      "Access-Control-Expose-Headers": "ETag, Accept-Ranges, Content-Range",
    });
  });

  it("set again what an earlier rule unset", () => {
    expect(served("/*\n  ! X-A\n  ! Access-Control-Allow-Origin\n/*\n  X-A: 1")).toEqual({
      type: "audio/mpeg",
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "public, max-age=0, must-revalidate",
      "Access-Control-Expose-Headers": "ETag, Accept-Ranges, Content-Range",
      "X-A": "1",
    });
  });

  it("override what makes SVG inert", () => {
    const text = "/*\n  Content-Security-Policy: default-src 'self'";
    expect(served(text, { type: "image/svg+xml" })).toEqual({
      ...PUBLIC,
      type: "image/svg+xml",
      "Content-Security-Policy": "default-src 'self'",
    });
  });

  it("give an asset another media type, and with it that type's defaults", () => {
    expect(served("/*\n  Content-Type: text/plain\n/a.mp3\n  content-type: image/svg+xml")).toEqual(
      {
        ...PUBLIC,
        type: "image/svg+xml",
        "Content-Security-Policy": INERT,
      },
    );
  });

  it("keep protected assets private, but may let their receiver keep them", () => {
    const text = "/*\n  Cache-Control: private, max-age=60\n  X-A: 1";
    expect(served(text, { visibility: "protected" })).toEqual({
      type: "audio/mpeg",
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "private, max-age=60",
      "X-A": "1",
    });
  });
});

describe("a build fails, with the line, for", () => {
  const rule = (line: string) => `# rules\n/*\n  ${line}`;

  it.each([
    ["Connection: close", "3: Connection cannot be set: the connection's framing"],
    ["Transfer-Encoding: chunked", "3: Transfer-Encoding cannot be set: "],
    ["Trailer: X", "3: Trailer cannot be set: "],
    ["Upgrade: websocket", "3: Upgrade cannot be set: "],
    ["Keep-Alive: timeout=5", "3: Keep-Alive cannot be set: "],
    ["content-length: 5", "3: content-length cannot be set: "],
    ["Content-Encoding: gzip", "3: Content-Encoding cannot be set: "],
    ["Content-Range: bytes 0-1/2", "3: Content-Range cannot be set: "],
    ["Accept-Ranges: none", "3: Accept-Ranges cannot be set: "],
    ["ETag: x", "3: ETag cannot be set: "],
    ["Last-Modified: x", "3: Last-Modified cannot be set: "],
    ["Date: x", "3: Date cannot be set: "],
    ["Age: 1", "3: Age cannot be set: "],
    ["Set-Cookie: a=b", "3: Set-Cookie cannot be set: "],
    ["Cache-Status: x", "3: Cache-Status cannot be set: "],
    ["Basic-Auth: me:secret", "3: Basic-Auth cannot be set: passwords are not supported"],
    ["WWW-Authenticate: Basic", "3: WWW-Authenticate cannot be set: "],
    ["X-Content-Type-Options: sniff", "3: X-Content-Type-Options can only be nosniff"],
    ["Vary: *", "3: Vary: * would make every copy useless"],
    ["! ETag", "3: ETag cannot be unset: "],
    ["! Content-Length", "3: Content-Length cannot be unset: "],
    ["! Content-Type", "3: Content-Type cannot be unset: "],
    ["! x-content-type-options", "3: x-content-type-options cannot be unset: "],
    ["!", '3: "" is no header name'],
    ["! A: b", '3: "A: b" is no header name'],
    ["hello", '3: a header line is "Name: value" or "! Name"'],
    ["X Y: z", '3: "X Y" is no header name'],
    [": z", '3: "" is no header name'],
    ["X-A:", '3: X-A has no value; "! X-A" unsets a header'],
    ["X-A: é", "3: the value of X-A must be ASCII without controls"],
    ["X-A: a\u0000b", "3: the value of X-A must be ASCII without controls"],
    [`X-A: ${"x".repeat(2000)}`, "3: a line has at most 2000 characters"],
    ["/a/../b", "3: the path /a/../b is not valid"],
    ["/%c0", "3: the path /%c0 is not valid"],
    ["/*/*", "3: * stands twice in the path"],
    ["/:a/:a", "3: :a stands twice in the path"],
    ["/:a:b", "3: :b must stand in a segment of its own"],
    ["/*:b", "3: :b must stand in a segment of its own"],
    ["https://example.com/*", "3: a rule's path starts with /"],
  ])("%s", (line, expected) => {
    expect(errors(rule(line))).toEqual([expect.stringContaining(expected)]);
  });

  it("a header above any path, and every other wrong line of the file", () => {
    expect(errors("X-A: 1\n/*\n  X-A: 1\n  Set-Cookie: a\n  nothing")).toEqual([
      "1: a header line must stand below a path",
      "4: Set-Cookie cannot be set: an asset is the same for everyone, and never sets a cookie",
      '5: a header line is "Name: value" or "! Name"',
    ]);
  });

  it("a wrong path, but not for the right lines below it", () => {
    expect(errors("/../a\n  X-A: 1\nhttps://example.com/b\n  ETag: x\n/c\n  X-A: 1")).toEqual([
      "1: the path /../a is not valid",
      "3: a rule's path starts with /: rules hold for every hostname of a deployment",
      "4: ETag cannot be set: it is derived from the asset, and caches rely on it",
    ]);
  });

  it("more than 100 rules", () => {
    expect(errors("/*\n".repeat(100))).toEqual([]);
    expect(errors("/*\n".repeat(101))).toEqual(["101: there can be at most 100 rules"]);
  });

  it("a file that is not UTF-8", () => {
    expect(parseHeaderRules(new Uint8Array([0x2f, 0xff]))).toEqual({
      ok: false,
      errors: [{ path: "/_headers", message: "it is not UTF-8" }],
    });
  });

  it.each([
    ["Cache-Control: public, max-age=60", "2: Cache-Control: public, max-age=60 would let"],
    ["Cache-Control: max-age=60", "2: Cache-Control: max-age=60 would let"],
    ["Cache-Control: private, s-maxage=60", "2: Cache-Control: private, s-maxage=60 would let"],
    ['Cache-Control: private="X-A", max-age=60', "2: Cache-Control: "],
    ["CDN-Cache-Control: max-age=60", "2: CDN-Cache-Control would let a shared cache"],
    ["! Cache-Control", "2: Cache-Control cannot be unset on a protected asset (/a.mp3)"],
  ])("%s on a protected asset", (line, expected) => {
    expect(served(`/*\n  ${line}`, { visibility: "protected" })).toContain(expected);
    expect(served(`/*\n  ${line}`)).toBeTypeOf("object");
  });

  it("a protected asset's Cache-Control that two rules make together", () => {
    const text = "/*\n  Cache-Control: private\n/a*\n  Cache-Control: public";
    expect(served(text, { visibility: "protected" })).toContain(
      "4: Cache-Control: private, public",
    );
  });

  it("a Content-Type that is none", () => {
    expect(served("/*\n  Content-Type: html")).toBe("2: html is no media type");
  });

  it("headers past 8 KiB", () => {
    const text = `/*\n${`  X-A: ${"x".repeat(1900)}\n`.repeat(5)}`;
    expect(served(text)).toContain("the headers of /a.mp3 are larger than 8192 bytes");
  });

  it("a value that names a long path so often that it is past 8 KiB, without making it", () => {
    const line = `  X-A: ${":splat".repeat(320)}\n`;
    const text = `/*\n${line.repeat(32)}`;
    const path = `/${"%C3%A9".repeat(250)}`;
    expect(served(text, { path })).toBe(`2: the headers of ${path} are larger than 8192 bytes`);
    expect(served("/*\n  Content-Type: :splat:splat:splat:splat:splat:splat", { path })).toBe(
      `2: the headers of ${path} are larger than 8192 bytes`,
    );
    expect(served(`/*\n  X-A: ${":splat".repeat(5)}`, { path })).toBeTypeOf("object");
  });
});

/** What a file's author is warned of in a build of `/a.mp3`, public, and `/b.mp3`, protected. */
function warnings(text: string): string[] {
  const parsed = parseHeaderRules(encode(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const effects = noEffects();
  for (const [path, visibility] of [
    ["/a.mp3", "public"],
    ["/b.mp3", "protected"],
  ] as const) {
    assetHeaders({ path, visibility, type: "audio/mpeg", root: false }, parsed.rules, effects);
  }
  return idleRules(parsed.rules, effects).map(({ line, message }) => `${line}: ${message}`);
}

const NO_PATH = "no public or protected asset has this path: the rule has no effect";
const ORIGIN = "Access-Control-Allow-Origin";

describe("a rule that has no effect is told", () => {
  it.each([
    ["/*\n  X-A: 1\n/b.mp3\n  ! X-A", []],
    ["/A.mp3\n  X-A: 1", [`1: ${NO_PATH}`]],
    ["/c/*\n  X-A: 1\n/a.mp3\n  X-B: 1", [`1: ${NO_PATH}`]],
    ["/a.mp3", ["1: no header lines stand below this path"]],
    ["/a.mp3\n  X-A: 1\n  ! X-A", ["2: X-A has no effect: a later line undoes it"]],
    ["/a.mp3\n  ! X-A", ["2: X-A has no effect: nothing sets it before"]],
    ["/a.mp3\n  ! Cache-Control", []],
    [
      "/*\n  Content-Type: audio/wav\n/*.mp3\n  Content-Type: audio/mpeg",
      ["2: Content-Type has no effect: a later line undoes it"],
    ],
    [
      "/a.mp3\n  Access-Control-Allow-Credentials: true",
      [
        `2: Access-Control-Allow-Credentials has no effect: credentials need one origin in ${ORIGIN}, not *`,
      ],
    ],
    [
      "/a.mp3\n  Access-Control-Allow-Origin: https://app.example\n  Access-Control-Allow-Credentials: yes",
      [
        "3: Access-Control-Allow-Credentials has no effect: true is the one value that browsers know",
      ],
    ],
    [
      "/a.mp3\n  Access-Control-Allow-Origin: https://app.example\n  Access-Control-Allow-Credentials: true\n  Access-Control-Allow-Headers: X-Token",
      [],
    ],
    [
      "/a.mp3\n  Access-Control-Allow-Origin: https://a.example\n/*.mp3\n  Access-Control-Allow-Origin: https://b.example\n/b.mp3\n  ! Access-Control-Allow-Origin",
      [
        `2: ${ORIGIN} has no effect: browsers take one origin, or *`,
        `4: ${ORIGIN} has no effect: browsers take one origin, or *`,
      ],
    ],
    ...(
      [
        ["https://app.example/", "https://app.example"],
        ["https://App.Example", "https://app.example"],
        ["https://app.example:443", "https://app.example"],
        ["https://app.example/page", "https://app.example"],
        ["app.example", "https://app.example"],
        ["https://*.app.example", "https://app.example"],
        ["https://app.example:8443", null],
        ["http://localhost:3000", null],
        ["capacitor://localhost", null],
        ["null", null],
      ] as const
    ).map(([origin, written]): [string, string[]] => [
      `/a.mp3\n  ${ORIGIN}: ${origin}`,
      written === null
        ? []
        : [`2: ${ORIGIN} has no effect: no page has this origin; one is written like ${written}`],
    ]),
    [
      "/a.mp3\n  Access-Control-Max-Age: 1 hour",
      ["2: Access-Control-Max-Age has no effect: it takes a number of seconds"],
    ],
    ["/a.mp3\n  Access-Control-Expose-Headers: *\n  Access-Control-Max-Age: 600", []],
    [
      "/a.mp3\n  Access-Control-Allow-Origin: https://app.example\n  Access-Control-Allow-Credentials: true\n  Access-Control-Allow-Headers: *",
      [
        "4: Access-Control-Allow-Headers has no effect: beside Access-Control-Allow-Credentials * stands for nothing but itself",
      ],
    ],
    [
      "/b.mp3\n  Access-Control-Allow-Headers: X-Token",
      [`2: Access-Control-Allow-Headers has no effect: without ${ORIGIN} no other origin may ask`],
    ],
  ])("%j: %j", (text, expected) => {
    expect(warnings(text)).toEqual(expected);
  });

  it("a hundred times at most", () => {
    expect(warnings(`/a.mp3\n${"  ! X-A\n".repeat(5_000)}`)).toHaveLength(100);
  });
});

describe("HTML", () => {
  it.each([
    ["", {}, "public, max-age=0, must-revalidate, no-transform"],
    ["", { visibility: "protected" }, "private, no-cache, no-transform"],
    ["/*\n  Cache-Control: max-age=60", {}, "max-age=60"],
  ] as const)(
    "may not be changed on the way unless a rule says so: %j",
    (text, facts, expected) => {
      const html = { type: "text/html; charset=utf-8", ...facts };
      expect(served(text, html)).toMatchObject({ "Cache-Control": expected });
    },
  );
});

describe("every header set that a file can make", () => {
  it("is one that a manifest can hold", () => {
    const parsed = parseHeaderRules(encode("/*\n  X-A: :splat\n  Content-Type: text/plain"));
    if (!parsed.ok) throw new Error("no rules");
    const path = "/%00x%C3%A9!$&'()*+,;=:@~";
    const result = assetHeaders(
      { path, visibility: "public", type: "a/b", root: false },
      parsed.rules,
      noEffects(),
    );
    const headers = (result.ok ? result.headers : []) as HeaderFields;
    expect(headers.at(-1)).toEqual(["X-A", path.slice(1)]);
    expect(headers.every(([, value]) => /^[\t\x20-\x7e]*$/.test(value))).toBe(true);
  });
});
