import { once } from "node:events";
import net from "node:net";

export type Load = {
  port: number;
  /** Sent in turn, each as it stands. */
  requests: Buffer[];
  /** Every answer must begin with it. */
  status: number;
  connections: number;
  seconds: number;
};

/**
 * Keeps `connections` sockets busy with one request each and returns the answers per second.
 *
 * All answers of a row have one length, which the first on each socket tells. So the generator only
 * counts bytes: it costs a fraction of what it measures, and HEAD, which load tools that wait for a
 * body cannot measure, is a row like any other. Throws on an answer with another status.
 */
export async function load({
  port,
  requests,
  status,
  connections,
  seconds,
}: Load): Promise<number> {
  const started = performance.now();
  const end = started + seconds * 1000;
  const counts = await Promise.all(
    Array.from({ length: connections }, (_, index) => drive(port, requests, status, end, index)),
  );
  const answered = counts.reduce((sum, count) => sum + count, 0);
  return answered / ((performance.now() - started) / 1000);
}

async function drive(
  port: number,
  requests: Buffer[],
  status: number,
  end: number,
  offset: number,
): Promise<number> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  let answered = 0;
  let received = 0;
  let expected = 0;
  const next = () => socket.write(requests[(offset + answered) % requests.length] as Buffer);
  const done = new Promise<number>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
    socket.on("data", (data) => {
      if (received === 0 && !data.subarray(0, 12).equals(Buffer.from(`HTTP/1.1 ${status}`))) {
        reject(new Error(`expected ${status}: ${data.subarray(0, 60)}`));
      }
      received += data.length;
      if (expected === 0) expected = lengthOf(data, requests[0] as Buffer);
      if (received < expected) return;
      received -= expected;
      answered += 1;
      if (performance.now() >= end) resolve(answered);
      else next();
    });
  });
  next();
  try {
    return await done;
  } finally {
    socket.destroy();
  }
}

/** The length of an answer by its first bytes: its head, and its body where there is one. */
function lengthOf(data: Buffer, request: Buffer): number {
  const head = data.indexOf("\r\n\r\n") + 4;
  if (head < 4) throw new Error("the head of an answer came in pieces");
  const field = /^content-length: (\d+)/im.exec(data.subarray(0, head).toString("latin1"));
  return (
    head + (field && !request.subarray(0, 4).equals(Buffer.from("HEAD")) ? Number(field[1]) : 0)
  );
}
