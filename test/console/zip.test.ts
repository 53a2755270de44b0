import { expect, it } from "vitest";
import { zipParts } from "../../src/console/app/files/zip.ts";

it("a ZIP file holds each file as it is, under its name in UTF-8, with its CRC-32", () => {
  const content = new TextEncoder().encode("123456789");
  const date = new Date(2026, 10, 28, 12, 34, 56);
  const parts = zipParts([{ name: "menu/é.txt", content, date }]);
  const zip = new Uint8Array(parts.flatMap((part) => [...part]));
  // Written by hand from APPNOTE 6.3.10; the CRC of 123456789 is the check value cbf43926.
  const name = "6d656e752fc3a92e747874";
  const shared = `00080000${"5c64"}${"7c5d"}${"2639f4cb"}${"09000000"}${"09000000"}${"0b00"}`;
  const local = `504b0304${"1400"}${shared}${"0000"}${name}313233343536373839`;
  const central = `504b0102${"1400"}${"1400"}${shared}${"0000".repeat(4)}${"00000000"}${"00000000"}${name}`;
  const end = `504b0506${"00000000"}${"0100"}${"0100"}${"39000000"}${"32000000"}${"0000"}`;
  expect(zip.toHex()).toBe(local + central + end);
});
