import querystring from "node:querystring";
import { headerValue } from "./headers.ts";
import { requireBuiltin } from "./libraries.ts";
import type { FunctionCall } from "./protocol.ts";

/** A body that cannot be read as the type it says it is. */
export type BodyRefusal = { status: 400 | 413 | 415; name: string; message: string };

export type ParsedBody = { ok: true; fields: object } | { ok: false; refusal: BodyRefusal };

/** Twilio's limit for a request, here for what a compressed body unfolds to. Bytes. */
const MAX_BODY = 6 * 1024 * 1024;

/** More form fields than this is an attack on the parser, not a form. */
const MAX_FIELDS = 1000;

const NO_FIELDS: ParsedBody = { ok: true, fields: {} };

/**
 * Returns the fields of a JSON or form body; none for any other type. JSON has to be an object or an
 * array. Charsets: UTF-8 for forms, the UTF family for JSON.
 */
export function parseBody(call: FunctionCall): ParsedBody {
  if (call.body === null) return NO_FIELDS;
  const { type, charset } = mediaType(headerValue(call.headers, "content-type") ?? "");
  const form = type === "application/x-www-form-urlencoded";
  if (!form && type !== "application/json") return NO_FIELDS;
  const decoder = form && charset !== "utf-8" ? null : decoderFor(charset);
  if (decoder === null) {
    return refuse(415, "UnsupportedMediaType", `unsupported charset "${charset.toUpperCase()}"`);
  }
  const encoding = (headerValue(call.headers, "content-encoding") ?? "identity").toLowerCase();
  const bytes = inflated(call.body, encoding);
  if (bytes === "unsupported") {
    return refuse(415, "UnsupportedMediaType", `unsupported content encoding "${encoding}"`);
  }
  if (bytes === "corrupt") return refuse(400, "BadRequest", "incorrect header check");
  if (bytes === "too large") return refuse(413, "PayloadTooLarge", "request entity too large");
  const text = decoder.decode(bytes);
  return form ? parseForm(text) : parseJson(text);
}

function parseForm(text: string): ParsedBody {
  if (text === "") return NO_FIELDS;
  if (text.split("&", MAX_FIELDS + 1).length > MAX_FIELDS) {
    return refuse(413, "PayloadTooLarge", "too many parameters");
  }
  return { ok: true, fields: querystring.parse(text, "&", "=", { maxKeys: MAX_FIELDS }) };
}

function parseJson(text: string): ParsedBody {
  if (text === "") return NO_FIELDS;
  const first = /[^ \t\n\r]/.exec(text);
  try {
    if (first !== null && first[0] !== "{" && first[0] !== "[") throw scalarError(text, first[0]);
    return { ok: true, fields: JSON.parse(text) as object };
  } catch (error) {
    const { message } = error as SyntaxError;
    return { ok: false, refusal: { status: 400, name: "SyntaxError", message } };
  }
}

/** What JSON.parse would say of `first` if a JSON text could not start with it. */
function scalarError(text: string, first: string): SyntaxError {
  try {
    JSON.parse(text.replace(/[^ \t\n\r][\s\S]*/, (rest) => "#".repeat(rest.length)));
  } catch (error) {
    const { message } = error as SyntaxError;
    return new SyntaxError(
      message.replace(/#+/g, (marks) =>
        marks.length === 1 ? first : text.slice(text.indexOf(first)).slice(0, marks.length),
      ),
    );
  }
  return new SyntaxError(`Unexpected token '${first}'`);
}

function mediaType(value: string): { type: string; charset: string } {
  const [type = "", ...parameters] = value.split(";");
  const charset = parameters
    // Trimmed first: two runs of spaces side by side would take time with the square of their length.
    .map((parameter) => /^charset\s*=\s*"?([^"\s]*)"?$/i.exec(parameter.trim())?.[1])
    .find((found) => found);
  return { type: type.trim().toLowerCase(), charset: (charset ?? "utf-8").toLowerCase() };
}

function decoderFor(charset: string): TextDecoder | null {
  const label = charset === "utf-16" ? "utf-16le" : charset;
  if (!/^utf-(8|16le|16be)$/.test(label)) return null;
  return new TextDecoder(label);
}

const INFLATE = {
  gzip: "gunzipSync",
  deflate: "inflateSync",
  br: "brotliDecompressSync",
} as const;

function inflated(
  body: Uint8Array,
  encoding: string,
): Uint8Array | "unsupported" | "corrupt" | "too large" {
  if (encoding === "identity") return body;
  if (!Object.hasOwn(INFLATE, encoding)) return "unsupported";
  const inflate = requireBuiltin("zlib")[INFLATE[encoding as keyof typeof INFLATE]];
  try {
    return inflate(body, { maxOutputLength: MAX_BODY });
  } catch (error) {
    return error instanceof RangeError ? "too large" : "corrupt";
  }
}

function refuse(status: 400 | 413 | 415, kind: string, message: string): ParsedBody {
  return { ok: false, refusal: { status, name: `${kind}Error`, message } };
}
