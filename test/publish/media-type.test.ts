import { describe, expect, it } from "vitest";
import { assetMediaType, isMediaType } from "../../src/publish/media-type.ts";

const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const NOTHING = new Uint8Array();

describe("the media type of an asset", () => {
  it.each([
    ["image/svg+xml", "/a.png", "image/svg+xml"],
    ["text/html; charset=utf-8", "/a", "text/html; charset=utf-8"],
    ["audio/wave", "/a.wav", "audio/wave"],
  ])("is %s as the client said, whatever %s says", (said, path, expected) => {
    expect(assetMediaType(said, path, NOTHING, false)).toBe(expected);
  });

  it.each([
    ["/hold.mp3", "audio/mpeg"],
    ["/hold.wav", "audio/wav"],
    ["/HOLD.WAV", "audio/wav"],
    ["/hold.gsm", "audio/x-gsm"],
    ["/hold.ulaw", "audio/ulaw"],
    ["/hold.aif", "audio/aiff"],
    ["/hold.aiff", "audio/aiff"],
    ["/hold.aifc", "audio/x-aifc"],
    ["/hold.g722", "audio/G722"],
    ["/hold.amr", "audio/amr"],
    ["/hold.ogg", "audio/ogg"],
    ["/clip.mp4", "video/mp4"],
    ["/clip.3gp", "video/3gpp"],
    ["/card.vcf", "text/vcard"],
    ["/pass.pkpass", "application/vnd.apple.pkpass"],
    ["/answer.xml", "text/xml"],
    ["/answer.twiml", "text/xml"],
    ["/index.html", "text/html"],
    ["/style.css", "text/css"],
    ["/app.js", "text/javascript"],
    ["/logo.svg", "image/svg+xml"],
    ["/a.tar.gz", "application/gzip"],
    ["/photo.jfif", "image/jpeg"],
    ["/photo.pjpeg", "image/jpeg"],
    ["/clip.m4v", "video/mp4"],
    ["/song.flac", "audio/flac"],
    ["/song.ac3", "audio/ac3"],
    ["/song.ra", "audio/vnd.rn-realaudio"],
    ["/hold.wave", "audio/wav"],
    ["/app.cjs", "text/javascript"],
    ["/r%C3%A9pondeur.wav", "audio/wav"],
    ["/v1.0/name", "application/octet-stream"],
    ["/name.", "application/octet-stream"],
    ["/name.unheard-of", "application/octet-stream"],
    ["/name.constructor", "application/octet-stream"],
  ])("is by extension where the client says nothing: %s is %s", (path, expected) => {
    expect(assetMediaType(null, path, NOTHING, false)).toBe(expected);
    expect(assetMediaType("application/octet-stream", path, NOTHING, false)).toBe(expected);
    expect(assetMediaType("Application/Octet-Stream; x=y", path, NOTHING, false)).toBe(expected);
  });

  it.each([
    ["ID3\x04", "audio/mpeg"],
    ["\xff\xfb\x90\x64", "audio/mpeg"],
    ["\xff\xf3\x40\xc4", "audio/mpeg"],
    ["RIFF\x24\x08\0\0WAVEfmt ", "audio/wav"],
    ["FORM\0\0\0\x01AIFFCOMM", "audio/aiff"],
    ["\x89PNG\r\n\x1a\n", "image/png"],
    ["\xff\xd8\xff\xe0", "image/jpeg"],
    ["GIF89a", "image/gif"],
    ["GIF87a", "image/gif"],
    ["%PDF-1.7", "application/pdf"],
    ["RIFF\x24\x08\0\0WEBPVP8 ", "image/webp"],
    ["FORM\0\0\0\x01AIFCCOMM", "audio/x-aifc"],
    ["#!AMR\n\x3c", "audio/amr"],
    ["fLaC\0\0\0\x22", "audio/flac"],
    ["\0\0\0\x1cftypM4A \0", "audio/mp4"],
    ["\0\0\0\x1cftypheic\0", "image/heic"],
    ["\0\0\0\x1cftyp3gp4\0", "video/3gpp"],
    ["\0\0\0\x1cftypisom\0", "video/mp4"],
    ["RIFF\x24\x08\0\0AVI LIST", "application/octet-stream"],
    ["ID", "application/octet-stream"],
    ["<script>", "application/octet-stream"],
    ["", "application/octet-stream"],
  ])("is by the first bytes where neither says anything: %j is %s", (head, expected) => {
    expect(assetMediaType(null, "/name", latin1(head), false)).toBe(expected);
  });
});

describe("text that is UTF-8 and names no charset", () => {
  it.each([
    [null, "/a.txt", "text/plain; charset=utf-8"],
    [null, "/a.html", "text/html; charset=utf-8"],
    [null, "/a.js", "text/javascript; charset=utf-8"],
    ["text/html", "/a", "text/html; charset=utf-8"],
    ["text/plain;", "/a", "text/plain; charset=utf-8"],
    ["text/plain; format=flowed", "/a", "text/plain; format=flowed; charset=utf-8"],
    ["application/javascript", "/a.js", "application/javascript; charset=utf-8"],
    // It names one, says it in itself, or is none.
    ["text/html; Charset=iso-8859-1", "/a", "text/html; Charset=iso-8859-1"],
    [null, "/answer.xml", "text/xml"],
    [null, "/card.vcf", "text/vcard"],
    [null, "/a.json", "application/json"],
    [null, "/a.mp3", "audio/mpeg"],
    [null, "/a", "application/octet-stream"],
    [`text/${"x".repeat(245)}`, "/a", `text/${"x".repeat(245)}`],
  ])("%s, %s: %s", (said, path, expected) => {
    expect(assetMediaType(said, path, NOTHING, true)).toBe(expected);
  });
});

describe("a media type", () => {
  it.each([
    ["text/plain", true],
    ['text/plain; charset="utf-8"; format=flowed', true],
    ["text/plain;", true],
    ["text/plain ; a=b", true],
    [`text/plain${";  ".repeat(80)}"`, false],
    ["text", false],
    ["text/", false],
    ["/plain", false],
    ["text/plain; charset", false],
    ["text/plain\r\nSet-Cookie: a=b", false],
    ["text/plain, text/html", false],
    ["text/pläin", false],
    [`text/${"x".repeat(250)}`, true],
    [`text/${"x".repeat(251)}`, false],
    ["", false],
  ])("%j: %s", (value, expected) => {
    expect(isMediaType(value)).toBe(expected);
  });
});
