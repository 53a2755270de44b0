import {
  FRAME,
  type Frame,
  frame,
  frameReader,
  MAX_FRAME,
  type Transport,
} from "../../contract/connection-protocol.ts";

/** Milliseconds that one connection may last: longer than any call and its tail. */
const CONNECTION_TIME = 60_000;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Carries what `inside`, a function's end of a connection, says and hears to and from `address`: as it is
 * where `transport` is null, and as connection-protocol.ts has it else. Settles when the connection is
 * over; never rejects.
 */
export async function carryConnection(
  inside: Socket,
  address: string,
  transport: Transport | null,
): Promise<void> {
  const outside = await openOutside(address, transport);
  let open = outside;
  inside.closed.catch(() => {});
  const closeAll = () => Promise.allSettled([open.close(), inside.close()]);
  // A socket is not closed while it is piped.
  const pipes = new AbortController();
  const { signal } = pipes;
  const timer = setTimeout(() => {
    pipes.abort();
    void closeAll();
  }, CONNECTION_TIME);
  try {
    if (transport === null) return await pipeBoth(inside, outside, signal);
    try {
      await outside.opened;
    } catch {
      return await endWith(inside, await whyNot(address, transport));
    }
    await say(inside, frame(FRAME.open));
    if (transport === "tls") return await pipeBoth(inside, outside, signal);
    await converse(inside, outside, signal, (secured) => {
      open = secured;
    });
  } catch {
    // One of the two broke off: the other is told by its end.
  } finally {
    clearTimeout(timer);
    await closeAll();
  }
}

/** Tells the runner why there is no connection, and ends it. */
export async function refuseConnection(inside: Socket, reason: string): Promise<void> {
  await endWith(inside, frame(FRAME.refused, new TextEncoder().encode(reason)));
}

async function openOutside(address: string, transport: Transport | null): Promise<Socket> {
  const { connect } = await import("cloudflare:sockets");
  const secureTransport = { tls: "on", tcp: "starttls", null: "off" } as const;
  const outside = connect(address, {
    secureTransport: secureTransport[`${transport}`],
    // The runner's socket decides what an end is followed by.
    allowHalfOpen: transport !== null,
  });
  outside.closed.catch(() => {});
  return outside;
}

/** The runtime has one sentence for a host that does not answer and for a certificate that it refuses. */
async function whyNot(address: string, transport: Transport): Promise<Bytes> {
  if (transport === "tcp") return frame(FRAME.unreachable);
  const plain = await openOutside(address, null);
  const reached = await plain.opened.then(
    () => true,
    () => false,
  );
  await plain.close().catch(() => {});
  return frame(reached ? FRAME.untrusted : FRAME.unreachable);
}

async function say(inside: Socket, bytes: Bytes): Promise<void> {
  const writer = inside.writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}

async function endWith(inside: Socket, bytes: Bytes): Promise<void> {
  await say(inside, bytes);
  await inside.writable.close();
}

async function pipeBoth(inside: Socket, outside: Socket, signal: AbortSignal): Promise<void> {
  await Promise.all([
    inside.readable.pipeTo(outside.writable, { signal }),
    outside.readable.pipeTo(inside.writable, { signal }),
  ]);
}

/**
 * Answers the runner's frames until TLS starts or the connection flows. A read is made when it is asked
 * for alone: the runtime starts no TLS where one waits.
 */
async function converse(
  inside: Socket,
  outside: Socket,
  signal: AbortSignal,
  opened: (secured: Socket) => void,
): Promise<void> {
  const heard = inside.readable.getReader();
  const answers = inside.writable.getWriter();
  const source = outside.readable.getReader({ mode: "byob" });
  const sink = outside.writable.getWriter();
  const frames = frameReader(async () => (await heard.read()).value ?? null);
  let waiting: Promise<void> | null = null;
  const readOne = async () => {
    const { value, done } = await source.read(new Uint8Array(MAX_FRAME));
    await answers.write(done ? frame(FRAME.end) : frame(FRAME.data, value));
    waiting = null;
  };
  const release = () => {
    for (const lock of [heard, answers, source, sink]) lock.releaseLock();
  };
  for (let asked: Frame | null; ; ) {
    asked = await frames.next();
    if (asked === null) return;
    const { type, bytes } = asked;
    if (type === FRAME.data) await sink.write(bytes);
    else if (type === FRAME.read) {
      if (waiting !== null) return;
      waiting = readOne();
      waiting.catch(() => inside.close());
    } else if (type === FRAME.start) {
      if (waiting !== null) return;
      release();
      const secured = outside.startTls();
      secured.closed.catch(() => {});
      opened(secured);
      const trusted = await secured.opened.then(
        () => true,
        () => false,
      );
      if (!trusted) return endWith(inside, frame(FRAME.untrusted));
      await say(inside, frame(FRAME.secured));
      return pipeBoth(inside, secured, signal);
    } else if (type === FRAME.flow) {
      const rest = frames.rest();
      if (rest.length > 0) await sink.write(rest);
      heard.releaseLock();
      sink.releaseLock();
      await Promise.all([
        inside.readable.pipeTo(outside.writable, { signal }),
        Promise.resolve(waiting).then(() => {
          source.releaseLock();
          answers.releaseLock();
          return outside.readable.pipeTo(inside.writable, { signal });
        }),
      ]);
      return;
    } else return;
  }
}
