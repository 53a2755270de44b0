import { beforeAll, describe, expect, it } from "vitest";
import { canonicalPath } from "../../src/contract/manifest.ts";
import { deploy } from "../deployment.ts";
import { receive } from "./client.ts";

/**
 * docs/architecture.md "How a request is answered", 3: the canonical path. Request targets are handed
 * over to the letter; a runtime that resolves them first reaches the same or nothing.
 */

const HOST = "paths-3001.localhost";
const ORIGIN = `http://${HOST}:8787`;

/** `/` and 254 characters: the longest path there is (contract 1.3). */
const LONG_ASCII = `/${"a".repeat(254)}`;
const LONG_LATIN = `/${"é".repeat(254)}`;
const LONG_CJK = `/${"話".repeat(254)}`;
const LONG_EMOJI = `/${"☎️".repeat(127)}`;
const LONG_ASTRAL = `/${"📞".repeat(127)}`;

const NFC = "/r\u00e9pondeur.wav";
const NFD = "/re\u0301pondeur.wav";

/** Stored path, as a client uploads it → bytes. */
const ASSETS: Record<string, string> = {
  "/a": "a",
  "/A": "A",
  "/a/": "a slash",
  "/a/b": "a b",
  "//a": "slash slash a",
  "/a//b": "a slash slash b",
  "/a%2Fb": "a encoded slash b",
  "/a%252Fb": "a percent 2F b",
  "/my%20file.mp3": "space",
  "/my+file.mp3": "plus",
  "/my%2520file.mp3": "percent 20",
  "/a%3Fb": "question mark",
  "/a%23b": "number sign",
  "/a%25b": "percent",
  "/a.b.c": "dots",
  "/...": "three dots",
  "/.well-known/x": "well-known",
  "/..a": "leading dots",
  "/a..": "trailing dots",
  "/~tilde": "tilde",
  "/a;b=c,d": "parameters",
  "/a:b@c": "colon",
  "/$&'()*!": "sub-delims",
  "/__proto__": "proto",
  "/constructor": "constructor",
  "/%F0%9F%93%9E.mp3": "telephone",
  "/%7Ffake": "unreachable",
  "/Main-Menu.EN.WAV": "upper case",
  [NFC]: "nfc",
  "/nai\u0308f.wav": "stored by a Mac",
  [LONG_ASCII]: "long ascii",
  [LONG_LATIN]: "long latin",
  [LONG_CJK]: "long cjk",
  [LONG_EMOJI]: "long emoji",
  [LONG_ASTRAL]: "long astral",
};

beforeAll(async () => {
  const stored = Object.entries(ASSETS).flatMap(([path, body]) => {
    const canonical = canonicalPath(path);
    return canonical === null ? [] : [[canonical, { body }] as const];
  });
  await deploy(HOST, Object.fromEntries(stored));
});

