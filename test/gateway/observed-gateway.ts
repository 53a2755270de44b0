import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Gateway } from "../../src/gateway/gateway.ts";
import { parseRequestTarget, type RequestTarget } from "../../src/gateway/target.ts";
import { Journal } from "../journal.ts";

/** A gateway with an empty memory over the real bindings, whose calls are noted. */
export function observedGateway() {
  const journal = new Journal();
  const gateway = new Gateway({
    env: {
      ...env,
      MANIFESTS: journal.observe("kv", env.MANIFESTS),
      BYTES: journal.observe("bucket", env.BYTES),
    },
    runFunction: () => {
      throw new Error("no function is called here");
    },
    openCache: async () => journal.observe("cache", await caches.open("ringback-bytes")),
  });

  /** Answers one request; resolves when the work behind the response is done too. */
  async function request(url: string, init?: RequestInit) {
    const received = new Request(url, init);
    const ctx = createExecutionContext();
    const target = parseRequestTarget(received.url) as RequestTarget;
    const response = await gateway.fetch(received, target, ctx);
    const body = new Uint8Array(await response.arrayBuffer());
    await waitOnExecutionContext(ctx);
    const { status, headers } = response;
    return { status, headers, body, text: new TextDecoder().decode(body) };
  }

  return { gateway, journal, request };
}
