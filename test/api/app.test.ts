import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { apiRequest, BASE, call, callWith, send } from "./client.ts";

describe("every answer", () => {
  it.each([
    ["GET", "/Services", 200],
    ["GET", "/Services/none", 404],
    ["PUT", "/Services", 405],
  ])("of %s %s may be read by any origin and carries a request id", async (method, path, code) => {
    const { status, headers } = await call(method, path);
    expect(status).toBe(code);
    expect(headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(headers.get("Access-Control-Allow-Credentials")).toBeNull();
    expect(headers.get("Access-Control-Allow-Methods")).toMatch(
      /^(DELETE, )?GET, HEAD, OPTIONS, POST$/,
    );
    expect(headers.get("Access-Control-Allow-Headers")).toBe("Authorization, Content-Type");
    expect(headers.get("Access-Control-Expose-Headers")).toContain("Twilio-Request-Id");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Content-Type")).toMatch(/^application\/json/);
  });

  it("to a preflight needs no credentials", async () => {
    const preflight = (path: string) =>
      send(
        new Request(`${BASE}${path}`, {
          method: "OPTIONS",
          headers: { Origin: "https://app.example", "Access-Control-Request-Method": "POST" },
        }),
      );
    const list = await preflight("/v1/Services");
    expect([list.status, list.text]).toEqual([204, ""]);
    expect(list.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(list.headers.get("Access-Control-Allow-Methods")).toBe("GET, HEAD, OPTIONS, POST");
    expect(list.headers.get("Access-Control-Allow-Headers")).toBe("Authorization, Content-Type");
    const one = await preflight("/.twilio.com/v1/Services/ZS1");
    expect(one.headers.get("Allow")).toBe("DELETE, GET, HEAD, OPTIONS, POST");
    expect((await preflight("/v1/Nothing")).status).toBe(204);
  });
});

describe("a method", () => {
  it("HEAD is answered as GET, without a body", async () => {
    const { status, text, headers } = await call("HEAD", "/Services");
    expect([status, text]).toEqual([200, ""]);
    expect(headers.get("Content-Type")).toMatch(/^application\/json/);
    expect((await call("HEAD", "/Services/none")).status).toBe(404);
  });

  it.each([
    ["PUT", "/Services", "GET, HEAD, OPTIONS, POST"],
    ["DELETE", "/Services", "GET, HEAD, OPTIONS, POST"],
    ["PATCH", "/Services/ZS1", "DELETE, GET, HEAD, OPTIONS, POST"],
    ["POST", "/Services/ZS1/Environments/ZE1", "DELETE, GET, HEAD, OPTIONS"],
  ])("%s that %s does not take is a 405 that tells the others", async (method, path, allow) => {
    const { status, headers, body } = await call(method, path);
    expect(status).toBe(405);
    expect(headers.get("Allow")).toBe(allow);
    expect(body).toEqual({
      code: 20004,
      message: `The method ${method} is not allowed for this resource`,
      more_info: "https://www.twilio.com/docs/errors/20004",
      status: 405,
    });
  });
});

describe("a path", () => {
  it.each([
    ["/v1/Nothing", "/Nothing"],
    ["/v1/services", "/services"],
    ["/v1/Services/", "/Services/"],
    ["/v1/Services/%zz", "/Services/%zz"],
    ["/v1/Services/ZS1/Environments/ZE1/Nothing", "/Services/ZS1/Environments/ZE1/Nothing"],
  ])("%s that is no resource is a 404", async (path, named) => {
    const { status, body } = await call("GET", `${BASE}${path}`);
    expect(status).toBe(404);
    expect(body).toEqual({
      code: 20404,
      message: `The requested resource ${named} was not found`,
      more_info: "https://www.twilio.com/docs/errors/20404",
      status: 404,
    });
  });

  it.each(["/.twilio.com", "/serverless.ashburn.us1.twilio.com", "/twilio.com"])(
    "after the prefix %s of TWILIO_EDGE is one, and its URLs keep it",
    async (prefix) => {
      const { status, body } = await call("GET", `${BASE}${prefix}/v1/Services`);
      expect([status, body.meta.url]).toEqual([
        200,
        `${BASE}${prefix}/v1/Services?PageSize=50&Page=0`,
      ]);
    },
  );
});

describe("a database that does not answer", () => {
  const broken = databaseThatThrows("D1_ERROR: Network connection lost.");

  it("is a 503 with Retry-After, logged with the request id", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { status, body, headers } = await callWith(
      { DB: broken },
      apiRequest("GET", "/Services"),
    );
    const line = JSON.parse(String(log.mock.calls[0]?.[0]));
    log.mockRestore();
    expect([status, body.code, headers.get("Retry-After")]).toEqual([503, 20503, "5"]);
    expect(body.message).not.toContain("D1");
    expect(line).toMatchObject({
      event: "api-error",
      requestId: headers.get("Twilio-Request-Id"),
      message: "D1_ERROR: Network connection lost.",
    });
  });

  it.each([
    ["D1_ERROR: no such table: services: SQLITE_ERROR", 503, "migrations"],
    ["KV PUT failed: 500 Internal Server Error", 503, "The store"],
    ["put: Unspecified error (0)", 503, "The store"],
    ["D1_TYPE_ERROR: Type 'undefined' not supported", 500, "An internal error occurred"],
    ["x is not a function", 500, "An internal error occurred"],
  ])("is told from others: %s is a %i", async (thrown, expected, said) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const DB = databaseThatThrows(thrown);
    const { status, body } = await callWith({ DB }, apiRequest("GET", "/Services"));
    log.mockRestore();
    expect([status, body.status]).toEqual([expected, expected]);
    expect(body.message).toContain(said);
  });

  function databaseThatThrows(message: string): D1Database {
    return new Proxy(env.DB, {
      get() {
        return () => {
          throw new Error(message);
        };
      },
    });
  }
});
