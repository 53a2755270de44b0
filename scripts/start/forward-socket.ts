import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { absoluteTarget, endToEnd } from "./forward.ts";

/** Milliseconds within which the runtime has said whether it opens a WebSocket. */
const HANDSHAKE_TIMEOUT = 30_000;

/**
 * Whether a request asks for a WebSocket, and for nothing beside it (RFC 6455 4.1). One that brings a
 * body, or names another protocol too, is a request as any other, with its `Upgrade` left out.
 */
export function asksForWebSocket({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    httpVersion === "1.1" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    headers["content-length"] === undefined &&
    headers["transfer-encoding"] === undefined
  );
}

/**
 * Passes a request for a WebSocket on to the server on `port` of the loopback address, and then what
 * either side sends, each held up while the other does not read. What the client sent behind its
 * request goes on only once the runtime has opened the WebSocket: it can never be read there as a
 * request. Any other answer is the last on this connection.
 */
export function forwardSocket(
  port: number,
  incoming: IncomingMessage,
  client: Duplex,
  behind: Buffer,
): void {
  client.on("error", () => client.destroy());
  const target = absoluteTarget(incoming);
  if (target === null) {
    client.end(head(400, "Bad Request", ["Content-Length", "0"]));
    return;
  }
  const onward = request({
    host: "127.0.0.1",
    port,
    agent: false,
    path: target,
    headers: [...endToEnd(incoming.rawHeaders), "Connection", "Upgrade", "Upgrade", "websocket"],
    setDefaultHeaders: false,
  });
  onward.setTimeout(HANDSHAKE_TIMEOUT, () => onward.destroy());
  onward.on("upgrade", (response, server, first) => {
    server.setTimeout(0);
    const fields = endToEnd(response.rawHeaders);
    client.write(head(101, "Switching Protocols", [...fields, "Upgrade", "websocket"], "Upgrade"));
    client.write(first);
    server.write(behind);
    // A WebSocket's two directions end together.
    client.on("close", () => server.destroy());
    server.on("close", () => client.end(() => client.destroy()));
    server.on("error", () => client.destroy());
    client.pipe(server).pipe(client);
  });
  onward.on("response", (response) => {
    onward.setTimeout(0);
    const fields = endToEnd(response.rawHeaders, "transfer-encoding");
    client.write(head(response.statusCode ?? 502, response.statusMessage ?? "", fields));
    response.on("error", () => client.destroy());
    response.pipe(client);
  });
  onward.on("error", () => {
    client.end(head(502, "Bad Gateway", ["Content-Length", "0"]));
  });
  client.on("close", () => onward.destroy());
  onward.end();
}

/** The status line and the fields of an answer, names and values in turn, as bytes. */
function head(status: number, reason: string, fields: string[], connection = "close"): Buffer {
  const lines = [...fields, "Connection", connection].map((text, at) =>
    at % 2 === 0 ? `${text}: ` : `${text}\r\n`,
  );
  return Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n`, "latin1");
}
