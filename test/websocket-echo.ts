import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** Starts a WebSocket server on loopback, which ends with the process; returns its host and port. */
export async function startWebSocketEcho(): Promise<string> {
  const server = createServer().unref();
  server.on("connection", (socket) => socket.unref());
  const echo = new WebSocketServer({
    server,
    verifyClient: ({ req }, verdict) => verdict(req.url !== "/refused", 401),
    handleProtocols: (protocols) => [...protocols].at(-1) ?? false,
  });
  echo.on("connection", (socket, { headers }) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      if (!isBinary && String(data) === "who") socket.send(headers.authorization ?? "nobody");
      else if (!isBinary && String(data) === "end") socket.close(4001, "as asked");
      else socket.send(data, { binary: isBinary });
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
