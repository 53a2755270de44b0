import {
  FRAME,
  frame,
  frameReader,
  MAX_FRAME,
  markedAddress,
  type Transport,
} from "../../contract/connection-protocol.ts";
import { type Bytes, joined } from "./tls13/bytes.ts";

/** One connection, of which one piece is read at a time. */
export type Link = {
  /** The next bytes; null at the end, and undefined once TLS starts, which ends this way of reading. */
  read(): Promise<Bytes | null | undefined>;
  write(bytes: Uint8Array): Promise<unknown>;
  /** Ends what is written; reading goes on. */
  end(): Promise<unknown>;
  /** Null where it cannot start any more. */
  startTls: (() => Promise<Secured>) | null;
  /** From here on TLS cannot start, and bytes take the short way. */
  flow(): Promise<unknown>;
  close(): void;
};

/** What TLS of our own is made on: a connection whose next bytes are the server's part of it. */
export type Carrier = Pick<Link, "write" | "end" | "close"> & { read(): Promise<Bytes | null> };

export type Secured = "secured" | "untrusted" | "late" | "broken";

/** What a connection comes to that is not made. */
export type Unopened = { reason: "unreachable" | "untrusted" } | { reason: "refused"; why: string };

export type Opened = { reason: null; link: Link } | Unopened;

/** Bytes that are read at once. */
const PIECE = 64 * 1024;

/** Bytes of plain text, both ways, after which nobody starts TLS any more. */
const SETTLED = 32 * 1024;

/**
 * Milliseconds after bytes came in which a client may begin TLS, unless it writes before: the platform
 * starts none while it waits for more.
 */
const GRACE = 5;

// The platform's own, before they are watched and before functions can replace them.
const { setTimeout } = globalThis;
const { read: readInto } = ReadableStreamBYOBReader.prototype;
const { write: writeTo, close: closeWriter } = WritableStreamDefaultWriter.prototype;

/** Asks the way out for a connection to `host` (IPv6 without brackets) and `port`. */
export async function openLink(host: string, port: number, transport: Transport): Promise<Opened> {
  const { connect } = await import("cloudflare:sockets");
  let socket: Socket;
  try {
    const address = markedAddress(host, port, transport);
    socket = connect(address, { secureTransport: "off", allowHalfOpen: true });
  } catch {
    return { reason: "unreachable" };
  }
  socket.opened.catch(() => {});
  socket.closed.catch(() => {});
  const reader = socket.readable.getReader({ mode: "byob" });
  const writer = socket.writable.getWriter();
  writer.closed.catch(() => {});
  let buffer = new Uint8Array(PIECE);
  const readRaw = async (): Promise<Bytes | null> => {
    const { value, done } = await readInto.call(reader, buffer);
    if (done || value === undefined) return null;
    const bytes = value as Bytes;
    // A small piece leaves the buffer to the next one.
    const small = bytes.length < PIECE / 4;
    buffer = small ? new Uint8Array(bytes.buffer) : new Uint8Array(PIECE);
    return small ? bytes.slice() : bytes;
  };
  const answers = frameReader(readRaw);
  const first = await answers.next().catch(() => null);
  if (first === null || first.type === FRAME.unreachable) return { reason: "unreachable" };
  if (first.type === FRAME.untrusted) return { reason: "untrusted" };
  if (first.type !== FRAME.open) {
    return { reason: "refused", why: new TextDecoder().decode(first.bytes) };
  }
  const raw: Link = {
    read: afterRest(answers.rest, readRaw),
    write: (bytes) => writeTo.call(writer, bytes),
    end: () => closeWriter.call(writer),
    startTls: null,
    flow: async () => {},
    // Closed already, it throws.
    close: () => void (async () => socket.close())().catch(() => {}),
  };
  return { reason: null, link: transport === "tls" ? raw : framedLink(raw, answers) };
}

/** Gives what was read behind the last frame, then what comes. */
function afterRest(rest: () => Bytes, read: () => Promise<Bytes | null>) {
  let first = true;
  return async () => {
    const bytes = first ? rest() : new Uint8Array();
    first = false;
    return bytes.length > 0 ? bytes : read();
  };
}

/** A connection that TLS may start on: in frames until it does, or until it is too late for it. */
function framedLink(raw: Link, answers: ReturnType<typeof frameReader>): Link {
  let state: "framed" | "flowing" | "starting" | "secured" = "framed";
  let moved = 0;
  let waiting = false;
  let wake = () => {};
  const tell = (type: number, bytes?: Uint8Array) => raw.write(frame(type, bytes));
  const flow = () => {
    state = "flowing";
    return tell(FRAME.flow);
  };
  const grace = () =>
    new Promise<void>((resolve) => {
      wake = () => setTimeout(resolve, 0);
      setTimeout(resolve, GRACE);
    });
  return {
    async read() {
      if (state === "framed" && moved > SETTLED) await flow();
      if (state === "framed") await grace();
      if (state === "starting") return undefined;
      if (state !== "framed") return raw.read();
      waiting = true;
      await tell(FRAME.read);
      const answer = await answers.next();
      waiting = false;
      if (answer?.type !== FRAME.data) return null;
      moved += answer.bytes.length;
      return answer.bytes;
    },
    async write(bytes) {
      moved += bytes.length;
      if (state === "framed" && moved > SETTLED) await flow();
      if (state !== "framed") return raw.write(bytes);
      const frames: Bytes[] = [];
      for (let at = 0; at < bytes.length; at += MAX_FRAME) {
        frames.push(frame(FRAME.data, bytes.subarray(at, at + MAX_FRAME)));
      }
      // At once: in the midst of them the connection could begin to flow.
      await raw.write(joined(...frames));
      wake();
    },
    async end() {
      if (state === "framed") await flow();
      await raw.end();
    },
    async startTls() {
      if (state !== "framed" || waiting) return "late";
      state = "starting";
      wake();
      await tell(FRAME.start);
      const answer = await answers.next();
      if (answer?.type === FRAME.untrusted) return "untrusted";
      if (answer?.type !== FRAME.secured) return "broken";
      state = "secured";
      return "secured";
    },
    async flow() {
      if (state === "framed") await flow();
    },
    close: raw.close,
  };
}
