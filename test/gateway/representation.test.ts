import { describe, expect, it } from "vitest";
import type { Manifest, ManifestAsset } from "../../src/contract/manifest.ts";
import {
  contentHeaders,
  headHeaders,
  notModifiedHeaders,
  REPRESENTATION_LIMIT,
  representationOf,
} from "../../src/gateway/representation.ts";

const NOW = 1_790_000_000;

const manifest: Manifest = {
  hostname: "representation-1234.localhost",
  account: `AC${"0".repeat(32)}`,
  service: `ZS${"0".repeat(32)}`,
  environment: `ZE${"0".repeat(32)}`,
  deployment: `ZD${"0".repeat(32)}`,
  build: `ZB${"0".repeat(32)}`,
  headers: [[["Cache-Control", "no-cache"]]],
  assets: new Map(),
  functions: new Map(),
};

function assetOf(index: number): ManifestAsset {
  return {
    sid: `ZN${index.toString(16).padStart(32, "0")}`,
    sha256: index.toString(16).padStart(64, "0"),
    etag: index.toString(16).padStart(22, "0"),
    size: 10,
    type: "audio/mpeg",
    visibility: "public",
    modified: 784_111_777,
    headers: 0,
  };
}

describe("header sets", () => {
  it("are kept of a bounded number of assets, however many are asked for", () => {
    const asset = assetOf(0);
    const first = representationOf(manifest, asset);
    expect(representationOf(manifest, asset)).toBe(first);
    // What was asked for again stays one round longer than what was not.
    for (let index = 1; index <= 2 * REPRESENTATION_LIMIT; index++) {
      representationOf(manifest, assetOf(index));
    }
    const again = representationOf(manifest, asset);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it("are made when an answer first needs them", () => {
    const representation = representationOf(manifest, assetOf(1));
    expect(Object.keys(representation.headerSets)).toEqual([]);
    contentHeaders(representation, NOW, "Ringback; hit", null);
    expect(Object.keys(representation.headerSets)).toEqual(["whole"]);
    contentHeaders(representation, NOW, "Ringback; hit", { start: 0, end: 1 });
    headHeaders(representation, NOW);
    notModifiedHeaders(representation, NOW);
    expect(Object.keys(representation.headerSets)).toEqual([
      "whole",
      "partial",
      "head",
      "notModified",
    ]);
  });
});
