import { describe, expect, it } from "vitest";
import { decodeManifest, encodeManifest, type Manifest } from "../../src/contract/manifest.ts";

const HOST = "shop-1234-dev.example.net";
const SHA = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";

function sid(prefix: string): string {
  return prefix + "0123456789abcdef".repeat(2);
}

const MANIFEST: Manifest = {
  hostname: HOST,
  account: sid("AC"),
  service: sid("ZS"),
  environment: sid("ZE"),
  deployment: sid("ZD"),
  build: sid("ZB"),
  headers: [[["Cache-Control", "no-cache"]]],
  assets: new Map([
    [
      "/ahoy.mp3",
      {
        sid: sid("ZN"),
        sha256: SHA,
        etag: "Ckk2oaOp0m2rwkXcSXhsRg",
        size: 11,
        type: "audio/mpeg",
        visibility: "public",
        modified: 784_111_777,
        headers: 0,
      },
    ],
  ]),
  functions: new Map([["/reply", { sid: sid("ZH"), visibility: "protected", flavour: "light" }]]),
};

// biome-ignore lint/suspicious/noExplicitAny: the cases break the very types they would be given.
type Raw = Record<string, any>;

/** The value of MANIFEST, changed at one place. */
async function changed(change: (raw: Raw) => void): Promise<string> {
  const raw = JSON.parse((await encodeManifest(MANIFEST)).value);
  change(raw);
  return JSON.stringify(raw);
}

describe("manifest", () => {
  it("is read as it was written", async () => {
    const { key, value, metadata } = await encodeManifest(MANIFEST);
    expect(key).toBe("host:shop-1234-dev.example.net");
    expect(metadata.deployment).toBe(MANIFEST.deployment);
    expect(metadata.revision).toMatch(/^[0-9a-f]{64}$/);
    expect(decodeManifest(value, HOST)).toEqual({ ok: true, manifest: MANIFEST });
  });

  it("has one value and revision whatever the order of its assets", async () => {
    const asset = MANIFEST.assets.get("/ahoy.mp3") as never;
    const one = {
      ...MANIFEST,
      assets: new Map([
        ["/a", asset],
        ["/b", asset],
      ]),
    };
    const other = {
      ...MANIFEST,
      assets: new Map([
        ["/b", asset],
        ["/a", asset],
      ]),
    };
    expect(await encodeManifest(one)).toEqual(await encodeManifest(other));
  });

  it.each([
    ["is not JSON", () => "{", "not JSON"],
    ["is cut off", async () => (await encodeManifest(MANIFEST)).value.slice(0, -1), "not JSON"],
    ["is not an object", () => "[]", "not an object"],
    ["has no format", () => changed((raw) => delete raw.format), "no format"],
    ["is another host's", () => changed((raw) => (raw.hostname = "other.example.net")), "hostname"],
    ["has no account", () => changed((raw) => delete raw.account), "account"],
    ["has a SID of another kind", () => changed((raw) => (raw.service = sid("ZE"))), "service"],
    ["has no headers", () => changed((raw) => delete raw.headers), "headers"],
    [
      "has a header name with a space",
      () => changed((raw) => (raw.headers[0][0][0] = "A B")),
      "headers",
    ],
    [
      "has a header value with a line break",
      () => changed((raw) => (raw.headers[0][0][1] = "a\r\nb: c")),
      "headers",
    ],
    ["has no assets", () => changed((raw) => delete raw.assets), "assets"],
    [
      "has a path that is not canonical",
      () => changed((raw) => (raw.assets["/a b"] = raw.assets["/ahoy.mp3"])),
      "path /a b",
    ],
    [
      "has a path that climbs",
      () => changed((raw) => (raw.assets["/../b"] = raw.assets["/ahoy.mp3"])),
      "path /../b",
    ],
    [
      "has a visibility it does not know",
      () => changed((raw) => (raw.assets["/ahoy.mp3"].visibility = "private")),
      "asset /ahoy.mp3",
    ],
    [
      "has no visibility",
      () => changed((raw) => delete raw.assets["/ahoy.mp3"].visibility),
      "asset /ahoy.mp3",
    ],
    [
      "has a negative size",
      () => changed((raw) => (raw.assets["/ahoy.mp3"].size = -1)),
      "asset /ahoy.mp3",
    ],
    [
      "has a size that is no integer",
      () => changed((raw) => (raw.assets["/ahoy.mp3"].size = 1.5)),
      "asset /ahoy.mp3",
    ],
    [
      "has no digest",
      () => changed((raw) => (raw.assets["/ahoy.mp3"].sha256 = "abc")),
      "asset /ahoy.mp3",
    ],
    [
      "has a media type with a line break",
      () => changed((raw) => (raw.assets["/ahoy.mp3"].type = "a\nb")),
      "asset /ahoy.mp3",
    ],
    [
      "names a header set it does not have",
      () => changed((raw) => (raw.assets["/ahoy.mp3"].headers = 1)),
      "asset /ahoy.mp3",
    ],
  ] as [string, () => string | Promise<string>, string][])(
    "that %s is corrupt",
    async (_, value, detail) => {
      expect(decodeManifest(await value(), HOST)).toEqual({
        ok: false,
        reason: "manifest-corrupt",
        detail,
      });
    },
  );

  it("of a later format is told apart from a corrupt one", async () => {
    const value = await changed((raw) => (raw.format = 3));
    expect(decodeManifest(value, HOST)).toEqual({
      ok: false,
      reason: "manifest-future",
      detail: "format 3",
    });
  });
});
