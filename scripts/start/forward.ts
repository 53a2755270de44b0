import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { parseRequestTarget } from "../../src/gateway/target.ts";

/**
 * What frames the body, and says for whom it is, goes on whatever `Connection` says: a body without
 * its framing would be read as the next request.
 */
const KEPT = new Set(["host", "content-length", "transfer-encoding"]);

/** RFC 9110 7.6.1: meant for this connection, not for the next. `Expect` has been answered here. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "upgrade", "expect"];

/**
 * Returns a handler that passes requests on to the server on `port` of the loopback address: with
 * the target in absolute form, as https, and else byte for byte as it was sent. Bodies stream both
 * ways; an answer that breaks off is broken off. What names no host, or two, is answered 400.
 */
export function forwardTo(port: number) {
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const target = absoluteTarget(incoming);
    if (target === null) {
      answer(outgoing, 400, "Bad Request");
      return;
    }
    outgoing.sendDate = false;
    const onward = request({
      host: "127.0.0.1",
      port,
      agent: false,
      method: incoming.method,
      path: target,
      headers: endToEnd(incoming.rawHeaders),
      setDefaultHeaders: false,
    });
    onward.on("response", (response) => {
      // Its framing is made anew.
      const fields = endToEnd(response.rawHeaders, "transfer-encoding");
      outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, fields);
      response.on("error", () => outgoing.destroy());
      response.pipe(outgoing);
    });
    onward.on("error", () => {
      if (!outgoing.headersSent) answer(outgoing, 502, "Bad Gateway");
    });
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  };
}

/** Returns the target as `https://host/…`, its path untouched; null where the host is in doubt. */
export function absoluteTarget({ url = "", rawHeaders }: IncomingMessage): string | null {
  const hosts = rawHeaders.filter((_, at) => at % 2 === 1 && isNamed(rawHeaders[at - 1], "host"));
  const [host = ""] = hosts;
  if (hosts.length !== 1) return null;
  const [, authority, rest = ""] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url) ?? [null, host, url];
  if (authority?.toLowerCase() !== host.toLowerCase()) return null;
  const path = rest === "" || rest.startsWith("?") ? `/${rest}` : rest;
  const target = `https://${host}${path}`;
  return path.startsWith("/") && parseRequestTarget(target, host) !== null ? target : null;
}

/** Names and values in turn, as they came, without those of `HOP_BY_HOP`, `Connection` and `without`. */
export function endToEnd(rawHeaders: string[], ...without: string[]): string[] {
  const left = new Set([...HOP_BY_HOP, ...without]);
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""] as const] : [],
  );
  for (const [name, value] of pairs) {
    if (!isNamed(name, "connection")) continue;
    for (const option of value.split(",")) {
      const named = option.trim().toLowerCase();
      if (!KEPT.has(named)) left.add(named);
    }
  }
  return pairs.filter(([name]) => !left.has(name.toLowerCase())).flat();
}

function isNamed(field: string | undefined, name: string): boolean {
  return field?.toLowerCase() === name;
}

function answer(outgoing: ServerResponse, status: number, reason: string): void {
  const body = `${status} ${reason}\n`;
  outgoing.writeHead(status, reason, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    Connection: "close",
  });
  outgoing.end(body);
}
