/** The Worker's side of the console: its built files, each with the headers that keep it safe. */

const ALLOWED = "GET, HEAD";

/** What vite writes for `html.cspNonce` (vite.config.ts). */
const NONCE_PLACEHOLDER = /CSP_NONCE/g;

/** Where the built files lie among the Worker's assets. */
const FOLDER = "/console";

/** Vite puts the hash of a file's content into its name there, so it never changes. */
const HASHED_FILES = "/assets/";

const SECURITY_FIELDS: Record<string, string> = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Frame-Options": "DENY",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/**
 * Answers a request for the console: a built file, or the page itself for every path that names no
 * file, since the page keeps its place in the path. 404 for a file that is not there, 405 with Allow
 * for a method that is not GET or HEAD.
 */
export async function serveConsole(
  request: Request,
  env: { ASSETS: Pick<Fetcher, "fetch"> },
): Promise<Response> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") {
    return plain("Method not allowed", 405, { Allow: ALLOWED });
  }
  const url = new URL(request.url);
  const isFile = /\.[^/]*$/.test(url.pathname) && url.pathname !== "/index.html";
  return isFile || url.pathname.startsWith(HASHED_FILES)
    ? file(request, url, env)
    : page(method, url, env);
}

async function file(
  request: Request,
  url: URL,
  env: { ASSETS: Pick<Fetcher, "fetch"> },
): Promise<Response> {
  const validator = request.headers.get("If-None-Match");
  const stored = await env.ASSETS.fetch(
    new Request(new URL(FOLDER + url.pathname, url.origin), {
      method: request.method,
      headers: validator === null ? {} : { "If-None-Match": validator },
    }),
  );
  if (stored.status !== 200 && stored.status !== 304) return plain("Not found", 404);
  const response = new Response(stored.body, stored);
  response.headers.set(
    "Cache-Control",
    url.pathname.startsWith(HASHED_FILES) ? "public, max-age=31536000, immutable" : "no-cache",
  );
  return secured(response, "default-src 'none'; frame-ancestors 'none'");
}

/** The page holds a nonce for the style elements it makes, so no two answers are the same. */
async function page(
  method: string,
  url: URL,
  env: { ASSETS: Pick<Fetcher, "fetch"> },
): Promise<Response> {
  const stored = await env.ASSETS.fetch(new Request(new URL(`${FOLDER}/index.html`, url.origin)));
  if (stored.status !== 200) return plain("The console is not built: run `npm run build`", 503);
  const nonce = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const html = (await stored.text()).replace(NONCE_PLACEHOLDER, nonce);
  const response = new Response(method === "HEAD" ? null : html, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" },
  });
  return secured(response, pagePolicy(nonce));
}

/**
 * Scripts, styles and requests are this origin's alone. `blob:` is how the page shows bytes that it
 * fetched with its Authorization header: as pictures and sound, neither of which runs as script.
 */
function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob:",
    "media-src blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function secured(response: Response, policy: string): Response {
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of Object.entries(SECURITY_FIELDS)) response.headers.set(name, value);
  return response;
}

function plain(text: string, status: number, headers: Record<string, string> = {}): Response {
  const response = new Response(`${text}\n`, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      ...headers,
    },
  });
  return secured(response, "default-src 'none'; frame-ancestors 'none'");
}
