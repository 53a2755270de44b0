import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { assetKey, manifestKey } from "../../../src/contract/manifest.ts";
import { deploy } from "../../deployment.ts";
import { receive, send } from "../client.ts";
import { quiet } from "../quiet.ts";

/** RFC 9110 15.5, 15.6 and issue "The gateway", Errors: what an answer that is no asset says. */

quiet();

const HOST = "http-errors-1009.localhost";
const ORIGIN = `http://${HOST}:8787`;
const OTHER_TENANT = "http-errors-1010.localhost";

beforeAll(async () => {
  const manifest = await deploy(HOST, {
    "/ten": { body: "0123456789" },
    "/lost": { body: "bytes that R2 loses" },
    "/signed": { body: "0123456789", visibility: "protected" },
  });
  const lost = manifest.assets.get("/lost");
  await env.BYTES.delete(assetKey(manifest.service, lost?.sid as string));
  await deploy(OTHER_TENANT, { "/theirs": { body: "theirs" } });
  await env.MANIFESTS.put(manifestKey("http-corrupt-1011.localhost"), "{");
  await env.MANIFESTS.put(manifestKey("http-null-1012.localhost"), "null");
  await env.MANIFESTS.put(manifestKey("http-empty-1013.localhost"), "");
  await env.MANIFESTS.put(manifestKey("http-future-1014.localhost"), '{"format":999}');
  // A manifest copied under another name is not that name's.
  const theirs = (await env.MANIFESTS.get(manifestKey(OTHER_TENANT))) as string;
  await env.MANIFESTS.put(manifestKey("http-copied-1015.localhost"), theirs);
});

type Case = [
  id: string,
  method: string,
  url: string,
  headers: Record<string, string>,
  status: number,
];

const CASES: Case[] = [
  ["15.5.1-path", "GET", `${ORIGIN}/%zz`, {}, 400],
  ["15.5.4-protected", "GET", `${ORIGIN}/signed`, {}, 403],
  ["15.5.5-path", "GET", `${ORIGIN}/absent`, {}, 404],
  ["15.5.5-host", "GET", "http://http-absent-1016.localhost/ten", {}, 404],
  ["15.5.5-other-tenant's-path", "GET", `${ORIGIN}/theirs`, {}, 404],
  ["15.5.6-method", "DELETE", `${ORIGIN}/ten`, {}, 405],
  ["15.5.13-precondition", "GET", `${ORIGIN}/ten`, { "If-Match": '"x"' }, 412],
  ["15.5.17-range", "GET", `${ORIGIN}/ten`, { Range: "bytes=10-" }, 416],
  ["15.6.3-lost-bytes", "GET", `${ORIGIN}/lost`, {}, 502],
  ["15.6.3-lost-bytes-range", "GET", `${ORIGIN}/lost`, { Range: "bytes=0-1" }, 502],
  ["15.6.3-corrupt", "GET", "http://http-corrupt-1011.localhost/ten", {}, 502],
  ["15.6.3-null", "GET", "http://http-null-1012.localhost/ten", {}, 502],
  ["15.6.3-empty", "GET", "http://http-empty-1013.localhost/ten", {}, 502],
  ["15.6.3-future", "GET", "http://http-future-1014.localhost/ten", {}, 502],
  ["15.6.3-copied", "GET", "http://http-copied-1015.localhost/theirs", {}, 502],
];

describe("an error", () => {
  it.each(CASES)(
    "%s is a small text that nobody stores",
    async (_id, method, url, headers, status) => {
      const answer = await send(url, { method, headers });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.body.length).toBeLessThan(300);
      for (const name of ["etag", "last-modified", "set-cookie", "location", "www-authenticate"]) {
        if (name !== "etag" || status !== 412)
          expect([name, answer.headers.get(name)]).toEqual([name, null]);
      }
    },
  );

  it.each(CASES)(
    "%s has its request id in the field and in the text",
    async (_id, method, url, headers) => {
      const first = await send(url, { method, headers });
      const second = await send(url, { method, headers });
      const id = first.headers.get("x-request-id") as string;
      expect(id).toMatch(/^[0-9a-zA-Z-]{16,64}$/);
      expect(first.body).toContain(id);
      expect(second.headers.get("x-request-id")).not.toBe(id);
    },
  );

  it.each(CASES)("%s names no tenant, path, key or stack", async (_id, method, url, headers) => {
    const { body, headers: fields } = await send(url, { method, headers });
    const text = `${body}${JSON.stringify([...fields])}`;
    expect(text).not.toMatch(
      /localhost|http-errors|theirs|\/ten|\/lost|\/signed|assets\/|[A-Z]{2}0{8}|\.ts|^ +at /m,
    );
  });
});

describe("a client does not choose its request id", () => {
  it.each([
    ["word", "x"],
    ["long", "a".repeat(8_000)],
    ["markup", "<script>alert(1)</script>"],
    ["header-like", "x; Set-Cookie: a=b"],
    ["almost-a-ray", "0123456789abcdef-FRAX"],
    ["upper-case", "0123456789ABCDEF"],
    ["non-ascii", "日本"],
  ])("ID-%s", async (_id, ray) => {
    const { headers, body } = await receive(`${ORIGIN}/absent`, { headers: { "CF-Ray": ray } });
    const id = headers.get("x-request-id") as string;
    expect(id).toMatch(/^[0-9a-z-]{16,40}$/);
    expect(id).not.toBe(ray);
    expect(body).toBe(`404 Not Found\nThere is nothing at this address.\nRequest: ${id}\n`);
  });

  it.each(["0123456789abcdef", "0123456789abcdef-FRA"])(
    "ID-ray: Cloudflare's %s is kept",
    async (ray) => {
      const { headers, body } = await receive(`${ORIGIN}/absent`, { headers: { "CF-Ray": ray } });
      expect(headers.get("x-request-id")).toBe(ray);
      expect(body).toContain(ray);
    },
  );
});

describe("RFC 9110 15.5: what a status must bring", () => {
  it("15.5.6: 405 has Allow", async () => {
    const { headers } = await send(`${ORIGIN}/ten`, { method: "PUT" });
    expect(headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS");
  });

  it("15.5.17: 416 has the length", async () => {
    const { headers } = await send(`${ORIGIN}/ten`, { headers: { Range: "bytes=10-" } });
    expect(headers.get("content-range")).toBe("bytes */10");
  });

  it("15.6.3: a broken manifest is its own host's trouble", async () => {
    expect((await send("http://http-corrupt-1011.localhost/")).status).toBe(502);
    expect(await send(`${ORIGIN}/ten`)).toMatchObject({ status: 200, body: "0123456789" });
    expect(await send(`http://${OTHER_TENANT}/theirs`)).toMatchObject({
      status: 200,
      body: "theirs",
    });
  });

  it("15.6.3: lost bytes are still known by the manifest", async () => {
    expect((await send(`${ORIGIN}/lost`, { method: "HEAD" })).status).toBe(200);
    expect((await send(`${ORIGIN}/lost`, { headers: { "If-None-Match": "*" } })).status).toBe(304);
    expect((await send(`${ORIGIN}/lost`, { headers: { Range: "bytes=99-" } })).status).toBe(416);
  });
});
