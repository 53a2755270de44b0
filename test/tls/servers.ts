import { readFileSync } from "node:fs";
import net, { type AddressInfo, type Server } from "node:net";
import tls from "node:tls";
import type { TlsMaterial, TlsServers } from "./addresses.ts";
import { selfSignedRsa, trusted, unknown } from "./authority.ts";

const certificate = await trusted.issue("localhost", []);
const untrusted = await unknown.issue("localhost", []);
const rsa = await selfSignedRsa("localhost");
const client = await selfSignedRsa("client");

export const tlsMaterial: TlsMaterial = {
  authority: readFileSync(unknown.certificatePath, "utf8"),
  rsaAuthority: rsa.cert,
  client,
};

/** Starts them; they end with the process. */
export async function startTlsServers(): Promise<TlsServers> {
  const echo = (socket: net.Socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => socket.write(bytes));
  };
  const upgrading = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.write("220 hello\r\n");
    socket.on("data", function answer(line) {
      if (!`${line}`.startsWith("STARTTLS")) return socket.write(`plain ${line}`);
      socket.removeListener("data", answer);
      socket.write("220 go\r\n");
      const secured = new tls.TLSSocket(socket, { isServer: true, ...certificate });
      secured.on("error", () => {});
      secured.on("data", (bytes) => secured.write(`secured ${bytes}`));
    });
  });
  return {
    echo: await listen(tls.createServer(certificate, echo)),
    untrusted: await listen(tls.createServer(untrusted, echo)),
    rsa: await listen(tls.createServer(rsa, echo)),
    mutual: await listen(
      tls.createServer({ ...untrusted, ca: client.cert, requestCert: true }, echo),
    ),
    tampered: await listen(tampering(await listen(tls.createServer(untrusted, echo)))),
    upgrading: await listen(upgrading),
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `localhost:${(server.address() as AddressInfo).port}`;
}

/** A wire to `address` that changes a byte of what comes back: of each connection one further on. */
function tampering(address: string): Server {
  let connections = 0;
  return net.createServer((socket) => {
    const changed = 20 * connections++;
    const { port } = new URL(`http://${address}`);
    const server = net.connect(Number(port), "127.0.0.1");
    let passed = 0;
    server.on("data", (bytes) => {
      const at = changed - passed;
      if (at >= 0 && at < bytes.length) bytes[at] = (bytes[at] as number) ^ 1;
      passed += bytes.length;
      socket.write(bytes);
    });
    for (const [one, other] of [
      [socket, server],
      [server, socket],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
    socket.on("data", (bytes) => server.write(bytes));
  });
}
