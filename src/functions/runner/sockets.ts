import type { Duplex } from "node:stream";
import native from "native.cjs";
import type { Transport } from "../../contract/connection-protocol.ts";
import { type ConnectOptions, connectArguments } from "./connect-arguments.ts";
import { type Link, openLink, type Unopened } from "./connections.ts";
import { writeLog } from "./console.ts";
import { nameBehind } from "./host-names.ts";
import { countWork, socketClosed, socketMoved, socketOpened } from "./work.ts";

type Done = (error?: Error | null) => void;
type Options = { allowHalfOpen?: boolean; signal?: AbortSignal };

/** `net.Socket`, over connections that the way out makes; and what TLS on one needs of it. */
export interface Socket extends Duplex {
  connecting: boolean;
  connect(...given: unknown[]): this;
  setTimeout(milliseconds: number, listener?: () => void): this;
  remoteAddress: string | undefined;
  remotePort: number | undefined;
  /** The name or address that the way out was asked for. */
  openedName: string;
  /** Which transport it is made with. */
  transport: Transport;
  /** The connection, once it stands. */
  link: Link | null;
  /** What is said of a connection that is not made. */
  unopened(opened: Unopened, options: ConnectOptions): Error;
  /** Connects, or takes over what another socket has connected. */
  attach(link: Link): void;
  /** Gives the connection to a socket that speaks TLS on it, and what is being read of it. */
  detach(): Detached | null;
}

export type Detached = { link: Link; reading: ReturnType<Link["read"]> | null };

export type SocketClass = new (options?: Options) => Socket;

let made: SocketClass | undefined;

/** The class is made when it is asked for: node:stream costs each start what it takes to evaluate. */
export function socketClass(): SocketClass {
  made ??= makeSocketClass();
  return made;
}

