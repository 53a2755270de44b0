import { DeployFailure } from "./failure.ts";

/** What Cloudflare's API answered: its `result`, or the first of its errors. */
export type ApiAnswer<Result> =
  | { ok: true; result: Result }
  | { ok: false; status: number; code: number; message: string };

/** Makes one call of Cloudflare's API v4; `path` is below `/client/v4`. */
export type CloudflareApi = <Result>(
  method: "GET" | "POST" | "PUT" | "PATCH",
  path: string,
  body?: object,
) => Promise<ApiAnswer<Result>>;

const PATIENCE_MILLISECONDS = 30_000;

/**
 * Returns Cloudflare's API as the token of the environment opens it; null without one: what
 * `npx wrangler login` stores may deploy Workers, and change nothing in a zone.
 * Throws DeployFailure where nobody answers. CLOUDFLARE_API_BASE_URL is wrangler's own setting.
 */
export function cloudflareApi(environment: NodeJS.ProcessEnv): CloudflareApi | null {
  const token = environment.CLOUDFLARE_API_TOKEN;
  const base = environment.CLOUDFLARE_API_BASE_URL || "https://api.cloudflare.com/client/v4";
  if (!token) return null;
  return async (method, path, body) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new DeployFailure(
        `Cloudflare's API does not answer (${error.message}): is this machine connected? Then run again.`,
      );
    });
    const answer = await response.json().catch(() => null);
    if (answer?.success === true) return { ok: true, result: answer.result };
    const { code = 0, message = "no reason given" } = answer?.errors?.[0] ?? {};
    return { ok: false, status: response.status, code, message };
  };
}
