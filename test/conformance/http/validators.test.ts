import { beforeAll, describe, expect, it, vi } from "vitest";
import { deploy } from "../../deployment.ts";
import { send } from "../client.ts";

/** RFC 9110 8.8: entity tags and modification dates. */

const HOST = "http-validators-1004.localhost";
const OTHER_HOST = "http-validators-1005.localhost";
const url = (path: string, host = HOST) => `http://${host}:8787${path}`;

/** printf 0123456789 | sha256sum, and of nothing */
const TEN = '"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"';
const NONE = '"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"';
const ABC = '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"';

beforeAll(async () => {
  await deploy(HOST, {
    "/ten": { body: "0123456789" },
    "/ten-as-html": { body: "0123456789", type: "text/html", modified: 1_000_000_000 },
    "/none": { body: "" },
    "/epoch": { body: "0123456789", modified: 0 },
  });
  await deploy(OTHER_HOST, { "/ten": { body: "0123456789" }, "/abc": { body: "abc" } });
});

describe("RFC 9110 8.8.3: ETag is the quoted SHA-256 of the bytes, strong", () => {
  it.each([
    ["8.8.3-get", HOST, "/ten", TEN],
    ["8.8.3-same-bytes-other-path", HOST, "/ten-as-html", TEN],
    ["8.8.3-same-bytes-other-host", OTHER_HOST, "/ten", TEN],
    ["8.8.3-no-bytes", HOST, "/none", NONE],
    ["8.8.3-other-bytes", OTHER_HOST, "/abc", ABC],
  ])("%s", async (_id, host, path, etag) => {
    for (const method of ["GET", "HEAD", "POST"]) {
      const { headers } = await send(url(path, host), { method });
      expect([method, headers.get("etag")]).toEqual([method, etag]);
    }
  });

  it.each([
    ["8.8.3-partial", { Range: "bytes=2-3" }, 206],
    ["8.8.3-not-modified", { "If-None-Match": "*" }, 304],
    ["8.8.3-not-modified-weak", { "If-None-Match": `W/${TEN}` }, 304],
  ])("%s: the tag is that of the 200", async (_id, headers, status) => {
    const answer = await send(url("/ten"), { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("etag")).toBe(TEN);
  });

  it("8.8.3-query: a query string changes nothing", async () => {
    const { status, headers } = await send(url("/ten?v=2&If-None-Match=*"));
    expect([status, headers.get("etag")]).toEqual([200, TEN]);
  });
});

describe("RFC 9110 8.8.2: Last-Modified is an IMF-fixdate", () => {
  it.each([
    ["8.8.2-get", "/ten", {}, 200, "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["8.8.2-other", "/ten-as-html", {}, 200, "Sun, 09 Sep 2001 01:46:40 GMT"],
    ["8.8.2-epoch", "/epoch", {}, 200, "Thu, 01 Jan 1970 00:00:00 GMT"],
    ["8.8.2-partial", "/ten", { Range: "bytes=2-3" }, 206, "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["8.8.2-not-modified", "/ten", { "If-None-Match": TEN }, 304, "Sun, 06 Nov 1994 08:49:37 GMT"],
  ])("%s", async (_id, path, headers, status, modified) => {
    const answer = await send(url(path), { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("last-modified")).toBe(modified);
  });
});

describe("RFC 9110 8.8.2.1: Last-Modified is never later than the answer", () => {
  it.each([
    ["8.8.2.1-a-second-ahead", 1],
    ["8.8.2.1-an-hour-ahead", 3_600],
    ["8.8.2.1-a-century-ahead", 3_155_760_000],
  ])("%s", async (id, ahead) => {
    const host = `http-${id.replaceAll(".", "-")}.localhost`;
    await deploy(host, { "/ten": { body: "0123456789", modified: seconds(Date.now()) + ahead } });
    const { headers } = await send(url("/ten", host));
    // Nor is now said in its place: what came before in this second may have said that.
    expect(headers.get("last-modified")).toBe(null);
    const since = headers.get("date") as string;
    const again = await send(url("/ten", host), { headers: { "If-Modified-Since": since } });
    expect(again.status).toBe(200);
    const unmodified = await send(url("/ten", host), { headers: { "If-Unmodified-Since": since } });
    expect(unmodified.status).toBe(412);
    const range = { Range: "bytes=0-1", "If-Range": since };
    expect((await send(url("/ten", host), { headers: range })).status).toBe(200);
    expect((await send(url("/ten", host), { method: "HEAD" })).headers.has("last-modified")).toBe(
      false,
    );
  });

  it("8.8.2.1-it-comes: is said in full once its time has come", async () => {
    const modified = seconds(Date.now()) + 100;
    const host = "http-8-8-2-1-it-comes.localhost";
    await deploy(host, { "/ten": { body: "0123456789", modified } });
    await send(url("/ten", host));
    vi.useFakeTimers({ toFake: ["Date"], now: (modified + 5) * 1000 });
    const { headers } = await send(url("/ten", host));
    vi.useRealTimers();
    expect(seconds(Date.parse(headers.get("last-modified") as string))).toBe(modified);
  });

  function seconds(milliseconds: number): number {
    return Math.floor(milliseconds / 1000);
  }
});

describe("RFC 9110 8.8: errors carry no validator of theirs", () => {
  it.each([
    ["8.8.3-absent", "/absent", {}, 404],
    ["8.8.3-unsatisfiable", "/ten", { Range: "bytes=10-" }, 416],
  ])("%s", async (_id, path, headers, status) => {
    const answer = await send(url(path), { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
    expect([null, TEN]).toContain(answer.headers.get("etag"));
    expect([null, "Sun, 06 Nov 1994 08:49:37 GMT"]).toContain(answer.headers.get("last-modified"));
  });
});
