import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_PART_HEADERS,
  MAX_PARTS,
  type MultipartEvent,
  readMultipart,
} from "../../src/api/multipart.ts";
import { multipartBoundary } from "../../src/api/multipart-headers.ts";
import { expectLinearTime } from "../growth.ts";

const BOUNDARY = "--------------------------x";

/** Bytes from text in which every character is one byte. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function* inChunks(body: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < body.byteLength; index++) {
    const size = sizes[index % sizes.length] ?? body.byteLength;
    yield body.slice(at, at + size);
    at += size;
  }
}

type Outcome = { parts: { name: string; type: string | null; content: string }[]; last: string };

async function outcome(body: Uint8Array, sizes: number[] = [1 << 20]): Promise<Outcome> {
  const parts: Outcome["parts"] = [];
  let last = "nothing";
  for await (const event of readMultipart(inChunks(body, sizes), BOUNDARY)) {
    if (event.kind === "part") {
      parts.push({ name: event.headers.name, type: event.headers.contentType, content: "" });
    } else if (event.kind === "bytes") {
      const part = parts.at(-1) as Outcome["parts"][number];
      part.content += String.fromCharCode(...event.bytes);
    } else {
      last = event.kind === "failure" ? event.reason : "end";
    }
  }
  return { parts, last };
}

const part = (name: string, content: string, type?: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n${
    type ? `Content-Type: ${type}\r\n` : ""
  }\r\n${content}\r\n`;
const CLOSING = `--${BOUNDARY}--\r\n`;

describe("a multipart/form-data body", () => {
  it("is its parts in order, each with its name, type and content", async () => {
    const body = part("Path", "/a.mp3") + part("Content", "\0\r\n\xff", "audio/mpeg") + CLOSING;
    expect(await outcome(latin1(body))).toEqual({
      parts: [
        { name: "Path", type: null, content: "/a.mp3" },
        { name: "Content", type: "audio/mpeg", content: "\0\r\n\xff" },
      ],
      last: "end",
    });
  });

  it("may have empty content, a preamble, padded delimiters and an epilogue", async () => {
    const body = `preamble\r\n--${BOUNDARY} \t\r\ncontent-disposition:form-data;name=a\r\n\r\n\r\n--${BOUNDARY}--epilogue`;
    expect(await outcome(latin1(body))).toEqual({
      parts: [{ name: "a", type: null, content: "" }],
      last: "end",
    });
  });

  it.each([
    ["is in another encoding", 'filename="r\xe9pondeur.wav"'],
    ["is in another encoding and looks unfinished", 'filename="\x83\\"'],
    ["comes before the name, in another encoding", 'filename="\xff.wav"; name="Content"'],
    ["is an extended value that is no UTF-8", "filename*=UTF-8''%ff\xff"],
  ])("may have a file's name that %s: it is not used", async (_, filename) => {
    const named = filename.includes("; name=") ? filename : `name="Content"; ${filename}`;
    const body = `--${BOUNDARY}\r\nContent-Disposition: form-data; ${named}\r\n\r\nahoy\r\n${CLOSING}`;
    for (const sizes of [[1 << 20], [1]]) {
      expect(await outcome(latin1(body), sizes)).toEqual({
        parts: [{ name: "Content", type: null, content: "ahoy" }],
        last: "end",
      });
    }
  });

  it("may have no part", async () => {
    expect(await outcome(latin1(CLOSING))).toEqual({ parts: [], last: "end" });
  });

  it("keeps content that nearly is a delimiter", async () => {
    const content = `\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\r\n--\r\r\r\n-`;
    expect(await outcome(latin1(part("a", content) + CLOSING), [3])).toEqual({
      parts: [{ name: "a", type: null, content }],
      last: "end",
    });
  });

  const open = `--${BOUNDARY}\r\n`;
  it.each([
    ["nothing at all", "", "truncated"],
    ["no delimiter, little", "hello", "truncated"],
    ["no delimiter, much", "x".repeat(5000), "malformed"],
    ["end inside the first delimiter", "-----", "truncated"],
    ["end right behind a delimiter", `--${BOUNDARY}`, "truncated"],
    ["end inside the headers", `${open}Content-Disposition: form-data; name="a"\r\n`, "truncated"],
    ["end inside the content", part("a", "hello"), "truncated"],
    ["end inside the closing delimiter", `${part("a", "b")}--${BOUNDARY}-`, "truncated"],
    ["text behind a delimiter", `--${BOUNDARY}x\r\n`, "malformed"],
    ["endless padding", `--${BOUNDARY}${" ".repeat(400)}\r\n`, "malformed"],
    ["a part without headers", `${open}\r\nhello\r\n${CLOSING}`, "malformed"],
    ["a part without a name", `${open}Content-Disposition: form-data\r\n\r\n`, "malformed"],
    [
      "a part that is a file alone",
      `${open}Content-Disposition: attachment; name=a\r\n\r\n`,
      "malformed",
    ],
    [
      "a name said twice",
      `${open}Content-Disposition: form-data; name=a; name=b\r\n\r\n`,
      "malformed",
    ],
    ["a header line that is none", `${open}Content-Disposition\r\n\r\n`, "malformed"],
    ["a folded header", `${open}Content-Disposition: form-data;\r\n name=a\r\n\r\n`, "malformed"],
    ["a NUL in a header", `${open}Content-Disposition: form-data; name="\0"\r\n\r\n`, "malformed"],
    [
      "a name that is no UTF-8",
      `${open}Content-Disposition: form-data; name="\xff"\r\n\r\n`,
      "malformed",
    ],
    [
      "base64 content",
      `${open}Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
      "malformed",
    ],
    ["huge headers", `${open}X: ${"x".repeat(MAX_PART_HEADERS)}\r\n\r\n`, "headers-too-large"],
    ["endless headers", `${open}X: ${"x".repeat(4 * MAX_PART_HEADERS)}`, "headers-too-large"],
    ["too many parts", part("a", "b").repeat(MAX_PARTS + 1) + CLOSING, "too-many-parts"],
  ])("with %s fails", async (_, body, reason) => {
    for (const sizes of [[1 << 20], [1], [7, 2]]) {
      expect((await outcome(latin1(body), sizes)).last).toBe(reason);
    }
  });

  it("of a client that goes away fails", async () => {
    async function* goesAway() {
      yield latin1(part("a", "hello").slice(0, -3));
      throw new Error("network connection lost");
    }
    const events: MultipartEvent[] = [];
    for await (const event of readMultipart(goesAway(), BOUNDARY)) events.push(event);
    expect(events.at(-1)).toEqual({ kind: "failure", reason: "broken-off" });
  });

  it("stops reading when nobody asks further", async () => {
    let closed = false;
    async function* endless() {
      try {
        yield latin1(part("a", "hello").slice(0, -3));
        for (;;) yield new Uint8Array(1000);
      } finally {
        closed = true;
      }
    }
    for await (const event of readMultipart(endless(), BOUNDARY)) {
      if (event.kind === "bytes") break;
    }
    expect(closed).toBe(true);
  });

  it("is the same however it is cut into chunks", async () => {
    const content = fc.oneof(
      fc.string({ unit: fc.constantFrom("\r", "\n", "-", "x", "\0", BOUNDARY.slice(0, 5)) }),
      fc.string({
        unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
      }),
      fc.constantFrom(`\r\n--${BOUNDARY}`, `\r\n--${BOUNDARY}\r\n`, `--${BOUNDARY}--`),
    );
    const bodies = fc
      .tuple(fc.array(fc.tuple(fc.constantFrom("a", "Content"), content)), fc.nat(200))
      .map(([parts, cut]) => {
        const whole = parts.map(([name, text]) => part(name, text)).join("") + CLOSING;
        return latin1(cut < 20 ? whole.slice(0, -cut) : whole);
      });
    await fc.assert(
      fc.asyncProperty(
        bodies,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (body, sizes) => {
          expect(await outcome(body, sizes)).toEqual(await outcome(body));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is the same where each chunk is read into the memory of the one before", async () => {
    async function* reusing(body: Uint8Array, size: number) {
      const memory = new Uint8Array(size);
      for (let at = 0; at < body.byteLength; at += size) {
        const chunk = memory.subarray(0, Math.min(size, body.byteLength - at));
        chunk.set(body.subarray(at, at + size));
        yield chunk;
        memory.fill(0x2d);
      }
    }
    const content = `\r\r\n--\r\n--${BOUNDARY.slice(0, 9)}\r`.repeat(5);
    const body = latin1(part("Path", "/a") + part("Content", content) + CLOSING);
    for (const size of [1, 2, 3, 5, 8, 13, 40, 100]) {
      let text = "";
      for await (const event of readMultipart(reusing(body, size), BOUNDARY)) {
        if (event.kind === "bytes") text += String.fromCharCode(...event.bytes);
      }
      expect(text).toBe(`/a${content}`);
    }
  });

  it("gives back what was put in, whatever the content", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: MAX_PARTS }),
        fc.integer({ min: 1, max: 100 }),
        async (contents, size) => {
          const texts = contents.map((bytes) => String.fromCharCode(...bytes));
          const body = texts.map((text) => part("f", text)).join("") + CLOSING;
          const { parts, last } = await outcome(latin1(body), [size]);
          expect({ last, texts: parts.map((p) => p.content) }).toEqual({ last: "end", texts });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the headers of a part", () => {
  it("that come byte by byte are read in a time that grows with their length alone", async () => {
    const most = latin1(`--${BOUNDARY}\r\n${"\r".repeat(MAX_PART_HEADERS + 10)}`);
    expect(await outcome(most, [1])).toEqual({ parts: [], last: "headers-too-large" });
    await expectLinearTime(MAX_PART_HEADERS, (length) =>
      outcome(latin1(`--${BOUNDARY}\r\n${"\r".repeat(length)}`), [1]),
    );
  });
});

describe("the boundary of a Content-Type", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; boundary="a b"', "a b"],
    ["Multipart/Form-Data;charset=utf-8;BOUNDARY=abc", "abc"],
    ["multipart/form-data; boundary=abc; charset=utf-8", "abc"],
    ["multipart/form-data", null],
    ["multipart/form-data; boundary=", null],
    ['multipart/form-data; boundary=""', null],
    [`multipart/form-data; boundary=${"x".repeat(70)}`, "x".repeat(70)],
    [`multipart/form-data; boundary=${"x".repeat(71)}`, null],
    ["multipart/form-data; boundary=a; boundary=b", null],
    ['multipart/form-data; boundary="a ', null],
    ['multipart/form-data; boundary="a "', null],
    ["multipart/form-data; boundary=ä", null],
    ["multipart/mixed; boundary=abc", null],
    ["application/x-www-form-urlencoded", null],
    [null, null],
  ])("%s is %s", (contentType, boundary) => {
    expect(multipartBoundary(contentType)).toBe(boundary);
  });

  it("is looked for in a time that grows with the header's length alone", async () => {
    for (const run of [" ", "\t", "; ", ";", "=", '"', "a=b; "]) {
      for (const end of ["x", '"']) {
        await expectLinearTime(64 * 1024, (times) => {
          const spaces = run.repeat(times);
          expect(multipartBoundary(`multipart/form-data; a=b${spaces}${end}`)).toBeNull();
        });
      }
    }
  });
});
