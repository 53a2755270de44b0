import * as z from "zod";
import { type BoundedBody, readBoundedBody } from "../contract/bounded-body.ts";
import { type Hold, heldBytes } from "../contract/byte-budget.ts";
import { CLIENT_PACE } from "../contract/pace.ts";
import type { ApiContext } from "./context.ts";
import { type ApiError, bodyLate, busy, contentTooLarge, invalid } from "./errors.ts";
import { patience } from "./patience.ts";
import { isSid, type SidPrefix } from "./sids.ts";

/** The largest form that is read, bytes. A build of 1,050 versions is about 55 KB. */
const MAX_FORM_BYTES = 1_000_000;

/** The most fields of a form: each costs far more than its bytes. A build of 1,050 versions has 1,053. */
const MAX_FORM_FIELDS = 5_000;

/** Milliseconds that a form waits for room in the isolate. */
const FORM_PATIENCE = 10_000;

/**
 * Reads the request's form and returns what `schema` makes of it; fields it does not name are
 * ignored. Each field of `schema` is built from `single` or `sidList` below. Throws 20001 naming the
 * parameter, or 413 for a form past 1 MB.
 */
export async function readParameters<Schema extends z.ZodObject>(
  context: ApiContext,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const hold = heldBytes.open(`api:${context.var.accountSid}`);
  const form = await readForm(context.req.raw, hold).then(parseForm).finally(hold.release);
  const named = Object.keys(schema.shape).map((name) => [name, form.get(name)]);
  const parsed = schema.safeParse(Object.fromEntries(named));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const name = String(issue.path[0]);
  if (!form.has(name)) throw invalid(`Missing required parameter ${name} in the post body`);
  throw invalid(`Invalid parameter ${name}: ${issue.message}`);
}

/** One value, any text and empty too, as every parameter but a list has. */
export const single = z
  .array(z.string())
  .length(1, "it must be given once")
  .transform((values) => values[0] as string);

/** A text of `min` (1, unless told) to `max` characters without control characters. */
export function text(max: number, min: 0 | 1 = 1) {
  return single.pipe(
    z
      .string()
      .min(min, "it must not be empty")
      .refine((value) => [...value].length <= max, `it must be at most ${max} characters long`)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
      .regex(/^[^\u0000-\u001f\u007f]*$/, "it must not hold control characters"),
  );
}

/** An auth token: 16 to 128 visible ASCII characters, as HTTP Basic can carry them anywhere. */
export function authToken() {
  const rule = "it must be 16 to 128 visible ASCII characters";
  return single.pipe(z.string().regex(/^[!-~]{16,128}$/, rule));
}

/** Any text of 1 to `max` bytes in UTF-8: all but NUL, which no environment can hold. */
export function bytes(max: number) {
  return single.pipe(
    z
      .string()
      .min(1, "it must not be empty")
      .refine(
        (value) => new TextEncoder().encode(value).byteLength <= max,
        `it must be at most ${max} bytes long`,
      )
      .refine((value) => !value.includes("\0"), "it must not hold NUL"),
  );
}

/** `true` or `false`, in any case: Twilio's SDKs do not agree on it. */
export function boolean() {
  return single
    .pipe(z.string().regex(/^(true|false)$/i, "it must be true or false"))
    .transform((value) => value.toLowerCase() === "true");
}

/** A SID of this kind. */
export function sid(prefix: SidPrefix) {
  return single.pipe(sidText(prefix));
}

/** Repeated keys, each a SID of this kind; none at all is an empty list. */
export function sidList(prefix: SidPrefix) {
  return z.array(sidText(prefix)).default([]);
}

function sidText(prefix: SidPrefix) {
  const rule = `it must be ${prefix} and 32 hexadecimal digits`;
  return z.string().refine((value) => isSid(value, prefix), rule);
}

async function readForm(request: Request, hold: Hold): Promise<Uint8Array> {
  const read = await readBoundedBody(request, {
    limit: MAX_FORM_BYTES,
    hold,
    pace: CLIENT_PACE,
    makeRoom: patience(FORM_PATIENCE),
  });
  if (!read.ok) throw unreadable(read.reason);
  const type = request.headers.get("Content-Type") ?? "";
  if (read.body.length > 0 && !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw invalid("The request body must be application/x-www-form-urlencoded");
  }
  return read.body;
}

function unreadable(reason: (BoundedBody & { ok: false })["reason"]): ApiError {
  switch (reason) {
    case "body-too-large":
      return contentTooLarge(`The request body must be at most ${MAX_FORM_BYTES} bytes long`);
    case "body-late":
      return bodyLate();
    case "busy":
      return busy();
    case "body-broken":
      return invalid("The request body ended before it was whole");
    default:
      return reason satisfies never;
  }
}

/**
 * The URL standard's application/x-www-form-urlencoded parser, but strict about UTF-8: replacement
 * characters would store a name that nobody sent.
 */
function parseForm(form: Uint8Array): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let start = 0;
  let count = 0;
  while (start < form.length) {
    let end = form.indexOf(0x26, start); // &
    if (end < 0) end = form.length;
    if (end > start) {
      count += 1;
      if (count > MAX_FORM_FIELDS) {
        throw invalid(`The request body must have at most ${MAX_FORM_FIELDS} fields`);
      }
      const equals = form.subarray(start, end).indexOf(0x3d); // =
      const nameEnd = equals < 0 ? end : start + equals;
      const name = decodeField(form.subarray(start, nameEnd));
      const value = equals < 0 ? "" : decodeField(form.subarray(nameEnd + 1, end));
      const values = fields.get(name);
      if (values) values.push(value);
      else fields.set(name, [value]);
    }
    start = end + 1;
  }
  return fields;
}

function decodeField(encoded: Uint8Array): string {
  const decoded = new Uint8Array(encoded.length);
  let length = 0;
  for (let index = 0; index < encoded.length; index++) {
    const byte = encoded[index] as number;
    if (byte === 0x2b) {
      decoded[length++] = 0x20; // + is a space
      continue;
    }
    const escaped = byte === 0x25 ? escapedByte(encoded, index) : null;
    if (escaped !== null) index += 2;
    decoded[length++] = escaped ?? byte;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      decoded.subarray(0, length),
    );
  } catch {
    throw invalid("The request body is not valid UTF-8");
  }
}

/** The byte that `%xx` at `index` stands for; null for a percent sign that starts no escape. */
function escapedByte(encoded: Uint8Array, index: number): number | null {
  const digits = String.fromCharCode(encoded[index + 1] ?? 0, encoded[index + 2] ?? 0);
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : null;
}
