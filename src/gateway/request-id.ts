/**
 * Names a request in its answer and in the log line about it: Cloudflare's ray, which the owner finds
 * in the dashboard too; where there is none, this isolate's random name and a count.
 */
export function requestIdOf(request: Request): string {
  const ray = request.headers.get("cf-ray");
  if (ray !== null && RAY.test(ray)) return ray;
  isolate ??= crypto.randomUUID().slice(0, 18).replaceAll("-", "");
  requests += 1;
  return `${isolate}-${requests.toString(36).padStart(6, "0")}`;
}

/** Where Cloudflare is not in front, a client may send anything under this name. */
const RAY = /^[0-9a-f]{16}(?:-[A-Z]{3})?$/;

/** Made by the first request: an isolate may not ask for random values while it starts. */
let isolate: string | undefined;
let requests = 0;