describe("canonicalPath: the one spelling", () => {
  it.each([
    ["plain", "/ahoy.mp3", "/ahoy.mp3"],
    ["root", "/", "/"],
    ["trailing-slash-kept", "/a/", "/a/"],
    ["double-slash-kept", "//a//b//", "//a//b//"],
    ["case-kept", "/Main-Menu.EN.WAV", "/Main-Menu.EN.WAV"],
    ["unreserved-decoded", "/%61%2D%2E%5F%7E%41%39", "/a-._~A9"],
    ["sub-delims-decoded", "/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40", "/!$&'()*+,;=:@"],
    ["space-raw", "/my file.mp3", "/my%20file.mp3"],
    ["space-encoded", "/my%20file.mp3", "/my%20file.mp3"],
    ["plus-is-no-space", "/my+file.mp3", "/my+file.mp3"],
    ["slash-stays-encoded", "/a%2Fb", "/a%2Fb"],
    ["slash-lower-case", "/a%2fb", "/a%2Fb"],
    ["percent-stays-encoded", "/a%25b", "/a%25b"],
    ["decoded-once", "/a%252Fb", "/a%252Fb"],
    ["decoded-once-dots", "/%252e%252e/b", "/%252e%252e/b"],
    ["decoded-once-unreserved", "/%2561", "/%2561"],
    ["question-mark", "/a%3fb", "/a%3Fb"],
    ["number-sign", "/a%23b", "/a%23b"],
    ["number-sign-raw", "/a#b", "/a%23b"],
    ["delims", '/"<>[]^`{|}', "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"],
    ["non-ascii-raw", "/é", "/%C3%A9"],
    ["non-ascii-encoded", "/%c3%a9", "/%C3%A9"],
    ["non-ascii-mixed", "/%C3%a9", "/%C3%A9"],
    ["nfc", NFC, "/r%C3%A9pondeur.wav"],
    ["nfd", NFD, "/r%C3%A9pondeur.wav"],
    ["nfd-encoded", "/re%cc%81pondeur.wav", "/r%C3%A9pondeur.wav"],
    ["hangul-jamo", "/\u1112\u1161\u11ab.wav", "/%ED%95%9C.wav"],
    ["composes-to-ascii", "/\u212a\u037e\u1fef", "/K;%60"],
    ["compatibility-kept", "/\ufb01\uff0e\uff0f", "/%EF%AC%81%EF%BC%8E%EF%BC%8F"],
    ["astral-raw", "/📞", "/%F0%9F%93%9E"],
    ["astral-encoded", "/%f0%9f%93%9e", "/%F0%9F%93%9E"],
    ["byte-order-mark", "/%EF%BB%BFa", "/%EF%BB%BFa"],
    ["zero-width", "/a\u200bb", "/a%E2%80%8Bb"],
    ["c1-control", "/a%C2%85b", "/a%C2%85b"],
    ["noncharacter", "/%EF%BF%BF", "/%EF%BF%BF"],
    ["three-dots", "/...", "/..."],
    ["dots-in-a-name", "/a..b/..c/d../.e", "/a..b/..c/d../.e"],
    ["dots-encoded-in-a-name", "/a%2e%2eb", "/a..b"],
    ["fullwidth-dots", "/．．/a", "/%EF%BC%8E%EF%BC%8E/a"],
    ["encoded-slash-after-dots", "/..%2Fa", "/..%2Fa"],
    ["proto", "/__proto__", "/__proto__"],
    ["proto-encoded", "/%5f%5fproto%5F%5F", "/__proto__"],
    ["long-ascii", LONG_ASCII, LONG_ASCII],
    ["long-latin", LONG_LATIN, `/${"%C3%A9".repeat(254)}`],
    ["long-cjk", LONG_CJK, `/${"%E8%A9%B1".repeat(254)}`],
    ["long-astral", LONG_ASTRAL, `/${"%F0%9F%93%9E".repeat(127)}`],
    ["long-over-encoded", `/${"%61".repeat(254)}`, LONG_ASCII],
  ])("PATH-%s", (_id, path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical);
    expect(canonicalPath(canonical)).toBe(canonical);
  });

  it.each([
    ["empty", ""],
    ["relative", "a"],
    ["relative-dot", "./a"],
    ["asterisk", "*"],
    ["url", "http://paths-3001.localhost/a"],
    ["backslash-first", "\\a"],
    ["dot", "/."],
    ["dot-slash", "/./a"],
    ["dot-last", "/a/."],
    ["dots", "/.."],
    ["dots-slash", "/../a"],
    ["dots-inner", "/a/../b"],
    ["dots-last", "/a/.."],
    ["dots-encoded", "/%2e%2e/a"],
    ["dots-encoded-upper", "/%2E%2E/a"],
    ["dots-half-encoded", "/.%2e/a"],
    ["dots-other-half-encoded", "/%2e./a"],
    ["dot-encoded", "/%2e/a"],
    ["dots-after-slashes", "/a//../b"],
    ["backslash", "/a\\b"],
    ["backslash-encoded", "/a%5cb"],
    ["backslash-encoded-upper", "/a%5Cb"],
    ["backslash-dots", "/..\\a"],
    ["backslash-dots-encoded", "/%2e%2e%5ca"],
    ["nul", "/a\0"],
    ["nul-encoded", "/a%00"],
    ["nul-encoded-then-suffix", "/a%00.mp3"],
    ["line-feed", "/a%0ab"],
    ["carriage-return", "/a%0D%0ASet-Cookie:x"],
    ["tab", "/a%09"],
    ["tab-raw", "/a\tb"],
    ["delete", "/a%7f"],
    ["escape", "/%1b[31m"],
    ["percent-alone", "/%"],
    ["percent-last", "/a%"],
    ["percent-one-digit", "/a%2"],
    ["percent-letters", "/%zz"],
    ["percent-half", "/%2g"],
    ["percent-u", "/%u002e%u002e"],
    ["percent-sign", "/%-1"],
    ["percent-space", "/% 20"],
    ["percent-fullwidth", "/%２e"],
    ["overlong-dot", "/%c0%ae%c0%ae/a"],
    ["overlong-slash", "/%c0%af"],
    ["overlong-slash-3", "/%e0%80%af"],
    ["overlong-slash-4", "/%f0%80%80%af"],
    ["overlong-nul", "/%c0%80"],
    ["continuation-alone", "/%80"],
    ["truncated-2", "/%c3"],
    ["truncated-3", "/%e8%a9"],
    ["truncated-then-ascii", "/%c3a9"],
    ["latin-1", "/%e9"],
    ["surrogate-encoded", "/%ed%a0%80"],
    ["surrogate-pair-encoded", "/%ed%a0%bd%ed%b3%9e"],
    ["surrogate-raw", "/\ud83d"],
    ["surrogate-raw-low", "/\udcde"],
    ["past-unicode", "/%f4%90%80%80"],
    ["invalid-byte", "/%ff"],
    ["16-kb", `/${"a".repeat(16 * 1024)}`],
    ["16-kb-encoded", `/${"%61".repeat(16 * 1024)}`],
    ["16-kb-slashes", "/".repeat(16 * 1024)],
    ["1-mb", `/${"a/".repeat(512 * 1024)}`],
  ])("PATH-%s has none", (_id, path) => {
    expect(canonicalPath(path)).toBe(null);
  });
});

