import { WorkerEntrypoint } from "cloudflare:workers";

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
 * A builder's only way out: requests to read from the registries that the configuration names. A token
 * goes to its own registry alone, and a document is kept for as long as the registry allows.
 */
export class BuildRegistry extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { answerFromRegistry } = await import("./registry-answer.ts");
    return answerFromRegistry(request, this.env, (work) => this.ctx.waitUntil(work));
  }
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}
