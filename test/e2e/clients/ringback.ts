import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { type Answer, type RequestOptions, request } from "../../../scripts/request.ts";
import { OPERATOR, type StartedServer, startServer } from "../started-server.ts";

export const ACCOUNT_SID = OPERATOR.TWILIO_ACCOUNT_SID;
export const AUTH_TOKEN = OPERATOR.TWILIO_AUTH_TOKEN;

export type Ringback = StartedServer & {
  /** The certificate authority's file, for NODE_EXTRA_CA_CERTS. */
  caPath: string;
  /** What TWILIO_EDGE holds to send Twilio's tools here (contract 2.2, A). */
  edge: string;
  /** One request to any host of the server, its certificate checked. */
  fetch(url: string, options?: RequestOptions): Promise<Answer>;
};

/**
 * Starts Ringback as a person does for Twilio's tools: `npm start -- --https`, with empty stores. From
 * then on this process trusts its certificates, as one started with NODE_EXTRA_CA_CERTS would.
 */
export async function startRingback(): Promise<Ringback> {
  const server = await startServer({ args: ["--https"], environment: { RINGBACK_DEMO: "0" } });
  const caPath = /^Certificate authority: (\S+)$/m.exec(server.output())?.[1] ?? "";
  const ca = readFileSync(caPath, "utf8");
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), ca]);
  return {
    ...server,
    caPath,
    edge: `@127.0.0.1:${server.port}/`,
    fetch: (url, options) => request(url, { ...options, ca }),
  };
}

/** Returns `size` bytes that look random and are always the same for one `seed`. */
export function seededBytes(seed: number, size: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Calls `work` for each of `items`, `concurrency` at a time, and returns the results in order. */
export async function inParallel<Item, Result>(
  items: Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const pending = items.entries();
  const workers = Array.from({ length: concurrency }, async () => {
    for (const [index, item] of pending) results[index] = await work(item);
  });
  await Promise.all(workers);
  return results;
}
