import { describe, expect, it } from "vitest";
import { withoutMetadata } from "../../src/console/app/media/without-metadata.ts";
import { embeddedMetadata } from "../../src/console/app/preflight/embedded.ts";
import { imageSize } from "../../src/console/app/preflight/measures.ts";

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(" ", ""));

/** An EXIF segment: orientation 6, and a GPS directory with a latitude. */
const EXIF =
  "ffe1 0058 457869660000 4d4d002a 00000008 0002" +
  "0112 0003 00000001 00060000 8825 0004 00000001 00000026 00000000" +
  `0001 0002 0005 00000003 00000038 00000000 ${"00".repeat(24)}`;

/** JFIF, EXIF, a comment, a frame of 640 × 480, and the picture. */
const JPEG = hex(
  `ffd8 ffe0 0004 0101 ${EXIF} fffe 0006 48692121 ffc0 000b 08 01e0 0280 01 011100 ffda 0003 00 123456 ffd9`,
);

describe("a picture without metadata", () => {
  it("of JPEG keeps its picture, its frame and how it is turned", () => {
    expect(embeddedMetadata(JPEG, "image/jpeg").location).toBe(true);
    const clean = withoutMetadata(JPEG, "image/jpeg") as Uint8Array;
    expect(embeddedMetadata(clean, "image/jpeg")).toEqual({ metadata: false, location: false });
    expect(imageSize(clean, "image/jpeg")).toEqual({ width: 640, height: 480 });
    expect(clean.toHex()).toBe(
      hex(
        "ffd8 ffe1 0022 457869660000 4d4d002a00000008 0001 0112 0003 00000001 00060000 00000000" +
          "ffe0 0004 0101 ffc0 000b 08 01e0 0280 01 011100 ffda 0003 00 123456 ffd9",
      ).toHex(),
    );
  });

  it("of PNG loses the chunks that tell", () => {
    const chunk = (name: string, data: string) => {
      const length = (data.length / 2).toString(16).padStart(8, "0");
      return `${length}${new TextEncoder().encode(name).toHex()}${data}00000000`;
    };
    const head = `89504e470d0a1a0a${chunk("IHDR", "00000280000001e008020000 00".replace(" ", ""))}`;
    const png = hex(`${head}${chunk("tEXt", "aabb")}${chunk("eXIf", "cc")}${chunk("IDAT", "dd")}`);
    expect(withoutMetadata(png, "image/png")?.toHex()).toBe(`${head}${chunk("IDAT", "dd")}`);
    expect(imageSize(png, "image/png")).toEqual({ width: 640, height: 480 });
  });

  it("of WebP loses them too, and no longer says that they are there", () => {
    const vp8x = `56503858 0a000000 ${"0c000000"} 7f0200 df0100`;
    const webp = hex(
      `52494646 2a000000 57454250 ${vp8x} 45584946 02000000 aabb 56503820 02000000 ccdd`,
    );
    const clean = withoutMetadata(webp, "image/webp");
    expect(clean?.toHex()).toBe(
      hex(
        `52494646 20000000 57454250 ${vp8x.replace("0c000000", "00000000")} 56503820 02000000 ccdd`,
      ).toHex(),
    );
    expect(imageSize(webp, "image/webp")).toEqual({ width: 640, height: 480 });
  });

  it.each([
    ["cut off", JPEG.subarray(0, 40), "image/jpeg"],
    ["no JPEG", hex("00112233445566778899"), "image/jpeg"],
    ["of another kind", JPEG, "image/heic"],
  ])("is not made where the file is %s", (_, bytes, type) =>
    expect(withoutMetadata(bytes, type)).toBeNull(),
  );
});
