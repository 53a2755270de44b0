import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ExchangeTaker } from "../../src/gateway/exchange.ts";
import type { AdmittedCall } from "../../src/gateway/functions.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import type { Background } from "../../src/gateway/kv-memo.ts";
import { parseRequestTarget, type RequestTarget } from "../../src/gateway/target.ts";
import { Journal } from "../journal.ts";

type RunFunction = (call: AdmittedCall, env: Env, ctx: Background) => Promise<Response>;

/**
 * A gateway with an empty memory over the real bindings, whose calls are noted, those of
 * `runFunction` too. Without it no function may be called. `takeExchange` is told of each request.
 */
export function observedGateway(runFunction?: RunFunction, takeExchange?: ExchangeTaker) {
  const journal = new Journal();
  const observed: Env = {
    ...env,
    MANIFESTS: journal.observe("kv", env.MANIFESTS),
    BYTES: journal.observe("bucket", env.BYTES),
    DB: journal.observe("db", env.DB),
    ASSETS: journal.observe("assets", env.ASSETS),
    LOADER: {
      load: env.LOADER.load.bind(env.LOADER),
      get(name, code) {
        journal.calls.push("loader.get");
        return env.LOADER.get(name, code);
      },
    },
  };
  const gateway = new Gateway({
    env: observed,
    ...(takeExchange && { takeExchange }),
    runFunction: (call, ctx) => {
      if (runFunction === undefined) throw new Error("no function is called here");
      return runFunction(call, observed, ctx);
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
