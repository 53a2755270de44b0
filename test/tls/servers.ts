import net, { type AddressInfo, type Server } from "node:net";
import tls from "node:tls";
import type { TlsServers } from "./addresses.ts";
import { trusted, unknown } from "./authority.ts";

/** Starts them; they end with the process. */
export async function startTlsServers(): Promise<TlsServers> {
  const certificate = await trusted.issue("localhost");
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
    untrusted: await listen(tls.createServer(await unknown.issue("localhost"), echo)),
    upgrading: await listen(upgrading),
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `localhost:${(server.address() as AddressInfo).port}`;
}
