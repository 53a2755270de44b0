import {
  FRAME,
  frame,
  frameReader,
  MAX_FRAME,
  type Transport,
} from "../../contract/connection-protocol.ts";

/** Milliseconds that one connection may last: longer than any call and its tail. Tests have less. */
export const connectionTime = { most: 60_000 };

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The two ends of a connection, what ends their pipes (a socket is not closed while it is piped), and who
 * is told that there is nothing left to close: the runtime reports it where it is closed then.
 */
type Ends = { inside: Socket; outside: Socket; signal: AbortSignal; done: () => void };

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
  let open = [inside];
  const pipes = new AbortController();
  const closeAll = () => Promise.all(open.map(close));
  const timer = setTimeout(() => {
    pipes.abort();
    void closeAll();
  }, connectionTime.most);
  inside.closed.catch(() => {});
  try {
    const outside = await openOutside(address, transport);
    open.push(outside);
    const done = () => {
      open = [];
    };
    const ends = { inside, outside, signal: pipes.signal, done };
    if (transport === null) await pipeBoth(ends);
    else if (!(await settles(outside.opened))) {
      await endWith(inside, await whyNot(address, transport));
    } else {
      await say(inside, frame(FRAME.open));
      if (transport === "tls") await pipeBoth(ends);
      else await converse(ends, (secured) => open.push(secured));
    }
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
  outside.opened.catch(() => {});
  return outside;
}

/** The runtime has one sentence for a host that does not answer and for a certificate that it refuses. */
async function whyNot(address: string, transport: Transport): Promise<Bytes> {
  if (transport === "tcp") return frame(FRAME.unreachable);
  return frame((await reaches(address)) ? FRAME.untrusted : FRAME.unreachable);
}

/** Whether a connection to `address`, a host and a port, opens when nothing is asked of its TLS. */
export async function reaches(address: string): Promise<boolean> {
  const plain = await openOutside(address, null);
  const reached = await settles(plain.opened);
  await close(plain);
  return reached;
}

/**
 * Answers the runner's frames until TLS is to start, or the connection to flow, and carries what follows.
 * A read is made when it is asked for alone: the runtime starts no TLS where one waits.
 */
async function converse(ends: Ends, opened: (secured: Socket) => void): Promise<void> {
  const { inside, outside } = ends;
  const heard = inside.readable.getReader();
  const answers = inside.writable.getWriter();
  const source = outside.readable.getReader({ mode: "byob" });
  const sink = outside.writable.getWriter();
  for (const lock of [heard, answers, source, sink]) lock.closed.catch(() => {});
  const frames = frameReader(async () => (await heard.read()).value ?? null);
  let waiting: Promise<void> | null = null;
  const answerRead = async () => {
    const { value, done } = await source.read(new Uint8Array(MAX_FRAME));
    await answers.write(done ? frame(FRAME.end) : frame(FRAME.data, value));
    waiting = null;
  };
  for (;;) {
    const asked = await frames.next();
    if (asked?.type === FRAME.data) {
      await sink.write(asked.bytes);
    } else if (asked?.type === FRAME.read && waiting === null) {
      waiting = answerRead();
      waiting.catch(() => close(inside));
    } else if (asked?.type === FRAME.start && waiting === null) {
      for (const lock of [heard, answers, source, sink]) lock.releaseLock();
      return secure(ends, opened);
    } else if (asked?.type === FRAME.flow) {
      await sink.write(frames.rest());
      for (const lock of [heard, sink]) lock.releaseLock();
      const answered = Promise.resolve(waiting).then(() => {
        for (const lock of [answers, source]) lock.releaseLock();
      });
      return pipeBoth(ends, answered);
    } else return;
  }
}

async function secure(ends: Ends, opened: (secured: Socket) => void): Promise<void> {
  const { inside } = ends;
  const secured = ends.outside.startTls();
  opened(secured);
  secured.closed.catch(() => {});
  if (!(await settles(secured.opened))) return endWith(inside, frame(FRAME.untrusted));
  await say(inside, frame(FRAME.secured));
  await pipeBoth({ ...ends, outside: secured });
}

/** Carries bytes as they are, those to the function once `free`, until both ways have ended. */
async function pipeBoth({ inside, outside, signal, done }: Ends, free = Promise.resolve()) {
  await Promise.all([
    inside.readable.pipeTo(outside.writable, { signal }),
    free.then(() => outside.readable.pipeTo(inside.writable, { signal })),
  ]);
  done();
}

async function say(inside: Socket, bytes: Bytes): Promise<void> {
  const writer = inside.writable.getWriter();
  writer.closed.catch(() => {});
  await writer.write(bytes);
  writer.releaseLock();
}

async function endWith(inside: Socket, bytes: Bytes): Promise<void> {
  await say(inside, bytes);
  await inside.writable.close();
}

async function settles(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}

/** Closes what may have been closed, or have broken off, before. */
async function close(socket: Socket): Promise<void> {
  try {
    await socket.close();
  } catch {
    // It is over either way.
  }
}
