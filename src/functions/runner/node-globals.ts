import { mendUrls, unparsedUrl } from "./urls.ts";

/**
 * Makes the global scope look like Node's to packages, which ask it where they are: a Worker's own
 * marks make them take themselves for a page's script.
 */
export function resembleNode(): void {
  const scope = globalThis as unknown as Record<string, (...given: unknown[]) => unknown>;
  // Node's take any `this`: packages keep them as members of objects of their own.
  for (const name of ["fetch", "atob", "btoa", "structuredClone"]) {
    const own = scope[name];
    if (own !== undefined) scope[name] = (...given) => own(...given);
  }
  for (let at: object | null = globalThis; at; at = Object.getPrototypeOf(at)) {
    for (const name of ["self", "WorkerGlobalScope", "ServiceWorkerGlobalScope"]) {
      Reflect.deleteProperty(at, name);
    }
  }
  // What packages such as pg take another way for, over modules that are the platform's alone.
  Object.defineProperty(navigator, "userAgent", { value: "Node.js/22", configurable: true });
  mendUrls();
  mendFetch();
}

/** `redirect: "error"`, which the platform has not, and what Node says of a URL that is none. */
function mendFetch(): void {
  const plain = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (typeof input === "string" && !URL.canParse(input)) throw unparsedUrl(input);
    if ((init?.redirect as string) !== "error") return plain(input, init);
    const response = await plain(input, { ...init, redirect: "manual" });
    if (response.status >= 300 && response.status < 400) {
      throw new TypeError("fetch failed: a redirect was not expected");
    }
    return response;
  };
}
