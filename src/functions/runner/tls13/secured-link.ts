import type { Carrier, Link } from "../connections.ts";
import { type Bytes, byteReader, joined, uint } from "./bytes.ts";
import { MESSAGE, message } from "./hello.ts";
import { nextSecret, type Secrets, type Suite, trafficKeys } from "./keys.ts";
import { alertError, RECORD, sealed, type TlsRecord, unsealed } from "./records.ts";

const CLOSE_NOTIFY = 0;
/** Bytes of messages after the handshake that are not whole yet. */
const MAX_HELD = 64 * 1024;

/** What is said by TLS once the handshake is done: the connection's own bytes are records. */
export function securedLink(
  carrier: Carrier,
  next: () => Promise<TlsRecord | null>,
  suite: Suite,
  secrets: Secrets,
): Link {
  let { client, server } = secrets;
  let sending = trafficKeys(suite, client);
  let receiving = trafficKeys(suite, server);
  let held: Bytes = new Uint8Array();

  /** Tickets are not used; keys are updated where the server asks for it. */
  async function heed(bytes: Bytes): Promise<void> {
    held = joined(held, bytes);
    if (held.length > MAX_HELD) throw new Error("a message of the server is too large");
    while (held.length >= 4) {
      const length = byteReader(held.subarray(1)).number(3);
      if (held.length < 4 + length) return;
      const [type] = held;
      const body = held.slice(4, 4 + length);
      held = held.slice(4 + length);
      if (type === MESSAGE.newSessionTicket) continue;
      if (type !== MESSAGE.keyUpdate) throw new Error("the server says what was not expected");
      server = nextSecret(suite, server);
      receiving = trafficKeys(suite, server);
      if (body[0] !== 1) continue;
      const answer = sealed(sending, RECORD.handshake, message(MESSAGE.keyUpdate, uint(0, 1)));
      client = nextSecret(suite, client);
      sending = trafficKeys(suite, client);
      await carrier.write(answer);
    }
  }

  return {
    async read() {
      for (;;) {
        const record = await next();
        if (record === null) return null;
        if (record.type !== RECORD.data) throw alertError(record.bytes, record.type);
        const { type, bytes } = unsealed(receiving, record);
        if (type === RECORD.handshake) await heed(bytes);
        else if (type === RECORD.alert && bytes[1] === CLOSE_NOTIFY) return null;
        else if (type !== RECORD.data) throw alertError(bytes, type);
        else if (bytes.length > 0) return bytes;
      }
    },
    write: (bytes) => carrier.write(sealed(sending, RECORD.data, bytes)),
    async end() {
      await carrier.write(sealed(sending, RECORD.alert, new Uint8Array([1, CLOSE_NOTIFY])));
      await carrier.end();
    },
    startTls: null,
    flow: async () => {},
    close: carrier.close,
  };
}
