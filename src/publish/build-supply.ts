import { WorkerEntrypoint } from "cloudflare:workers";
import { registryAddress } from "./registry-address.ts";

/**
 * What a builder may have of R2, by HTTP: its service's uploads to read, unpacked packages and
 * closures to read and write, its service's packages to write.
 */
export class BuildStore extends WorkerEntrypoint<Env, { serviceSid: string }> {
  override async fetch(request: Request): Promise<Response> {
    const key = decodeURI(new URL(request.url).pathname.slice(1));
    const { serviceSid } = this.ctx.props;
    const shared = key.startsWith("npm/");
    const readable = shared || key.startsWith(`assets/${serviceSid}/`);
    const writable = shared || key.startsWith(`builds/${serviceSid}/`);
    const { BYTES } = this.env;
    switch (request.method) {
      case "GET": {
        if (!readable) return new Response(null, { status: 403 });
        const range = request.headers.has("range") ? { range: request.headers } : {};
        const object = await BYTES.get(key, range);
        return object === null ? notFound() : new Response(object.body);
      }
      case "HEAD": {
        if (!readable) return new Response(null, { status: 403 });
        return (await BYTES.head(key)) === null ? notFound() : new Response(null);
      }
      case "PUT": {
        if (!writable || request.body === null) return new Response(null, { status: 403 });
        await BYTES.put(key, request.body);
        return new Response(null, { status: 204 });
      }
      default:
        return new Response(null, { status: 405 });
    }
  }
}

/**
 * A builder's only way out: requests to read from the registry that the configuration names, with
 * its token where there is one.
 */
export class BuildRegistry extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { NPM_TOKEN } = this.env as Env & { NPM_TOKEN?: string };
    const base = registryAddress(this.env);
    const url = new URL(request.url);
    if (
      base === null ||
      request.method !== "GET" ||
      url.origin !== base.origin ||
      !url.pathname.startsWith(base.pathname)
    ) {
      return new Response(null, { status: 403 });
    }
    const headers = new Headers({ accept: request.headers.get("accept") ?? "*/*" });
    if (NPM_TOKEN) headers.set("authorization", `Bearer ${NPM_TOKEN}`);
    const { signal } = request;
    return fetch(new Request(url, { headers, redirect: "manual", signal }));
  }
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}
