import { connect, type Socket } from "node:net";
import { createSecureContext, createServer, type SecureContext } from "node:tls";
import type { CertificateAuthority } from "./certificates.ts";

/** Far more names than a developer has deployments; past it, names share the general certificate. */
const MAX_NAMES = 1000;

/**
 * Listens on `port` of the loopback address and passes what TLS carries, byte for byte, to the
 * server on `innerPort`. Returns once it listens; the function it gives stops it.
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

  const sockets = new Set<Socket>();
  const server = createServer({
    ...general,
    ALPNProtocols: ["http/1.1"],
    // A client that has said all it had to say still waits for the answer.
    allowHalfOpen: true,
    SNICallback: (name, answer) =>
      void contextFor(name.toLowerCase()).then((context) => answer(null, context), answer),
  });
  server.on("secureConnection", (outer) => {
    const inner = connect({ port: innerPort, host: "127.0.0.1", allowHalfOpen: true });
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroySoon();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, resolve);
  });
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}
