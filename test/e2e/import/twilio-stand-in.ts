import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { answerNumbers, type NumbersAccount } from "./twilio-numbers.ts";

/** What comes instead of an answer; null lets the request through. */
export type Fault = {
  status: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The length that is told, where the body is cut off before. */
  length?: number;
} | null;

export type TwilioStandIn = {
  url: string;
  /** Every request so far, `GET shop-1234.localhost/menu.xml`, without ports. */
  requests: string[];
  /** Asked before each request. */
  fault: (request: string) => Fault | Promise<Fault>;
  numbers: NumbersAccount;
  close(): Promise<void>;
};

/**
 * Plays Twilio at one port: the Serverless API and the sites of a Ringback at `port`, and numbers,
 * applications, messaging services and flows as Twilio's OpenAPI documents have them.
 */
export async function playTwilio(port: number, numbers: NumbersAccount): Promise<TwilioStandIn> {
  const standIn: TwilioStandIn = {
    url: "",
    requests: [],
    fault: () => null,
    numbers,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const server = http.createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = (server.address() as AddressInfo).port;
  standIn.url = `http://localhost:${own}`;
  return standIn;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? "/";
    const host = (request.headers.host ?? "").split(":")[0];
    const line =
      host === "localhost"
        ? `${request.method} ${target.slice(1)}`
        : `${request.method} ${host}${target}`;
    standIn.requests.push(line);
    const fault = await standIn.fault(line);
    if (fault) {
      const { status, headers, body = "", length } = fault;
      response.writeHead(status, { ...headers, "Content-Length": length ?? body.length });
      response.write(body);
      // Longer than it is: the connection ends before the body does.
      if (length === undefined) response.end();
      else setTimeout(() => response.destroy(), 20);
      return;
    }
    const product = /^\/([a-z]+)\.twilio\.com\//.exec(target)?.[1];
    if (product === undefined || product === "serverless") return forward(request, response);
    const { status, json } = answerNumbers(
      numbers,
      request.method ?? "",
      `${product}${target.slice(`/${product}.twilio.com`.length)}`,
      new URLSearchParams(await text(request)),
      request.headers.authorization ?? "",
    );
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(json));
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = request;
    const options = { host: "127.0.0.1", port, method, path, headers };
    const outgoing = http.request(options, async (incoming) => {
      const isApi = /^application\/json/.test(incoming.headers["content-type"] ?? "");
      if (headers.host !== `localhost:${own}` || !isApi) {
        response.writeHead(incoming.statusCode ?? 502, incoming.headers);
        incoming.pipe(response);
        return;
      }
      // Sites and further pages are asked for here too.
      const json = (await text(incoming)).replaceAll(`localhost:${port}`, `localhost:${own}`);
      const { "content-length": _, "transfer-encoding": __, ...kept } = incoming.headers;
      response.writeHead(incoming.statusCode ?? 502, kept).end(json);
    });
    outgoing.on("error", () => response.destroy());
    request.pipe(outgoing);
  }
}
