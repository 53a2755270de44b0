import { canonicalPath, escapeStrayPercents } from "../contract/canonical-path.ts";
import { worked, workedOn } from "../contract/slices.ts";
import { assetMediaType, isMediaType, mayBeText, SNIFFED_BYTES } from "../publish/media-type.ts";
import type { ObjectWriter, StoredObject } from "../store/object-writer.ts";
import type { Visibility } from "../store/versions.ts";
import { contentTooLarge, invalid } from "./errors.ts";
import { MAX_PART_HEADERS, MAX_PARTS, type MultipartFailure, readMultipart } from "./multipart.ts";
import type { PartHeaders } from "./multipart-headers.ts";

/** The most bytes a version may have: a private one, and any other. */
export type SizeLimits = { served: number; private: number };

/** What an upload says about its bytes, and what the bytes are (contract 1.6). */
export type Upload = StoredObject & { path: string; visibility: Visibility; contentType: string };

/** Bytes of a field other than `Content`. */
const MAX_FIELD = 64 * 1024;
const FIRST_FIELD = 1024;
/** What a piece of content takes, however small (contract/slices.ts): boundaries cut it, and what nearly is one. */
const STEPS_AN_EVENT = 4;
/** Twilio's limit on `Path`, characters (contract 1.3). */
const MAX_PATH = 255;

const FAILURES: Record<MultipartFailure, string> = {
  malformed: "The request body is not valid multipart/form-data",
  truncated: "The request body ends before its closing boundary",
  "headers-too-large": `The headers of a part must be at most ${MAX_PART_HEADERS} bytes long`,
  "too-many-parts": `The request body must have at most ${MAX_PARTS} parts`,
  "broken-off": "The request body did not arrive whole",
};

/**
 * Throws 413 where a request of `contentLength` bytes cannot hold an acceptable upload, whatever the
 * rest of its parts are.
 */
export function checkContentLength(contentLength: number | null, limits: SizeLimits): void {
  const most = Math.max(limits.served, limits.private);
  const framing = MAX_PARTS * (MAX_PART_HEADERS + MAX_FIELD);
  if (contentLength !== null && contentLength > most + framing) throw tooLarge(most);
}

/**
 * Reads the form of an upload, its parts in any order, writing `Content` to `writer` as it comes.
 * Throws 20001 for a form that is malformed or misses a part, 413 as soon as the content is past
 * what its visibility allows; `writer` then is the caller's to discard.
 */
export async function readUpload(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
  writer: ObjectWriter,
  limits: SizeLimits,
): Promise<Upload> {
  const form: Form = { seen: new Set(), path: null, visibility: null, contentType: null };
  const head = new Uint8Array(SNIFFED_BYTES);
  const encoding = utf8Check();
  let size = 0;
  let part: PartHeaders | null = null;
  let field = new Uint8Array(FIRST_FIELD);
  let fieldSize = 0;

  for await (const event of readMultipart(chunks, boundary)) {
    if (event.kind === "failure") throw invalid(FAILURES[event.reason]);
    await worked(STEPS_AN_EVENT);
    if (event.kind === "bytes") {
      const { bytes } = event;
      if (part?.name === "Content") {
        if (size < head.byteLength) head.set(bytes.subarray(0, head.byteLength - size), size);
        size += bytes.byteLength;
        checkSize(size, form.visibility, limits);
        if (mayBeText(form.contentType)) encoding.take(bytes);
        await writer.write(bytes);
        await workedOn(bytes.byteLength);
      } else {
        if (fieldSize + bytes.byteLength > MAX_FIELD) {
          throw contentTooLarge(
            `A part other than Content must be at most ${MAX_FIELD} bytes long`,
          );
        }
        field = withRoom(field, fieldSize + bytes.byteLength);
        field.set(bytes, fieldSize);
        fieldSize += bytes.byteLength;
      }
      continue;
    }
    if (part) endPart(form, part, field.subarray(0, fieldSize));
    if (event.kind === "end") break;
    part = event.headers;
    fieldSize = 0;
    startPart(form, part);
  }

  const { path, visibility, seen } = form;
  if (path === null) throw missing("Path");
  if (visibility === null) throw missing("Visibility");
  if (!seen.has("Content")) throw missing("Content");
  checkSize(size, visibility, limits);
  const stored = await writer.finish();
  const utf8 = encoding.holds();
  const contentType = assetMediaType(form.contentType, path, head.subarray(0, size), utf8);
  return { ...stored, path, visibility, contentType };
}

