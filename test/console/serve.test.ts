import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const ORIGIN = "http://localhost:8787";

function ask(path: string, init?: RequestInit): Promise<Response> {
  return exports.default.fetch(`${ORIGIN}${path}`, init);
}

async function scriptPath(): Promise<string> {
  const page = await (await ask("/")).text();
  return /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] as string;
}

describe("the console's page", () => {
  it.each([
    "/",
    "/index.html",
    "/services/ZS0123456789abcdef0123456789abcdef",
    "/services/x/settings",
  ])("answers %s", async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toContain('<div id="root">');
  });

  it("lets only its own scripts run, and nobody frame it", async () => {
    const { headers } = await ask("/");
    const policy = headers.get("Content-Security-Policy") ?? "";
    expect(policy.replace(/'nonce-[^']+'/, "'nonce'").split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'nonce'",
      "img-src 'self' blob:",
      "media-src blob:",
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Set-Cookie")).toBeNull();
  });

  it("has a new nonce each time, the one that its policy names, and no inline script", async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await ask("/");
        const page = await response.text();
        const nonce = /'nonce-([^']+)'/.exec(
          response.headers.get("Content-Security-Policy") ?? "",
        )?.[1];
        expect(page).toContain(`nonce="${nonce}"`);
        expect(page).not.toContain("CSP_NONCE");
        expect(page).not.toMatch(/<script(?![^>]* src=)/);
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(2);
  });

  it("answers HEAD without a body", async () => {
    const response = await ask("/", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    const response = await ask("/", { method });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("the console's files", () => {
  it("are kept for ever, since their names change with them", async () => {
    const response = await ask(await scriptPath());
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toMatch(/^text\/javascript/);
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
    await response.body?.cancel();
  });

  it.each(["/assets/none.js", "/assets/", "/favicon.ico", "/.vite/manifest.json", "/a/../../x.js"])(
    "are 404 where there is none: %s",
    async (path) => {
      const response = await ask(path);
      expect(response.status).toBe(404);
      expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    },
  );

  it("are never on an asset host", async () => {
    const response = await exports.default.fetch(
      `http://shop-1234.localhost:8787${await scriptPath()}`,
    );
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("React");
  });

  it("leave the API's paths to the API", async () => {
    for (const path of ["/v1", "/v1/Services", "/serverless.twilio.com/v1/Services"]) {
      const response = await ask(path);
      expect(response.headers.get("Content-Type"), path).toContain("application/json");
    }
    // The first call loads the API, which in tests is transformed file by file.
  }, 30_000);

  it("are bound as ASSETS", () => expect(env.ASSETS).toBeDefined());
});