describe("a request reaches the asset it names and no other", () => {
  it.each([
    ["plain", "/a", "a"],
    ["encoded", "/%61", "a"],
    ["case", "/A", "A"],
    ["trailing-slash", "/a/", "a slash"],
    ["below", "/a/b", "a b"],
    ["double-slash-first", "//a", "slash slash a"],
    ["double-slash-inner", "/a//b", "a slash slash b"],
    ["encoded-slash", "/a%2Fb", "a encoded slash b"],
    ["encoded-slash-lower", "/a%2fb", "a encoded slash b"],
    ["encoded-percent", "/a%252Fb", "a percent 2F b"],
    ["space", "/my%20file.mp3", "space"],
    ["space-raw", "/my file.mp3", "space"],
    ["plus", "/my+file.mp3", "plus"],
    ["plus-encoded", "/my%2Bfile.mp3", "plus"],
    ["percent-20", "/my%2520file.mp3", "percent 20"],
    ["question-mark", "/a%3Fb", "question mark"],
    ["number-sign", "/a%23b", "number sign"],
    ["percent", "/a%25b", "percent"],
    ["dots-in-a-name", "/a.b.c", "dots"],
    ["three-dots", "/...", "three dots"],
    ["well-known", "/.well-known/x", "well-known"],
    ["leading-dots", "/..a", "leading dots"],
    ["leading-dots-encoded", "/%2e%2ea", "leading dots"],
    ["trailing-dots", "/a..", "trailing dots"],
    ["tilde-encoded", "/%7Etilde", "tilde"],
    ["parameters", "/a;b=c,d", "parameters"],
    ["parameters-encoded", "/a%3Bb%3Dc%2Cd", "parameters"],
    ["colon", "/a:b@c", "colon"],
    ["colon-encoded", "/a%3Ab%40c", "colon"],
    ["sub-delims", "/$&'()*!", "sub-delims"],
    ["sub-delims-encoded", "/%24%26%27%28%29%2A%21", "sub-delims"],
    ["proto", "/__proto__", "proto"],
    ["constructor", "/constructor", "constructor"],
    ["telephone", "/📞.mp3", "telephone"],
    ["telephone-lower", "/%f0%9f%93%9e.mp3", "telephone"],
    ["upper-case-extension", "/Main-Menu.EN.WAV", "upper case"],
    ["nfc", NFC, "nfc"],
    ["nfc-encoded", "/r%C3%A9pondeur.wav", "nfc"],
    ["nfd", NFD, "nfc"],
    ["nfd-encoded", "/re%cc%81pondeur.wav", "nfc"],
    ["stored-nfd", "/nai\u0308f.wav", "stored by a Mac"],
    ["stored-nfd-asked-nfc", "/na\u00eff.wav", "stored by a Mac"],
    ["stored-nfd-asked-nfc-encoded", "/na%C3%AFf.wav", "stored by a Mac"],
    ["long-ascii", LONG_ASCII, "long ascii"],
    ["long-ascii-encoded", `/${"%61".repeat(254)}`, "long ascii"],
    ["long-latin", LONG_LATIN, "long latin"],
    ["long-latin-encoded", encodeURI(LONG_LATIN), "long latin"],
    ["long-cjk-encoded", encodeURI(LONG_CJK), "long cjk"],
    ["long-emoji-encoded", encodeURI(LONG_EMOJI), "long emoji"],
    ["long-astral-encoded", encodeURI(LONG_ASTRAL), "long astral"],
    ["query", "/a?/../b", "a"],
    ["query-empty", "/a?", "a"],
    ["query-questions", "/a???", "a"],
    ["query-malformed", "/a?%zz&%00=%ff", "a"],
    ["query-long", `/a?${"q".repeat(16 * 1024)}`, "a"],
  ])("PATH-%s", async (_id, target, body) => {
    expect(await receive(ORIGIN + target)).toMatchObject({ status: 200, body });
  });

  it.each([
    ["absent", "/b", 404],
    ["longer", "/aa", 404],
    ["trailing-slash-of-another", "/a/b/", 404],
    ["double-slash-of-another", "//a//b", 404],
    ["triple-slash", "///a", 404],
    ["case-of-another", "/MAIN-MENU.en.wav", 404],
    ["extension", "/a.mp3", 404],
    ["plus-for-space", "/my%2520+file.mp3", 404],
    ["semicolon", "/a;", 404],
    ["matrix-parameter", "/a;jsessionid=1", 404],
    ["fullwidth", "/ａ", 404],
    ["ligature", "/ﬁ", 404],
    ["trailing-space", "/a%20", 404],
    ["trailing-space-raw", "/a ", 404],
    ["zero-width", "/a%E2%80%8B", 404],
    ["byte-order-mark", "/%EF%BB%BFa", 404],
    ["root-without-root-document", "/", 404],
    ["slashes", "//", 404],
    ["proto-below", "/__proto__/a", 404],
    ["prototype", "/prototype", 404],
    ["to-string", "/toString", 404],
    ["has-own-property", "/hasOwnProperty", 404],
    ["value-of", "/valueOf", 404],
    ["define-getter", "/__defineGetter__", 404],
    ["lookup-getter", "/__lookupGetter__", 404],
    ["then", "/then", 404],
    ["size", "/size", 404],
    ["get", "/get", 404],
    ["index", "/0", 404],
    ["undefined", "/undefined", 404],
    ["null", "/null", 404],
    ["dots", "/../a", 400],
    ["dots-past-root", "/../../../../a", 400],
    ["dots-inner", "/x/../a", 400],
    ["dots-encoded", "/x/%2e%2e/a", 400],
    ["dots-half", "/x/.%2E/a", 400],
    ["dot", "/./a", 400],
    ["dots-encoded-slash", "/x%2F..%2Fa", 404],
    ["dots-twice-encoded", "/x/%252e%252e/a", 404],
    ["dots-fullwidth", "/x/．．/a", 404],
    ["dots-overlong", "/x/%c0%ae%c0%ae/a", 400],
    ["dots-backslash", "/x\\..\\a", 400],
    ["dots-backslash-encoded", "/x%5c..%5ca", 400],
    ["backslash", "/\\a", 400],
    ["nul", "/a%00", 400],
    ["nul-raw", "/a\0", 400],
    ["line-break", "/a%0d%0aX-Injected:%201", 400],
    ["percent", "/%", 400],
    ["percent-letters", "/%zz", 400],
    ["latin-1", "/r%e9pondeur.wav", 400],
    ["surrogate", "/\ud83d", 400],
    ["delete", "/%7Ffake", 400],
    ["16-kb", `/${"a".repeat(16 * 1024)}`, 400],
    ["16-kb-encoded", `/${"%61".repeat(16 * 1024)}`, 400],
    ["16-kb-dots", `/${"../".repeat(16 * 1024)}a`, 400],
    ["16-kb-percent", `/${"%".repeat(16 * 1024)}`, 400],
    ["256-kb", `/${"%F0%9F%93%9E".repeat(22_000)}`, 400],
  ])("PATH-%s", async (_id, target, status) => {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
      const answer = await receive(ORIGIN + target, { method });
      expect([method, answer.status]).toEqual([method, status]);
      expect(answer.headers.get("x-injected")).toBe(null);
      expect(Object.values(ASSETS)).not.toContain(answer.body);
    }
  });
});