function makeSocketClass(): SocketClass {
  const { Duplex } = native.require("node:stream") as typeof import("node:stream");
  return class Socket extends Duplex {
    connecting = false;
    transport: Transport = "tcp";
    link: Link | null = null;
    openedName = "";
    bytesRead = 0;
    bytesWritten = 0;
    timeout = 0;
    remoteAddress: string | undefined;
    remotePort: number | undefined;
    #timer: NodeJS.Timeout | undefined;
    #reading: ReturnType<Link["read"]> | null = null;
    #wantsBytes = false;

    constructor({ allowHalfOpen = false, signal }: Options = {}) {
      super({ allowHalfOpen, emitClose: false, ...(signal && { signal }) });
    }

    connect(...given: unknown[]): this {
      const { options, listener } = connectArguments(given);
      if (listener) this.once("connect", listener);
      // One that is connected again after its end.
      if (this.destroyed) (this as unknown as { _undestroy(): void })._undestroy();
      if (options.timeout) this.setTimeout(options.timeout);
      this.connecting = true;
      socketOpened(this);
      void countWork(this.#open(options));
      return this;
    }

    async #open(options: ConnectOptions): Promise<void> {
      const { port } = options;
      this.openedName = nameBehind(options.host);
      this.remoteAddress = options.host;
      this.remotePort = port;
      const opened = await openLink(this.openedName, port, this.transport);
      if (opened.reason !== null) {
        this.destroy(this.unopened(opened, options));
      } else if (this.destroyed) {
        opened.link.close();
      } else {
        this.attach(opened.link);
      }
    }

    unopened(opened: Unopened, options: ConnectOptions): Error {
      return connectError(opened, options);
    }

    attach(link: Link): void {
      this.link = link;
      this.connecting = false;
      socketOpened(this);
      this.#touch();
      this.emit("connect");
      this.emit("ready");
      if (this.#wantsBytes) this._read();
    }

    detach(): Detached | null {
      const { link } = this;
      const reading = this.#reading;
      this.link = null;
      this.#reading = null;
      this.#stopTimer();
      socketClosed(this);
      return link && { link, reading };
    }

    override _read(): void {
      const { link } = this;
      this.#wantsBytes = true;
      if (link === null || this.#reading !== null) return;
      const reading = link.read();
      this.#reading = reading;
      reading.then(
        (bytes) => {
          if (this.#reading !== reading) return;
          this.#reading = null;
          this.#wantsBytes = false;
          if (bytes === undefined || this.destroyed) return;
          this.#touch();
          this.bytesRead += bytes?.length ?? 0;
          this.push(bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
        },
        (error) => {
          if (this.#reading === reading) this.destroy(broken(error));
        },
      );
    }

    override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
      const { link } = this;
      if (link === null) {
        if (this.connecting) this.once("connect", () => this._write(chunk, "", done));
        else done(Object.assign(new Error("This socket has been ended"), { code: "EPIPE" }));
        return;
      }
      this.#touch();
      this.bytesWritten += chunk.length;
      link.write(chunk).then(
        () => done(),
        (error) => done(broken(error)),
      );
    }

    override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
      this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "", done);
    }

    override _final(done: Done): void {
      if (this.link === null) {
        if (this.connecting) this.once("connect", () => this._final(done));
        else done();
        return;
      }
      this.link.end().then(
        () => done(),
        () => done(),
      );
    }

    override _destroy(error: Error | null, done: Done): void {
      this.connecting = false;
      this.detach()?.link.close();
      done(error);
      // As Node has it: whoever listens is told whether it ended by an error.
      process.nextTick(() => this.emit("close", error !== null));
    }

    setTimeout(milliseconds: number, listener?: () => void): this {
      this.timeout = milliseconds;
      if (listener) {
        if (milliseconds === 0) this.removeListener("timeout", listener);
        else this.once("timeout", listener);
      }
      this.#touch();
      return this;
    }

    #touch(): void {
      socketMoved(this);
      this.#stopTimer();
      if (this.timeout === 0) return;
      this.#timer = setTimeout(() => this.emit("timeout"), this.timeout);
      this.#timer.unref?.();
    }

    #stopTimer(): void {
      clearTimeout(this.#timer);
    }

    destroySoon(): void {
      if (this.writable) this.end();
      if (this.writableFinished) this.destroy();
      else this.once("finish", () => this.destroy());
    }

    resetAndDestroy(): this {
      return this.destroy();
    }

    setNoDelay(): this {
      return this;
    }

    setKeepAlive(): this {
      return this;
    }

    ref(): this {
      return this;
    }

    unref(): this {
      return this;
    }

    address(): object {
      return {};
    }

    get pending(): boolean {
      return this.link === null || this.connecting;
    }

    get readyState(): string {
      if (this.connecting) return "opening";
      if (this.readable && this.writable) return "open";
      if (this.readable) return "readOnly";
      return this.writable ? "writeOnly" : "closed";
    }

    get bufferSize(): number {
      return this.writableLength;
    }

    get remoteFamily(): string | undefined {
      return this.remoteAddress?.includes(":") ? "IPv6" : "IPv4";
    }
  };
}

/** What Node would say, as clients look for it; why the way out refuses stands in the logs too. */
function connectError(opened: Unopened, { host, port }: ConnectOptions): Error {
  const facts = { syscall: "connect", address: host, port };
  if (opened.reason === "refused") {
    writeLog("warn", () => opened.why);
    return Object.assign(new Error(opened.why), { code: "EACCES", ...facts });
  }
  const message = `connect ECONNREFUSED ${host.includes(":") ? `[${host}]` : host}:${port}`;
  return Object.assign(new Error(message), { code: "ECONNREFUSED", ...facts });
}

function broken(error: unknown): Error {
  const why = error instanceof Error ? `: ${error.message}` : "";
  const message = `The connection broke off${why}`;
  return Object.assign(new Error(message, { cause: error }), { code: "ECONNRESET" });
}
