import type { Duplex } from "node:stream";
import { duplexCarrier, linkCarrier } from "./carriers.ts";
import { type ConnectOptions, connectArguments } from "./connect-arguments.ts";
import type { Carrier, Link, Secured, Unopened } from "./connections.ts";
import { type Socket, socketClass } from "./sockets.ts";
import {
  openedByName,
  type TlsOptions,
  type TlsWishes,
  tlsError,
  tlsWishes,
} from "./tls-wishes.ts";
import { isIP, peerCertificate, type Trust } from "./tls13/certificates.ts";
import { handshake } from "./tls13/handshake.ts";
import { countWork } from "./work.ts";

type TlsSocket = Socket & { start(): void };
type TlsSocketClass = new (socket: Duplex | undefined, options?: TlsOptions) => TlsSocket;

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
  };
}

/** What only who makes TLS can tell, or do. */
const UNKNOWN =
  "disableRenegotiation enableTrace getCertificate getCipher getEphemeralKeyInfo getFinished " +
  "getPeerFinished getPeerX509Certificate getSession getSharedSigalgs getTLSTicket " +
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
    alpnProtocol: string | false = false;
    servername: string | undefined;
    _handle = { _parentWrap: new JSStreamSocket() };
    #options: TlsOptions;
    #parent: Duplex | undefined;
    #certificate: object = {};

    constructor(parent: Duplex | undefined, options: TlsOptions = {}) {
      super(options);
      this.#options = { ...options };
      this.#parent = parent;
      this.servername = options.servername;
      if (parent === undefined) return;
      this.connecting = true;
      parent.once?.("close", () => this.destroy());
    }

    get #wishes(): TlsWishes {
      const name = this.#options.host || this.remoteAddress || "";
      return tlsWishes(this.#options, this.servername ?? name);
    }

    /** Old clients start by themselves what they have made. */
    _start(): void {
      this.start();
    }

    override connect(...given: unknown[]): this {
      const { options, listener } = connectArguments(given);
      Object.assign(this.#options, options);
      this.servername ??= options.servername as string | undefined;
      if (listener) this.once("secureConnect", listener);
      const own = this.#wishes.trust !== null;
      this.transport = own ? "tcp" : "tls";
      return super.connect(own ? options : openedByName(options));
    }

    start(): void {
      const parent = this.#parent as Duplex;
      if (parent instanceof Socket && parent.connecting) {
        parent.once("connect", () => this.start());
      } else {
        this.once("close", () => parent.destroy());
        void countWork(this.#take(parent).catch((error) => this.destroy(error)));
      }
    }

    /** Plain text that has come and was not read is not part of what TLS protects: it is dropped. */
    async #take(parent: Duplex): Promise<void> {
      const socket = parent instanceof Socket ? parent : null;
      this.remoteAddress = socket?.remoteAddress;
      this.remotePort = socket?.remotePort;
      const wishes = this.#wishes;
      if (wishes.trust !== null) {
        const detached = socket?.detach();
        const carrier = detached ? await linkCarrier(detached) : duplexCarrier(parent);
        await this.#shake(carrier, wishes.trust, wishes);
        return;
      }
      const link = socket?.detach()?.link;
      const opened = socket?.openedName ?? "";
      const wanted = this.servername || this.#options.host || opened;
      const outcome = await upgraded(link, opened, wanted);
      if (outcome === "secured" && link && !this.destroyed) {
        this.#secure(link, true);
        return;
      }
      link?.close();
      if (outcome !== "secured") throw tlsError(REASONS[outcome], wishes);
    }

    async #shake(carrier: Carrier, trust: Trust, wishes: TlsWishes): Promise<void> {
      try {
        const { link, certificate, protocol } = await handshake(carrier, trust, wishes.protocols);
        this.#certificate = peerCertificate(certificate);
        this.alpnProtocol = protocol ?? false;
        if (this.destroyed) link.close();
        else this.#secure(link, trust.check);
      } catch (error) {
        carrier.close();
        this.destroy(tlsError((error as Error).message, wishes));
      }
    }

    override attach(link: Link): void {
      const wishes = this.#wishes;
      const { trust } = wishes;
      if (trust === null) {
        this.#secure(link, true);
        return;
      }
      const carrier = linkCarrier({ link, reading: null });
      void countWork(carrier.then((opened) => this.#shake(opened, trust, wishes)));
    }

    #secure(link: Link, authorized: boolean): void {
      this.secureConnecting = false;
      this.authorized = authorized;
      super.attach(link);
      this.emit("secure");
      this.emit("secureConnect");
    }

    override unopened(opened: Unopened, options: ConnectOptions): Error {
      return opened.reason === "untrusted"
        ? tlsError(REASONS.untrusted, this.#wishes)
        : super.unopened(opened, options);
    }

    /** The platform shows no certificate: who asks for the name that it has checked finds it. */
    getPeerCertificate(): object {
      const name = this.servername ?? this.remoteAddress ?? "";
      const kind = isIP(name) ? "IP Address" : "DNS";
      const checked = { subject: { CN: name }, subjectaltname: `${kind}:${name}` };
      return this.#wishes.trust === null && this.authorized ? checked : this.#certificate;
    }

    /** Null where the platform made it, and does not say. */
    getProtocol(): string | null {
      return this.secureConnecting || this.#wishes.trust === null ? null : "TLSv1.3";
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

type Outcome = Secured | "elsewhere" | "misnamed";

/** What comes of TLS by the platform on a connection that was opened to the name `opened`. */
async function upgraded(link: Link | undefined, opened: string, wanted: string): Promise<Outcome> {
  if (!link?.startTls) return "elsewhere";
  if (wanted.toLowerCase() !== opened.toLowerCase()) return "misnamed";
  return link.startTls().catch(() => "broken");
}

const REASONS: Record<Exclude<Outcome, "secured">, string> = {
  untrusted:
    "its certificate is none that a public authority vouches for under this name, or it speaks no " +
    "TLS; one of another authority is checked where that is given as `ca`",
  late: "the connection was already waiting for more of the server's plain text",
  broken: "the connection broke off",
  misnamed: "without `ca` the name that is checked is the one that the connection was opened to",
  elsewhere: "without `ca` it is made on connections of node:net alone",
};
