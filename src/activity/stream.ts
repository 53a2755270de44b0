import { type Owner, requestRepresentation } from "./representation.ts";
import type { RequestRow } from "./requests.ts";
import { OWNER_HEADER, STREAM_PROTOCOL } from "./stream-protocol.ts";

/** Clients of one environment's stream at once. */
const MAX_STREAMS = 50;

/** Accepts a WebSocket that is sent each batch as it comes, `{"requests":[…]}`, newest last. */
export function acceptStream(ctx: DurableObjectState, request: Request): Response {
  if (ctx.getWebSockets().length >= MAX_STREAMS) {
    return new Response("Too many streams\n", { status: 429 });
  }
  const { 0: client, 1: server } = new WebSocketPair();
  // Accepted so, it does not keep the object in memory while nothing comes.
  ctx.acceptWebSocket(server);
  server.serializeAttachment(request.headers.get(OWNER_HEADER));
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: request.headers.has("Sec-WebSocket-Protocol")
      ? { "Sec-WebSocket-Protocol": STREAM_PROTOCOL }
      : {},
  });
}

/** Sends what has come to every client; one that is gone is none of its business. */
export function sendToStreams(sockets: WebSocket[], rows: RequestRow[]): void {
  for (const socket of sockets) {
    try {
      const owner = JSON.parse(String(socket.deserializeAttachment())) as Owner;
      const requests = rows.map((row) => requestRepresentation(row, owner));
      socket.send(JSON.stringify({ requests }));
    } catch {
      socket.close(1011);
    }
  }
}