/** Whether bytes that come piece by piece are UTF-8; nothing is read past the first that are not. */
function utf8Check(): { take(bytes: Uint8Array): void; holds(): boolean } {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let valid = true;
  const decode = (bytes?: Uint8Array) => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      valid = false;
    }
  };
  return {
    take: (bytes) => valid && decode(bytes),
    holds: () => {
      if (valid) decode();
      return valid;
    },
  };
}

function withRoom(field: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= field.byteLength) return field as Uint8Array<ArrayBuffer>;
  const larger = new Uint8Array(Math.max(needed, 2 * field.byteLength));
  larger.set(field);
  return larger;
}

/** What the parts have said so far. */
type Form = {
  seen: Set<string>;
  path: string | null;
  visibility: Visibility | null;
  contentType: string | null;
};

/** The parts that are used; of others nothing is judged but their size. */
const PARTS = new Set(["Path", "Visibility", "Content"]);

function startPart(form: Form, part: PartHeaders): void {
  if (!PARTS.has(part.name)) return;
  if (form.seen.has(part.name))
    throw invalid(`Invalid parameter ${part.name}: it must be given once`);
  form.seen.add(part.name);
  if (part.name !== "Content") return;
  if (part.contentType !== null && !isMediaType(part.contentType)) {
    throw invalid("Invalid parameter Content: its Content-Type is no media type");
  }
  form.contentType = part.contentType;
}

function endPart(form: Form, part: PartHeaders, field: Uint8Array): void {
  if (part.name === "Path") form.path = readPath(readText(part.name, field));
  if (part.name === "Visibility") form.visibility = readVisibility(readText(part.name, field));
}

function readText(name: string, field: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(field);
  } catch {
    throw invalid(`Invalid parameter ${name}: it is not valid UTF-8`);
  }
}

/**
 * A missing leading slash is added (contract 1.3), and a percent sign that starts no escape is escaped;
 * the path is kept as written otherwise.
 */
function readPath(text: string): string {
  if (text === "") throw invalid("Invalid parameter Path: it must not be empty");
  const written = text.startsWith("/") ? text : `/${text}`;
  const path = escapeStrayPercents(written);
  if ([...written].length > MAX_PATH) {
    throw invalid(`Invalid parameter Path: it must be at most ${MAX_PATH} characters long`);
  }
  if (canonicalPath(path) === null) {
    throw invalid(
      "Invalid parameter Path: it must not hold control characters, backslashes, the segments . and .., or percent signs that encode no UTF-8",
    );
  }
  return path;
}

function readVisibility(text: string): Visibility {
  const visibility = text.toLowerCase();
  if (visibility === "public" || visibility === "protected" || visibility === "private") {
    return visibility;
  }
  throw invalid("Invalid parameter Visibility: it must be public, protected or private");
}

/** While the visibility is not known, the larger limit holds. */
function checkSize(size: number, visibility: Visibility | null, limits: SizeLimits): void {
  const limit =
    visibility === null
      ? Math.max(limits.served, limits.private)
      : visibility === "private"
        ? limits.private
        : limits.served;
  if (size > limit) throw tooLarge(limit);
}

function tooLarge(limit: number) {
  return contentTooLarge(`Content must be at most ${limit} bytes long`);
}

function missing(name: string) {
  return invalid(`Missing required parameter ${name} in the post body`);
}
