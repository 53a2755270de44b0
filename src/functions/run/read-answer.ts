import {
  ANSWER_HEADER,
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
      /** Milliseconds from the call to the answer, as the instance saw them. */
      took: number;
    }
  | { kind: "refused"; reason: InstanceRefusal }
  /** There is no room for it here. The state is what it says of its instance. */
  | { kind: "crowded"; state: InstanceState }
  /** What a runner never sends: code beside it has made it do so. */
  | { kind: "invalid"; detail: string };

/** Header fields of one answer. */
const MAX_FIELDS = 200;
/** Bytes of their names and values: what is larger no proxy on the way to a phone would take. */
const MAX_FIELD_BYTES = 32 * 1024;

const NO_BYTES = new Uint8Array();
const encoder = new TextEncoder();

/**
 * Reads what an instance answers. It shares its isolate with functions that may have replaced anything:
 * no more bytes are read than it says and an answer may have, where `take` finds room for them, and each
 * part is checked before it is used.
 */
export async function readAnswer(
  response: Response,
  take: (bytes: number) => boolean,
): Promise<InstanceAnswer> {
  const field = response.headers.get(ANSWER_HEADER);
  if (field === null || field.length > MAX_HEAD) return invalid("no head");
  let head: unknown;
  try {
    head = JSON.parse(field);
  } catch {
    return invalid("no head");
  }
  if (typeof head !== "object" || head === null) return invalid("no head");
  const { refused, status, headers, state, took, length, text } = head as Partial<
    Record<"refused" | "status" | "headers" | "state" | "took" | "length" | "text", unknown>
  >;
  if (refused === "busy" || refused === "spent") return { kind: "refused", reason: refused };
  if (state !== "idle" && state !== "working" && state !== "spent") return invalid("no state");
  if (typeof took !== "number" || !(took >= 0)) return invalid("no time");
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599) {
    return invalid("no status");
  }
  if (!Array.isArray(headers) || !headers.every(isField)) return invalid("no header fields");
  if (headers.length > MAX_FIELDS) return invalid("too many header fields");
  const fieldBytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (fieldBytes > MAX_FIELD_BYTES) return invalid("header fields that are too large");
  const answer = { status: status as number, headers };
  if (typeof text === "string") {
    void response.body?.cancel().catch(() => {});
    const body = encoder.encode(text) as Uint8Array<ArrayBuffer>;
    if (!take(body.byteLength)) return { kind: "crowded", state };
    return { kind: "answer", answer: { ...answer, body }, state, took };
  }
  if (!Number.isInteger(length) || (length as number) < 0) return invalid("no length");
  if ((length as number) > MAX_ANSWER) return invalid("too many bytes");
  if (!take(length as number)) {
    void response.body?.cancel().catch(() => {});
    return { kind: "crowded", state };
  }
  const body = await readBody(response, length as number);
  if (body === null) return invalid("another length");
  return { kind: "answer", answer: { ...answer, body }, state, took };
}

function isField(field: unknown): field is [string, string] {
  return (
    Array.isArray(field) && field.length === 2 && field.every((part) => typeof part === "string")
  );
}

function invalid(detail: string): InstanceAnswer {
  return { kind: "invalid", detail: `The runner's answer is none: ${detail}` };
}

/** Returns a body of `length` bytes, read with the end that follows; null where it has fewer or more. */
async function readBody(
  response: Response,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (response.body === null) return length === 0 ? NO_BYTES : null;
  const reader = response.body.getReader({ mode: "byob" });
  const { value } = await reader.readAtLeast(length + 1, new Uint8Array(length + 1));
  // Where nobody lets go of it, the instance's call goes on, and its logs wait.
  void reader.cancel().catch(() => {});
  return value?.byteLength === length ? (value as Uint8Array<ArrayBuffer>) : null;
}
