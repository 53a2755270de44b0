import type { Duplex } from "node:stream";
import type { Carrier } from "./connections.ts";
import type { Detached } from "./sockets.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The connection of a socket, from what is being read of it on. */
export async function linkCarrier({ link, reading }: Detached): Promise<Carrier> {
  let first = reading;
  await link.flow();
  return {
    ...link,
    async read() {
      const read = first ?? link.read();
      first = null;
      return (await read) ?? null;
    },
  };
}

/** Any stream that goes both ways, such as a client's own tunnel. */
export function duplexCarrier(duplex: Duplex): Carrier {
  const pieces = duplex[Symbol.asyncIterator]();
  return {
    async read() {
      const { value, done } = await pieces.next();
      return done ? null : new Uint8Array(value as Bytes);
    },
    write: (bytes) =>
      new Promise((resolve, reject) =>
        duplex.write(bytes, (error) => (error ? reject(error) : resolve(undefined))),
      ),
    end: async () => void duplex.end(),
    close: () => void duplex.destroy(),
  };
}
