import dns from "node:dns";
import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

export type RequestOptions = {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** PEM of a certificate authority to trust. */
  ca?: string | undefined;
  /** Milliseconds of silence after which it is given up; for ever when not given. */
  timeout?: number;
  /** Bytes past which the answer is given up. */
  limit?: number;
};

/**
 * Sends one request and returns the whole answer, of whatever status; throws when there is none.
 * Unlike `fetch`, it reaches the names below localhost, which RFC 6761 (6.3) gives to the loopback
 * address and many systems' resolvers do not know.
 */
export function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, ca, timeout, limit = Infinity } = options;
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? https.request : http.request;
    const outgoing = send(url, { method, headers, ca, lookup: lookupWithLocalhost }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on("data", (chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > limit) answer.destroy(new Error(`It is larger than ${limit} bytes`));
      });
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    if (timeout !== undefined) {
      const silent = () => outgoing.destroy(new Error(`Nothing came for ${timeout / 1000} s`));
      outgoing.setTimeout(timeout, silent);
    }
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const lookupWithLocalhost: LookupFunction = (hostname, options, callback) => {
  if (!/(?:^|\.)localhost$/i.test(hostname)) return dns.lookup(hostname, options, callback);
  if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  else callback(null, "127.0.0.1", 4);
};
