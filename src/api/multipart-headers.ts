/** The header lines around and inside a multipart/form-data body (RFC 7578, RFC 2045, RFC 2183). */

export type PartHeaders = {
  /** The field's name. */
  name: string;
  /** The part's Content-Type as sent, or null. */
  contentType: string | null;
};

/** RFC 2046 5.1.1: one to 70 of these, the last no space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** One whole `; attribute=value` of a header, the value a token or a quoted string. */
const PARAMETER = /\s*;\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)(?![^\s;]))/y;

/**
 * What ends a value: only white space, and perhaps a lone semicolon, may follow the parameters. One
 * way to match a run of spaces: with two, 64 KB of them take seconds.
 */
const REST = /\s*(?:;\s*)?$/y;

/** What a file's name starts with: one in another encoding can look unfinished, and is not used. */
const FILE_NAME = /\s*;\s*filename\*?\s*=/iy;

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Encodings that leave the bytes as they are (RFC 2045 6.2); RFC 7578 4.7 deprecates all others. */
const IDENTITY_ENCODINGS = new Set(["7bit", "8bit", "binary"]);

/**
 * Returns the boundary that a request's Content-Type names, or null when it is no multipart/form-data
 * or names no boundary that RFC 2046 allows.
 */
export function multipartBoundary(contentType: string | null): string | null {
  if (contentType === null) return null;
  const parsed = parseParameters(contentType);
  if (parsed?.value.toLowerCase() !== "multipart/form-data") return null;
  const boundary = parsed.parameters.get("boundary") ?? "";
  return BOUNDARY.test(boundary) ? boundary : null;
}

/**
 * Returns what a part's header lines (`bytes`, without the blank line) say, or null when a line is no
 * header, or the part has no name (RFC 7578 4.2 requires one) or one that is not UTF-8. What is not
 * used is not judged: a file's name may be in any encoding.
 */
export function partHeaders(bytes: Uint8Array): PartHeaders | null {
  const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
  let name: string | null = null;
  let contentType: string | null = null;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const field = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (colon === -1 || !FIELD_NAME.test(field)) return null;
    switch (field.toLowerCase()) {
      case "content-disposition": {
        const parsed = parseParameters(value);
        if (parsed?.value.toLowerCase() !== "form-data") return null;
        name = parsed.parameters.get("name") ?? null;
        break;
      }
      case "content-type":
        contentType = value;
        break;
      case "content-transfer-encoding":
        if (!IDENTITY_ENCODINGS.has(value.toLowerCase())) return null;
        break;
    }
  }
  if (name === null || name.includes("\ufffd")) return null;
  return CONTROL.test(name) || CONTROL.test(contentType ?? "") ? null : { name, contentType };
}

/** Splits `value; a=b; c="d"` into the value and its parameters, names in lower case. */
function parseParameters(header: string): {
  value: string;
  parameters: Map<string, string>;
} | null {
  const semicolon = header.indexOf(";");
  const end = semicolon === -1 ? header.length : semicolon;
  const parameters = new Map<string, string>();
  let position = end;
  while (position < header.length) {
    PARAMETER.lastIndex = position;
    const match = PARAMETER.exec(header);
    if (!match) {
      FILE_NAME.lastIndex = position;
      if (FILE_NAME.test(header)) break;
      REST.lastIndex = position;
      if (!REST.test(header)) return null;
      break;
    }
    const [, attribute = "", quoted, token = ""] = match;
    const name = attribute.toLowerCase();
    // Parsers do not agree on which of two counts: a header with both is refused.
    if (parameters.has(name)) return null;
    parameters.set(name, quoted?.replace(/\\(.)/g, "$1") ?? token);
    position = PARAMETER.lastIndex;
  }
  return { value: header.slice(0, end).trim(), parameters };
}
