import {
  type AnswerHead,
  type FunctionAnswer,
  type InstanceRefusal,
  type InstanceState,
  MAX_ANSWER,
  MAX_HEAD,
} from "../runner/protocol.ts";

export type InstanceAnswer =
  | {
      kind: "answer";
      answer: FunctionAnswer & { body: Uint8Array<ArrayBuffer> };
      state: InstanceState;
    }
  | { kind: "refused"; reason: InstanceRefusal }
  /** There is no room for it here. */
  | { kind: "crowded" }
  /** What a runner never sends: code beside it has made it do so. */
  | { kind: "invalid"; detail: string };

/** Header fields of one answer. */
const MAX_FIELDS = 200;
/** Bytes of their names and values: what is larger no proxy on the way to a phone would take. */
const MAX_FIELD_BYTES = 32 * 1024;

const LINE_END = 0x0a;

/**
 * Reads what an instance answers. It shares its isolate with functions that may have replaced anything:
 * at most as many bytes are read as an answer may have, as `take` finds room for them, and each part is
 * checked before it is used.
 */
export async function readAnswer(
  response: Response,
  take: (bytes: number) => boolean,
): Promise<InstanceAnswer> {
  const bytes = await readBounded(response, MAX_HEAD + MAX_ANSWER, take);
  if (bytes === "crowded") return { kind: "crowded" };
  if (bytes === null) return invalid("too many bytes");
  const end = bytes.subarray(0, MAX_HEAD).indexOf(LINE_END);
  if (end === -1) return invalid("no head");
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  } catch {
    return invalid("no head");
  }
  if (typeof head !== "object" || head === null) return invalid("no head");
  const { refused, status, headers, state } = head as Partial<
    Record<keyof (AnswerHead & { refused: 1 }) | "status" | "headers" | "state", unknown>
  >;
  if (refused === "busy" || refused === "spent") return { kind: "refused", reason: refused };
  if (state !== "idle" && state !== "working" && state !== "spent") return invalid("no state");
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599) {
    return invalid("no status");
  }
  if (!Array.isArray(headers) || !headers.every(isField)) return invalid("no header fields");
  if (headers.length > MAX_FIELDS) return invalid("too many header fields");
  const fieldBytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (fieldBytes > MAX_FIELD_BYTES) return invalid("header fields that are too large");
  const body = bytes.subarray(end + 1);
  if (body.byteLength > MAX_ANSWER) return invalid("too many bytes");
  return { kind: "answer", answer: { status: status as number, headers, body }, state };
}

function isField(field: unknown): field is [string, string] {
  return (
    Array.isArray(field) && field.length === 2 && field.every((part) => typeof part === "string")
  );
}

function invalid(detail: string): InstanceAnswer {
  return { kind: "invalid", detail: `The runner's answer is none: ${detail}` };
}

/**
 * Returns the body. Nothing more is read, and it is null, where it is longer than `limit`; so, and it is
 * "crowded", where `take` finds no room.
 */
async function readBounded(
  response: Response,
  limit: number,
  take: (bytes: number) => boolean,
): Promise<Uint8Array<ArrayBuffer> | "crowded" | null> {
  if (response.body === null) return new Uint8Array();
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  let whole = new Uint8Array();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return whole.subarray(0, size);
    if (size + value.byteLength > limit) {
      void reader.cancel().catch(() => {});
      return null;
    }
    const fits = size > 0 && size + value.byteLength <= whole.byteLength;
    const capacity = Math.min(limit, Math.max(size + value.byteLength, 2 * size));
    if (!fits && !take(capacity)) {
      void reader.cancel().catch(() => {});
      return "crowded";
    }
    if (size === 0) whole = value;
    else if (fits) whole.set(value, size);
    else {
      const grown = new Uint8Array(capacity);
      grown.set(whole.subarray(0, size));
      grown.set(value, size);
      whole = grown;
    }
    size += value.byteLength;
  }
}
