import { type ConnectOptions, connectArguments } from "./connect-arguments.ts";
import type { Secured, Unopened } from "./connections.ts";
import { type Socket, socketClass } from "./sockets.ts";
import { countWork } from "./work.ts";

type TlsOptions = {
  servername?: string;
  rejectUnauthorized?: boolean;
  ca?: unknown;
  cert?: unknown;
  key?: unknown;
  pfx?: unknown;
  secureContext?: { options?: TlsOptions };
  socket?: Socket;
  allowHalfOpen?: boolean;
  signal?: AbortSignal;
};

type TlsSocket = Socket & { start(): void };
type TlsSocketClass = new (socket: Socket | undefined, options?: TlsOptions) => TlsSocket;

/** What node:tls has of clients, over TLS that the way out's runtime makes and checks. */
export function tlsClient() {
  const TLSSocket = makeTlsSocketClass();
  return {
    TLSSocket,
    connect(...given: unknown[]): TlsSocket {
      const { options, listener } = connectArguments(given);
      const { socket, timeout } = options as TlsOptions & { timeout?: number };
      const secured = new TLSSocket(socket, options as TlsOptions);
      if (listener) secured.once("secureConnect", listener);
      if (timeout && socket) secured.setTimeout(timeout);
      if (socket) secured.start();
      else secured.connect(options);
      return secured;
    },
    /** Kept for what it is given to: the platform takes none of it. */
    createSecureContext: (options: TlsOptions = {}) => ({ context: {}, options }),
    /** The name has been checked before a socket is secure. */
    checkServerIdentity: () => undefined,
  };
}

/** What only who makes TLS can tell, or do. */
const UNKNOWN =
  "disableRenegotiation enableTrace getCertificate getCipher getEphemeralKeyInfo getFinished " +
  "getPeerFinished getPeerX509Certificate getProtocol getSession getSharedSigalgs getTLSTicket " +
  "getX509Certificate renegotiate setMaxSendFragment setSession";

function makeTlsSocketClass(): TlsSocketClass {
  const Socket = socketClass();
  // What stands behind Node's: http2-wrapper, in got, makes a TLSSocket only to ask for that.
  class JSStreamSocket {}
  class TLSSocket extends Socket {
    readonly encrypted = true;
    authorized = false;
    authorizationError: Error | null = null;
    secureConnecting = true;
    alpnProtocol = false;
    servername: string | undefined;
    _handle = { _parentWrap: new JSStreamSocket() };
    #options: TlsOptions;
    #parent: Socket | undefined;

    constructor(parent: Socket | undefined, options: TlsOptions = {}) {
      super(options);
      this.transport = "tls";
      this.#options = options;
      this.#parent = parent;
      this.servername = options.servername;
      if (parent === undefined) return;
      this.connecting = true;
      parent.once?.("close", () => this.destroy());
    }

    /** Old clients start by themselves what they have made. */
    _start(): void {
      this.start();
    }

    override connect(...given: unknown[]): this {
      const { options, listener } = connectArguments(given);
      Object.assign(this.#options, options);
      if (listener) this.once("secureConnect", listener);
      this.once("connect", () => this.#secure());
      return super.connect(openedByName(options as ConnectOptions & TlsOptions));
    }

    start(): void {
      const parent = this.#parent;
      if (!(parent instanceof Socket) || parent instanceof TLSSocket) {
        this.#fail("it is made on connections of node:net alone");
      } else if (parent.connecting) {
        parent.once("connect", () => this.start());
      } else {
        void countWork(this.#take(parent));
      }
    }

    /** Plain text that has come and was not read is not part of what TLS protects: it is dropped. */
    async #take(parent: Socket): Promise<void> {
      const link = parent.detach();
      this.remoteAddress = parent.remoteAddress;
      this.remotePort = parent.remotePort;
      const outcome = (await link?.startTls?.().catch(() => null)) ?? "broken";
      if (this.destroyed || outcome !== "secured") {
        link?.close();
        if (!this.destroyed) this.#fail(REASONS[outcome as Exclude<Secured, "secured">]);
        return;
      }
      this.once("close", () => parent.destroy());
      this.#secure();
      if (link) this.attach(link);
    }

    #secure(): void {
      this.secureConnecting = false;
      this.authorized = true;
      this.emit("secure");
      this.emit("secureConnect");
    }

    override unopened(opened: Unopened, options: ConnectOptions): Error {
      return opened.reason === "untrusted"
        ? tlsError(REASONS.untrusted, this.#options)
        : super.unopened(opened, options);
    }

    #fail(why: string): void {
      this.destroy(tlsError(why, this.#options));
    }

    getPeerCertificate(): object {
      const name = this.servername ?? this.remoteAddress;
      return this.authorized ? { subject: { CN: name }, subjectaltname: `DNS:${name}` } : {};
    }

    isSessionReused(): boolean {
      return false;
    }

    setServername(name: string): void {
      this.servername = name;
    }
  }
  for (const name of UNKNOWN.split(" ")) {
    Object.defineProperty(TLSSocket.prototype, name, { value: () => null, writable: true });
  }
  return TLSSocket;
}

const REASONS = {
  untrusted:
    "its certificate is none that a public authority vouches for under this name, or it speaks no TLS",
  late: "the connection was already waiting for more of the server's plain text",
  broken: "the connection broke off",
};

/** The platform takes the name that is opened for the one to be vouched for. */
function openedByName(options: ConnectOptions & TlsOptions): ConnectOptions {
  const { host, servername } = options;
  return servername && /^[\d.]+$|:/.test(host) ? { ...options, host: servername } : options;
}

/** Says in one sentence what failed, and which of the client's wishes the platform knows nothing of. */
export function tlsError(why: string, options: TlsOptions): Error {
  const given = { ...options.secureContext?.options, ...options };
  const unheard = [
    given.rejectUnauthorized === false && "rejectUnauthorized: false changes nothing",
    given.ca !== undefined && "an authority of one's own (ca) is not known",
    (given.cert ?? given.pfx) !== undefined && "a client's certificate is not shown",
  ].filter((wish) => wish !== false);
  const wishes = unheard.length === 0 ? "" : `; the platform makes TLS, so ${unheard.join(", ")}`;
  return Object.assign(new Error(`TLS failed: ${why}${wishes}`), { code: "EPROTO" });
}
