import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext } from "node:tls";
import type { CertificateAuthority } from "./certificates.ts";
import { forwardTo } from "./forward.ts";
import { asksForWebSocket, forwardSocket } from "./forward-socket.ts";

/** Far more names than a developer has deployments; past it, names share the general certificate. */
const MAX_NAMES = 1000;

/** Past what workerd takes, so that it is what decides. */
const MAX_HEADER_BYTES = 256 * 1024;

/**
 * Listens on `port` of the loopback address, ends TLS, and passes each request on to the runtime on
 * `innerPort`. Returns once it listens; the function it gives stops it.
 *
 * Each name below localhost gets a certificate of its own when it is first asked for. One for
 * `*.localhost` would do by RFC 6125, but OpenSSL, curl, Node.js and browsers accept no wildcard
 * directly below a top-level name.
 */
export async function listenWithTls(
  port: number,
  innerPort: number,
  authority: CertificateAuthority,
): Promise<() => void> {
  const general = await authority.issue("localhost");
  const contexts = new Map<string, SecureContext>();

  async function contextFor(name: string): Promise<SecureContext> {
    const known = contexts.get(name);
    if (known) return known;
    const own = /^(?:[a-z0-9_-]{1,63}\.)+localhost$/.test(name) && contexts.size < MAX_NAMES;
    const context = createSecureContext(own ? await authority.issue(name) : general);
    if (own) contexts.set(name, context);
    return context;
  }

  const forward = forwardTo(innerPort);
  /** Connections with requests that are not answered yet, and how many. */
  const asked = new Map<Socket, number>();
  const server = createServer(
    {
      ...general,
      ALPNProtocols: ["http/1.1"],
      maxHeaderSize: MAX_HEADER_BYTES,
      // An upload over a slow line takes as long as it takes.
      requestTimeout: 0,
      // A client that has said all it had to say still waits for the answer.
      allowHalfOpen: true,
      // Before an answer that is still due, a WebSocket's bytes would be taken for part of it.
      shouldUpgradeCallback: (incoming) =>
        asksForWebSocket(incoming) && !asked.has(incoming.socket),
      SNICallback: (name, answer) =>
        void contextFor(name.toLowerCase()).then((context) => answer(null, context), answer),
    },
    (incoming, outgoing) => {
      const { socket } = incoming;
      asked.set(socket, (asked.get(socket) ?? 0) + 1);
      outgoing.once("close", () => {
        const left = (asked.get(socket) ?? 1) - 1;
        if (left === 0) asked.delete(socket);
        else asked.set(socket, left);
      });
      // Node.js drops what came in one piece with an `Upgrade` that is not followed: the client is to ask again.
      if (incoming.headers.upgrade !== undefined) outgoing.shouldKeepAlive = false;
      forward(incoming, outgoing);
    },
  );
  // node:https has no option for what node:http does of itself.
  Object.assign(server, { httpAllowHalfOpen: true });
  const sockets = new Set<Duplex>();
  server.on("upgrade", (incoming, socket, behind) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    forwardSocket(innerPort, incoming, socket, behind);
  });
  server.on("connect", (_request, socket) => {
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, resolve);
  });
  return () => {
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  };
}
