import { requireBuiltin } from "./libraries.ts";
import { type FunctionAnswer, MAX_ANSWER } from "./protocol.ts";
import { TwilioResponse } from "./response.ts";
import { isTwiml } from "./twilio.ts";

// Before the functions' own code can replace it.
const { stringify, parse } = JSON;

type Reply = { statusCode: unknown; headers: Record<string, unknown>; body?: unknown };

/**
 * Returns the answer that `callback(null, result)` makes: a string is text, TwiML is XML, a
 * Twilio.Response is itself, anything else is JSON. Throws, as Twilio's runtime does, where `result`
 * cannot be written as JSON, and where no HTTP message can carry it.
 *
 * A result passes through JSON once, whole: so it does on Twilio. A body that is bytes, a Buffer or
 * another typed array, is sent as it is: so Twilio's own page serves audio from a private asset.
 */
export function answerFor(result: unknown): FunctionAnswer {
  const reply = replyFor(result);
  const bytes = result instanceof TwilioResponse ? bytesOf(result.body) : null;
  const plain = parse(stringify(bytes ? { ...reply, body: null } : reply)) as Reply;
  const answer = bytes ? bytesAnswer(plain, bytes) : httpAnswer(plain);
  const { body } = answer;
  if (
    body.length > MAX_ANSWER ||
    (typeof body === "string" && Buffer.byteLength(body) > MAX_ANSWER)
  ) {
    throw new RangeError(`The answer is larger than ${MAX_ANSWER} bytes`);
  }
  return answer;
}

function replyFor(result: unknown): Reply {
  if (typeof result === "string") {
    return { statusCode: 200, headers: { "Content-Type": "text/plain" }, body: result };
  }
  if (isTwiml(result)) {
    return { statusCode: 200, headers: { "Content-Type": "text/xml" }, body: String(result) };
  }
  if (result instanceof TwilioResponse) {
    const { statusCode, headers, body } = result;
    const type = headers["Content-Type"];
    const json = typeof type === "string" && type.startsWith("application/json");
    if (bytesOf(body) !== null) return { statusCode, headers, body };
    return { statusCode, headers, body: json ? stringify(body) : body };
  }
  return { statusCode: 200, headers: { "Content-Type": "application/json" }, body: result };
}

function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | null {
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (!ArrayBuffer.isView(body)) return null;
  return new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
}

/** As Express sends a Buffer: with the type that is set, and no charset added. */
function bytesAnswer(reply: Reply, bytes: Uint8Array<ArrayBuffer>): FunctionAnswer {
  const { status, headers } = httpAnswer({ ...reply, body: undefined });
  if (!headers.some(([name]) => name.toLowerCase() === "content-type")) {
    headers.push(["content-type", "application/octet-stream"]);
  }
  const bodiless = status === 204 || status === 205 || status === 304;
  return { status, headers, body: bodiless ? "" : bytes };
}

/** Writes a reply as Express does, whose rules Twilio's runtime has: types, charsets, statuses. */
function httpAnswer(reply: Reply): FunctionAnswer {
  const headers = new Headers();
  const lists: [string, string][] = [];
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    const items = [value].flat().map(String);
    if (name.toLowerCase() === "content-type") {
      for (const item of items) headers.set(name, withTextCharset(item));
      continue;
    }
    for (const item of items) headers.append(name, item);
    // A name that comes more than once stays so: a Headers would join its values in one line.
    if (items.length > 1)
      lists.push(...items.map((item): [string, string] => [name.toLowerCase(), item]));
  }
  let status = Math.trunc(Number(reply.statusCode));
  let body = "";
  if (typeof reply.body === "number" && isStatus(reply.body)) {
    // Express reads a bare number as the status to send.
    setDefault(headers, "text/plain; charset=utf-8");
    status = reply.body;
    body = requireBuiltin("http").STATUS_CODES[status] ?? "";
    setUtf8(headers);
  } else if (reply.body !== undefined) {
    if (typeof reply.body === "string") {
      setDefault(headers, "text/html");
      body = reply.body;
    } else if (reply.body !== null) {
      setDefault(headers, "application/json");
      body = stringify(reply.body);
    }
    setUtf8(headers);
  }
  if (!isStatus(status)) throw new RangeError(`Invalid status code: ${reply.statusCode}`);
  if (status === 204 || status === 205 || status === 304) {
    headers.delete("Content-Type");
    body = "";
  }
  const listed = new Set(lists.map(([name]) => name));
  const single = [...headers].filter(([name]) => !listed.has(name));
  return { status, headers: [...single, ...lists], body };
}

/** What a final response may have (RFC 9110, 15): 1xx are interim, 600 and above are none. */
function isStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 200 && value <= 599;
}

function withTextCharset(type: string): string {
  if (/;\s*charset\s*=/.test(type)) return type;
  return /^(?:text\/|application\/(?:javascript|json))/.test(type)
    ? `${type}; charset=utf-8`
    : type;
}

function setDefault(headers: Headers, type: string): void {
  if (!headers.get("Content-Type")) headers.set("Content-Type", type);
}

/** A body that is text leaves as UTF-8, and says so whatever the type is. */
function setUtf8(headers: Headers): void {
  const type = headers.get("Content-Type");
  if (!type) return;
  const [essence = "", ...parameters] = type.split(";").map((part) => part.trim());
  const kept = parameters.filter((part) => part !== "" && !/^charset\s*=/i.test(part));
  headers.set("Content-Type", [essence, ...kept, "charset=utf-8"].join("; "));
}
