import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";

export type Received = { status: number; headers: Headers; body: Uint8Array; text: string };

export type Isolate = {
  /** Answers one request; resolves when the work behind the response is done too. */
  request(url: string | Request, init?: RequestInit): Promise<Received>;
};

let serial = 0;

/** Another isolate of the whole Worker: it remembers nothing and shares the stores of `bindings`. */
export async function newIsolate(bindings: Env = env): Promise<Isolate> {
  serial += 1;
  const { default: worker } = (await import(
    /* @vite-ignore */ `../src/worker.ts?isolate=${serial}`
  )) as typeof import("../src/worker.ts");

  return {
    async request(url, init) {
      const ctx = createExecutionContext();
      const received = new Request(url, init) as Parameters<typeof worker.fetch>[0];
      const response = await worker.fetch(received, bindings, ctx);
      const body = await response
        .arrayBuffer()
        .then((buffer) => new Uint8Array(buffer))
        .finally(() => waitOnExecutionContext(ctx));
      const { status, headers } = response;
      return { status, headers, body, text: new TextDecoder().decode(body) };
    },
  };
}
