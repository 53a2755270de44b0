import { connect, type Socket } from "node:net";

/** Bytes as text: one character is one byte. */
export type Latin1 = string;

export type Exchange = {
  received: Latin1;
  /** Whether the server closed the connection by itself in time. */
  closed: boolean;
};

/**
 * Sends `message` over a connection of its own (to a port of the loopback address, or one that is
 * given), says that nothing more comes, and reads until the server closes, or for `patience`
 * milliseconds.
 */
export function exchange(
  to: number | Socket,
  message: Latin1,
  patience: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket =
      typeof to === "number" ? connect({ port: to, host: "127.0.0.1", allowHalfOpen: true }) : to;
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received: Buffer.concat(chunks).toString("latin1"), closed });
    };
    const timer = setTimeout(() => finish(false), patience);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => finish(true));
    // A server that resets has closed, too.
    socket.on("error", () => finish(true));
    socket.end(Buffer.from(message, "latin1"));
  });
}

export type RawResponse = {
  status: number;
  /** Names in lower case; a field that came twice is joined. */
  fields: Record<string, string>;
  body: Buffer;
};

/** One connection that stays open, read answer by answer. */
export class Connection {
  readonly socket: Socket;
  /** What was received and not yet taken: joined only when it is enough, or 25 MB cost minutes. */
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wake: () => void = () => {};

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    const ended = () => {
      this.#ended = true;
      this.#wake();
    };
    this.socket.on("close", ended);
    this.socket.on("error", ended);
  }

  write(message: Latin1): void {
    this.socket.write(Buffer.from(message, "latin1"));
  }

  /** Reads the answer to a request of `method`, as RFC 9112 6.3 delimits it. Throws when cut off. */
  async read(method: string): Promise<RawResponse> {
    const head = (await this.#until("\r\n\r\n")).toString("latin1");
    const [statusLine, ...lines] = head.trimEnd().split("\r\n") as [string, ...string[]];
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (!status) throw new Error(`no status line: ${statusLine}`);
    const fields: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      fields[name] = name in fields ? `${fields[name]}, ${value}` : value;
    }
    const body = await this.#body(method, status, fields);
    return { status, fields, body };
  }

  close(): void {
    this.socket.destroy();
  }

  async #body(method: string, status: number, fields: Record<string, string>): Promise<Buffer> {
    if (method === "HEAD" || status === 204 || status === 304) return Buffer.alloc(0);
    if (fields["transfer-encoding"] !== undefined) throw new Error("chunked: no length announced");
    return this.#take(Number(fields["content-length"]));
  }

  async #until(mark: string): Promise<Buffer> {
    let at = this.#joined().indexOf(mark);
    while (at === -1) {
      await this.#more();
      at = this.#joined().indexOf(mark);
    }
    return this.#take(at + mark.length);
  }

  async #take(length: number): Promise<Buffer> {
    if (!Number.isSafeInteger(length)) throw new Error(`length ${length}`);
    while (this.#length < length) await this.#more();
    const received = this.#joined();
    this.#chunks = [received.subarray(length)];
    this.#length -= length;
    return received.subarray(0, length);
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }

  #more(): Promise<void> {
    if (this.#ended) throw new Error(`closed after ${this.#length} bytes of the answer`);
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
