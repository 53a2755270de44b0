import { describe, expect, it } from "vitest";
import { canonicalPath, encodeManifest } from "../../src/contract/manifest.ts";
import { compileBuild } from "../../src/publish/compile-build.ts";
import type { VersionRow } from "../../src/store/versions.ts";

const sid = (prefix: string) => `${prefix}${"0".repeat(32)}`;
const encode = (text: string) => new TextEncoder().encode(text);

/** `count` versions with the longest paths and media types that an upload may have. */
function longestVersions(count: number): VersionRow[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: index,
    sid: `ZN${String(index).padStart(32, "0")}`,
    kind: "asset",
    account_sid: sid("AC"),
    service_sid: sid("ZS"),
    resource_sid: `ZH${String(index).padStart(32, "0")}`,
    path: `/${"語".repeat(248)}${String(index).padStart(6, "0")}`,
    visibility: "protected",
    content_type: `audio/${"x".repeat(249)}`,
    content_size: 26_214_400,
    content_sha256: "0".repeat(64),
    facts: null,
    date_created: "2026-11-21T00:00:00Z",
  }));
}

/** Rules that give every asset a header set of its own, of about `size` bytes. */
const ownHeaders = (size: number) =>
  encode(`/*\n  X-Name: :splat\n${`  X-Fill: ${"x".repeat(1_900)}\n`.repeat(size / 1_900)}`);

describe("the manifest of the largest build", () => {
  it("fits into KV, with its key and metadata", async () => {
    const plain = await compileBuild(longestVersions(1_000), null);
    if (!plain.ok) throw new Error(JSON.stringify(plain.errors));
    const hostname = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
    const { key, value, metadata } = await encodeManifest({
      hostname,
      account: sid("AC"),
      service: sid("ZS"),
      environment: sid("ZE"),
      deployment: sid("ZD"),
      build: sid("ZB"),
      ...plain.build,
      assets: new Map(
        [...plain.build.assets].map(([path, asset]) => [
          path,
          { ...asset, modified: 1_700_000_000 },
        ]),
      ),
    });
    expect(canonicalPath(longestVersions(1)[0]?.path as string)).toHaveLength(2_239);
    expect(encode(value).byteLength).toBeLessThan(4 * 1024 * 1024);
    expect(encode(JSON.stringify(metadata)).byteLength).toBeLessThanOrEqual(1_024);
    expect(encode(key).byteLength).toBeLessThanOrEqual(512);
  });

  it("is bounded where an owner allows more assets", async () => {
    const assets = longestVersions(10_000);
    const compiled = await compileBuild(assets, null);
    expect(compiled).toEqual({
      ok: false,
      errors: [
        {
          message:
            "the paths and media types of all assets of a build may have 16777216 bytes together",
        },
      ],
    });
    const ordinary = assets.map((asset, index) => ({
      ...asset,
      path: `/prompts/${"folder/".repeat(10)}${index}.mp3`,
      content_type: "audio/mpeg",
    }));
    expect((await compileBuild(ordinary, null)).ok).toBe(true);
  });

  it("has at most 1 MiB of headers, equal ones counted once", async () => {
    const error = {
      path: "/_headers",
      message: "the headers of all assets of a build may have 1048576 bytes together",
    };
    const many = longestVersions(1_000).map((asset, index) => ({
      ...asset,
      path: `/${index}.mp3`,
    }));
    expect(await compileBuild(longestVersions(1_000), ownHeaders(0))).toEqual({
      ok: false,
      errors: [error],
    });
    expect(await compileBuild(many, ownHeaders(7_600))).toEqual({ ok: false, errors: [error] });
    expect((await compileBuild(many.slice(0, 130), ownHeaders(7_600))).ok).toBe(true);
    const same = encode(`/*\n${`  X-Fill: ${"x".repeat(1_900)}\n`.repeat(4)}`);
    expect((await compileBuild(many, same)).ok).toBe(true);
  });
});

describe("the work of header rules", () => {
  const versions = (count: number) =>
    longestVersions(count).map((version, at) => ({ ...version, path: `/audio/${at}.mp3` }));

  it("is bounded: each line counts for each asset that it is for", async () => {
    // 64 KB, of which nothing stays.
    const undone = encode(`/*\n${"a:b\n!a\n".repeat(9_000)}`);
    expect(await compileBuild(versions(1_000), undone)).toEqual({
      ok: false,
      errors: [
        {
          path: "/_headers",
          message: "its lines may be applied 500000 times, each for each asset that it is for",
        },
      ],
    });
    expect((await compileBuild(versions(20), undone)).ok).toBe(true);
  });

  it("is no more for a thousand assets with all that 8 KiB of headers can say", async () => {
    const lines = Array.from({ length: 250 }, (_, at) => `Access-Control-X${at}: 1\n`).join("");
    expect((await compileBuild(versions(1_000), encode(`/*\n${lines}`))).ok).toBe(true);
    const joined = `/*\n${"a:b\n".repeat(500)}`;
    expect((await compileBuild(versions(1_000), encode(joined))).ok).toBe(true);
  });

  it("lets others have their turn", async () => {
    const rules = encode(
      Array.from({ length: 100 }, (_, at) => `/a/:b/${at}/*\n  X-A: 1\n`).join(""),
    );
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await compileBuild(versions(1_000), rules);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
