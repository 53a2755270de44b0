import { beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../../deployment.ts";
import { send } from "../client.ts";

/** RFC 9110 6.6.1, 15.3.7, 15.4.5, RFC 9211: the fields an asset's answers carry. */

const HOST = "http-representation-1017.localhost";
const ORIGIN = `http://${HOST}:8787`;
const RULES: [string, string][] = [
  ["Cache-Control", "public, max-age=3600"],
  ["Content-Language", "fr"],
  ["Content-Disposition", 'inline; filename="ahoy.mp3"'],
  ["Vary", "Origin"],
  ["Expires", "Thu, 01 Jan 2099 00:00:00 GMT"],
  ["Content-Location", "/elsewhere"],
  ["X-Content-Type-Options", "nosniff"],
];

beforeAll(() =>
  deploy(HOST, {
    "/ahoy.mp3": { body: "0123456789", type: "audio/mpeg", headers: RULES },
    "/signed": { body: "0123456789", visibility: "protected" },
    "/utf8.txt": { body: "é", type: "text/plain; charset=utf-8" },
    "/cold.bin": { body: "cold", type: "application/octet-stream" },
    "/cold-range.bin": { body: "cold, too", type: "application/octet-stream" },
  }),
);

describe("RFC 9110 15.3.7, 15.4.5: a 206 and a 304 carry what the 200 would", () => {
  it.each([
    ["15.3.1-get", "GET", {}, 200],
    ["9.3.2-head", "HEAD", {}, 200],
    ["9.3.3-post", "POST", {}, 200],
    ["15.3.7-partial", "GET", { Range: "bytes=2-3" }, 206],
    ["15.4.5-not-modified", "GET", { "If-None-Match": "*" }, 304],
  ])("%s has the rules of the deployment", async (_id, method, headers, status) => {
    const answer = await send(`${ORIGIN}/ahoy.mp3`, {
      method,
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(status);
    for (const [name, value] of RULES) {
      expect([name, answer.headers.get(name)]).toEqual([name, value]);
    }
    expect(answer.headers.get("etag")).toBe(
      '"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"',
    );
    if (status !== 304) expect(answer.headers.get("content-type")).toBe("audio/mpeg");
  });

  it.each([
    ["8.3-mp3", "/ahoy.mp3", "audio/mpeg"],
    ["8.3-charset", "/utf8.txt", "text/plain; charset=utf-8"],
  ])("%s: Content-Type is as uploaded", async (_id, path, type) => {
    expect((await send(ORIGIN + path)).headers.get("content-type")).toBe(type);
  });
});

describe("RFC 9110 6.6.1: Date", () => {
  it.each([
    ["6.6.1-get", "GET", {}, 200],
    ["6.6.1-head", "HEAD", {}, 200],
    ["6.6.1-partial", "GET", { Range: "bytes=2-3" }, 206],
    ["6.6.1-not-modified", "GET", { "If-None-Match": "*" }, 304],
    ["6.6.1-options", "OPTIONS", {}, 204],
    ["6.6.1-method", "DELETE", {}, 405],
    ["6.6.1-failed", "GET", { "If-Match": '"other"' }, 412],
    ["6.6.1-unsatisfiable", "GET", { Range: "bytes=10-" }, 416],
    ["6.6.1-malformed", "GET", {}, 400, "/%zz"],
    ["6.6.1-forbidden", "GET", {}, 403, "/signed"],
    ["6.6.1-absent", "GET", {}, 404, "/absent"],
    ["6.6.1-no-deployment", "GET", {}, 404, "http://http-representation-none.localhost/"],
  ])("%s is now, as an IMF-fixdate", async (_id, method, headers, status, path = "/ahoy.mp3") => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const answer = await send(new URL(path, ORIGIN).href, {
      method,
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(status);
    const date = answer.headers.get("date") as string;
    expect(date).toMatch(
      /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
    );
    expect(Date.parse(date)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(date)).toBeLessThanOrEqual(Date.now());
  });
});

describe("RFC 9211: Cache-Status", () => {
  /** 2.1, 2.2, 2.3: `hit` and `fwd` exclude each other; `fwd` takes one of these tokens. */
  const MEMBER =
    /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*(?:; *(?:hit|fwd=(?:bypass|method|uri-miss|vary-miss|miss|request|stale|partial)|fwd-status=\d{3}|ttl=-?\d+|stored|collapsed|key=(?:"[\x20\x21\x23-\x5b\x5d-\x7e]*"|[A-Za-z*][\w.-]*)|detail=(?:"[^"]*"|[A-Za-z*][\w.-]*)))*$/;

  it.each([
    ["9211-2-cold", "/cold.bin", {}, "Ringback; fwd=miss; stored"],
    ["9211-2-hot", "/cold.bin", {}, "Ringback; hit"],
    ["9211-2-hot-range", "/cold.bin", { Range: "bytes=0-1" }, "Ringback; hit"],
    ["9211-2-not-modified", "/cold.bin", { "If-None-Match": "*" }, "Ringback; hit"],
    ["9211-2-cold-range", "/cold-range.bin", { Range: "bytes=0-1" }, "Ringback; fwd=miss"],
  ])("%s: %s %o", async (_id, path, headers, expected) => {
    const answer = await send(ORIGIN + path, { headers: headers as Record<string, string> });
    const value = answer.headers.get("cache-status") as string;
    expect(value).toMatch(MEMBER);
    expect(/; *hit/.test(value) && /; *fwd=/.test(value)).toBe(false);
    expect(value).toBe(expected);
  });

  it("9211-2-query: nothing of the request enters the key", async () => {
    for (const suffix of ["?v=1", "?v=2", "?%00"]) {
      const { headers } = await send(`${ORIGIN}/cold.bin${suffix}`, {
        headers: {
          Cookie: suffix,
          "Accept-Language": "fr",
          "Cache-Control": "no-cache",
          Pragma: "no-cache",
        },
      });
      expect(headers.get("cache-status")).toBe("Ringback; hit");
    }
  });
});