describe("contract 4: the root document", () => {
  it.each([
    ["assets-index", { "/assets/index.html": "index" }, "/", 200, "index"],
    ["assets-index-query", { "/assets/index.html": "index" }, "/?a=b", 200, "index"],
    ["assets-index-itself", { "/assets/index.html": "index" }, "/assets/index.html", 200, "index"],
    ["no-directory-index", { "/assets/index.html": "index" }, "/assets/", 404, null],
    ["no-directory-index-bare", { "/assets/index.html": "index" }, "/assets", 404, null],
    ["no-double-slash", { "/assets/index.html": "index" }, "//", 404, null],
    ["stored-root-wins", { "/assets/index.html": "index", "/": "root" }, "/", 200, "root"],
    ["stored-root-alone", { "/": "root" }, "/", 200, "root"],
    ["index-is-no-root", { "/index.html": "index" }, "/", 404, null],
    ["no-index-below", { "/a/index.html": "index" }, "/a/", 404, null],
  ])("ROOT-%s", async (id, assets, target, status, body) => {
    const host = `paths-root-${id}.localhost`;
    await deploy(
      host,
      Object.fromEntries(Object.entries(assets).map(([path, text]) => [path, { body: text }])),
    );
    const answer = await receive(`http://${host}${target}`);
    expect(answer.status).toBe(status);
    if (body !== null) expect(answer.body).toBe(body);
  });

  it("ROOT-protected: a protected root document asks for its signature", async () => {
    await deploy("paths-root-protected.localhost", {
      "/assets/index.html": { body: "index", visibility: "protected" },
    });
    expect((await receive("http://paths-root-protected.localhost/")).status).toBe(403);
  });
});
