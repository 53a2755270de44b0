import { describe, expect, it } from "vitest";
import { embeddedMetadata } from "../../src/console/app/preflight/embedded.ts";
import { agree, sniffedType } from "../../src/console/app/preflight/sniff.ts";

/** Characters as bytes: `\x89PNG`. */
function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

describe("the type that bytes show", () => {
  it.each([
    ["ID3\x03", "audio/mpeg"],
    ["\xff\xfb\x90", "audio/mpeg"],
    ["RIFF\x24\0\0\0WAVEfmt ", "audio/wav"],
    ["FORM\0\0\0\x10AIFC", "audio/aiff"],
    ["OggS\0", "audio/ogg"],
    ["\x89PNG\r\n\x1a\n", "image/png"],
    ["\xff\xd8\xff\xe0", "image/jpeg"],
    ["GIF89a", "image/gif"],
    ["RIFF\x24\0\0\0WEBP", "image/webp"],
    ["\0\0\0\x18ftypheic", "image/heic"],
    ["\0\0\0\x20ftypM4A ", "audio/mp4"],
    ["\0\0\0\x20ftypisom", "video/mp4"],
    ["%PDF-1.7", "application/pdf"],
    ["PK\x03\x04", "application/zip"],
    ["<!DOCTYPE html><title>404</title>", "text/html"],
    ["  <HTML>", "text/html"],
    ['<?xml version="1.0"?>\n<svg xmlns="x">', "image/svg+xml"],
    ['<?xml version="1.0"?><Response/>', "text/xml"],
    ["hello", null],
    ["", null],
    ["RIFF", null],
  ])("%j", (text, type) => expect(sniffedType(bytes(text))).toBe(type));
});

describe("whether a served type and the bytes agree", () => {
  it.each([
    ["audio/mp3", "audio/mpeg", true],
    ["audio/vnd.wave", "audio/wav", true],
    ["image/heif", "image/heic", true],
    [
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/zip",
      true,
    ],
    ["application/atom+xml", "text/xml", true],
    ["text/xml", "text/xml", true],
    ["text/plain", "text/html", true],
    ["image/jpeg", "application/zip", false],
    ["image/png", "image/webp", false],
    ["text/xml", "image/png", false],
  ])("%s and %s: %s", (served, sniffed, expected) => expect(agree(served, sniffed)).toBe(expected));
});

/** A TIFF structure (EXIF), little endian: each directory a list of tags with a 32-bit value. */
function tiff(directories: [tag: number, value: number][][]): string {
  let text = "II\x2a\0\x08\0\0\0";
  for (const tags of directories) {
    text += word(tags.length, 2);
    for (const [tag, value] of tags)
      text += word(tag, 2) + word(4, 2) + word(1, 4) + word(value, 4);
    text += word(0, 4);
  }
  return text;
}

function word(value: number, length: number): string {
  return String.fromCharCode(
    ...Array.from({ length }, (_, index) => (value >>> (8 * index)) & 0xff),
  );
}

const CAMERA = tiff([[[0x0110, 0]]]);
// The second directory follows the first: 8 + 2 + 12 + 4.
const PLACE = tiff([[[0x8825, 26]], [[0x0002, 0]]]);
const EMPTY_GPS = tiff([[[0x8825, 26]], [[0x0000, 0]]]);

function jpeg(segment: string): string {
  const length = segment.length + 2;
  return `\xff\xd8\xff\xe1${String.fromCharCode(length >> 8, length & 0xff)}${segment}\xff\xda`;
}

function png(name: string, data: string): string {
  const length = word(data.length, 4).split("").reverse().join("");
  return `\x89PNG\r\n\x1a\n${length}${name}${data}\0\0\0\0`;
}

describe("what a file holds beside what it shows", () => {
  it.each([
    ["a JPEG without any", "image/jpeg", jpeg("JFIF\0"), false, false],
    ["a JPEG's camera", "image/jpeg", jpeg(`Exif\0\0${CAMERA}`), true, false],
    ["a JPEG's place", "image/jpeg", jpeg(`Exif\0\0${PLACE}`), false, true],
    [
      "a JPEG's GPS directory without a place",
      "image/jpeg",
      jpeg(`Exif\0\0${EMPTY_GPS}`),
      false,
      false,
    ],
    [
      "a JPEG's place in XMP",
      "image/jpeg",
      jpeg("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta exif:GPSLatitude='1'>"),
      true,
      true,
    ],
    ["a PNG without any", "image/png", png("IDAT", "x"), false, false],
    ["a PNG's place", "image/png", png("eXIf", PLACE), false, true],
    [
      "a WebP's place",
      "image/webp",
      `RIFF\0\0\0\0WEBPEXIF${word(PLACE.length, 4)}${PLACE}`,
      false,
      true,
    ],
    ["a HEIC's place", "image/heic", `\0\0\0\x18ftypheic....Exif\0\0${PLACE}`, true, true],
    ["a film's place", "video/mp4", "\0\0\0\x18ftypisom....\xa9xyz+37.3", true, true],
    ["sound, which is not looked at", "audio/mpeg", `ID3Exif\0\0${PLACE}`, false, false],
  ])("%s", (_, type, text, metadata, location) =>
    expect(embeddedMetadata(bytes(text), type)).toEqual({ metadata, location }),
  );

  it.each([
    ["image/jpeg", jpeg(`Exif\0\0${PLACE}`)],
    ["image/png", png("eXIf", PLACE)],
    ["image/webp", `RIFF\0\0\0\0WEBPEXIF${word(PLACE.length, 4)}${PLACE}`],
    ["image/tiff", PLACE],
  ])("never fails on a %s that is cut short anywhere", (type, text) => {
    const whole = bytes(text);
    for (let length = 0; length <= whole.length; length++) {
      expect(() => embeddedMetadata(whole.subarray(0, length), type)).not.toThrow();
    }
  });
});
