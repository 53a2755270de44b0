import { beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../../deployment.ts";
import { send } from "../client.ts";

/** Contract 6.1: OPTIONS and cross-origin reads, as observed on Twilio's hosting. */

const HOST = "http-cors-1008.localhost";
const ORIGIN = `http://${HOST}:8787`;

beforeAll(() =>
  deploy(HOST, {
    "/ahoy.mp3": {
      body: "0123456789",
      type: "audio/mpeg",
      headers: [
        ["Access-Control-Allow-Origin", "*"],
        ["Access-Control-Expose-Headers", "ETag"],
      ],
    },
    "/assets/index.html": {
      body: "<p>",
      type: "text/html",
      headers: [["Access-Control-Allow-Origin", "*"]],
    },
    "/app.json": {
      body: "{}",
      type: "application/json",
      headers: [
        ["access-control-allow-origin", "https://app.example"],
        ["Access-Control-Allow-Credentials", "true"],
        ["Access-Control-Allow-Headers", "X-Token"],
        ["Access-Control-Max-Age", "60"],
        ["Vary", "Origin"],
      ],
    },
    "/one-origin.json": {
      body: "{}",
      headers: [["Access-Control-Allow-Origin", "https://app.example"]],
    },
    "/closed.json": { body: "{}", headers: [["Access-Control-Expose-Headers", "ETag"]] },
    "/signed-open.mp3": {
      body: "0123456789",
      visibility: "protected",
      headers: [["Access-Control-Allow-Origin", "https://app.example"]],
    },
    "/signed.mp3": { body: "0123456789", visibility: "protected" },
  }),
);

function members(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? "")
    .split(",")
    .map((member) => member.trim().toLowerCase())
    .sort();
}

const PREFLIGHT = {
  Origin: "https://app.example",
  "Access-Control-Request-Method": "GET",
  "Access-Control-Request-Headers": "range, if-none-match",
};

describe("contract 6.1: OPTIONS on a public asset answers a preflight", () => {
  it.each([
    ["6.1-plain", "/ahoy.mp3", {}],
    ["6.1-preflight", "/ahoy.mp3", PREFLIGHT],
    ["6.1-preflight-post", "/ahoy.mp3", { ...PREFLIGHT, "Access-Control-Request-Method": "POST" }],
    ["6.1-root", "/", PREFLIGHT],
    ["6.1-query", "/ahoy.mp3?v=1", PREFLIGHT],
  ])("%s", async (_id, path, headers) => {
    const answer = await send(ORIGIN + path, { method: "OPTIONS", headers });
    expect(answer).toMatchObject({ status: 204, body: "" });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-max-age")).toBe("86400");
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
    expect(members(answer.headers, "access-control-expose-headers")).toContain("etag");
    expect(members(answer.headers, "allow")).toEqual(["get", "head", "options", "post"]);
    expect(members(answer.headers, "access-control-allow-methods")).toEqual(
      expect.arrayContaining(["get", "options", "post"]),
    );
    expect(members(answer.headers, "access-control-allow-headers")).toEqual(
      expect.arrayContaining([
        "accept",
        "authorization",
        "content-type",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
        "user-agent",
      ]),
    );
    // RFC 9110 8.6: a 204 has no Content-Length.
    expect(answer.headers.get("content-length")).toBe(null);
  });

  it.each([
    ["6.1-absent", "/absent", 404],
    ["6.1-malformed", "/%zz", 400],
  ])("%s: OPTIONS %s is a %i", async (_id, path, status) => {
    expect((await send(ORIGIN + path, { method: "OPTIONS", headers: PREFLIGHT })).status).toBe(
      status,
    );
  });

  it("6.1-protected: no other origin's page is let near a protected asset", async () => {
    const answer = await send(`${ORIGIN}/signed.mp3`, { method: "OPTIONS", headers: PREFLIGHT });
    expect(answer).toMatchObject({ status: 204, body: "" });
    expect(members(answer.headers, "allow")).toEqual(["get", "head", "options", "post"]);
    expect(answer.headers.get("access-control-allow-origin")).toBe(null);
    expect(answer.headers.get("access-control-allow-credentials")).toBe(null);
  });
});

describe("a preflight says what the asset's own headers say", () => {
  const about = (headers: Headers) =>
    Object.fromEntries(
      [...headers].filter(([name]) => /^(access-control-(?!allow-methods|expose)|vary)/.test(name)),
    );
  const STANDARD =
    "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, " +
    "If-Range, If-Unmodified-Since, Range, User-Agent";

  it.each([
    [
      "/app.json",
      {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": "X-Token",
        "access-control-max-age": "60",
        vary: "Origin",
      },
    ],
    [
      "/one-origin.json",
      {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-headers": STANDARD,
        "access-control-max-age": "86400",
      },
    ],
    [
      "/signed-open.mp3",
      {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-headers": STANDARD,
        "access-control-max-age": "86400",
      },
    ],
    ["/closed.json", {}],
  ])("of %s", async (path, expected) => {
    const answer = await send(ORIGIN + path, { method: "OPTIONS", headers: PREFLIGHT });
    expect([answer.status, about(answer.headers)]).toEqual([204, expected]);
  });

  it("and so do the errors that an asset's own request can get", async () => {
    for (const condition of [{ Range: "bytes=10-" }, { "If-Match": '"other"' }]) {
      const { headers } = await send(`${ORIGIN}/app.json`, { headers: condition as HeadersInit });
      expect(headers.get("access-control-allow-origin")).toBe("https://app.example");
      expect(headers.get("access-control-allow-credentials")).toBe("true");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });
});

describe("contract 6.1: a public asset is read from anywhere", () => {
  it.each([
    ["6.1-get", "GET", {}, 200],
    ["6.1-head", "HEAD", {}, 200],
    ["6.1-post", "POST", {}, 200],
    ["6.1-partial", "GET", { Range: "bytes=2-3" }, 206],
    ["6.1-not-modified", "GET", { "If-None-Match": "*" }, 304],
    ["6.1-unsatisfiable", "GET", { Range: "bytes=10-" }, 416],
    ["6.1-failed", "GET", { "If-Match": '"other"' }, 412],
  ])("%s", async (_id, method, headers, status) => {
    const answer = await send(`${ORIGIN}/ahoy.mp3`, {
      method,
      headers: { ...(headers as Record<string, string>), Origin: "https://app.example" },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBe(null);
  });

  it("6.1-origin: what Origin says changes nothing", async () => {
    for (const origin of ["null", "https://evil.example", `http://${HOST}:8787`, "x"]) {
      const { status, headers } = await send(`${ORIGIN}/ahoy.mp3`, { headers: { Origin: origin } });
      expect([status, headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    }
  });
});
