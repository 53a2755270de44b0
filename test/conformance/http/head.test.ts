import { beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../../deployment.ts";
import { lastingFields, send } from "../client.ts";
import { quiet } from "../quiet.ts";

/** RFC 9110 9.3.2: HEAD is GET without the content, whatever the answer. */

quiet();

const HOST = "http-head-1007.localhost";
const ORIGIN = `http://${HOST}:8787`;
const TEN = '"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"';

beforeAll(async () => {
  await deploy(HOST, {
    "/ten": {
      body: "0123456789",
      headers: [
        ["X-Rule", "1"],
        ["Cache-Control", "public, max-age=60"],
      ],
    },
    "/none": { body: "" },
    "/assets/index.html": { body: "<p>", type: "text/html" },
    "/signed": { body: "0123456789", visibility: "protected" },
  });
  // From here on every asset comes from memory: GET's Cache-Status does not change between two.
  for (const path of ["/ten", "/none", "/"]) await send(ORIGIN + path);
});

const CASES: [id: string, path: string, headers: Record<string, string>, status: number][] = [
  ["9.3.2-ok", "/ten", {}, 200],
  ["9.3.2-no-bytes", "/none", {}, 200],
  ["9.3.2-root", "/", {}, 200],
  ["9.3.2-query", "/ten?a=b", {}, 200],
  ["9.3.2-not-modified", "/ten", { "If-None-Match": TEN }, 304],
  [
    "9.3.2-not-modified-since",
    "/ten",
    { "If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT" },
    304,
  ],
  ["9.3.2-failed", "/ten", { "If-Match": '"other"' }, 412],
  ["9.3.2-absent", "/absent", {}, 404],
  ["9.3.2-malformed", "/%zz", {}, 400],
  ["9.3.2-forbidden", "/signed", {}, 403],
  ["9.3.2-forbidden-signature", "/signed", { "X-Twilio-Signature": `${"A".repeat(27)}=` }, 403],
];

describe("RFC 9110 9.3.2: HEAD", () => {
  it.each(CASES)("%s: %s %o", async (_id, path, headers, status) => {
    const get = await send(ORIGIN + path, { headers });
    const head = await send(ORIGIN + path, { headers, method: "HEAD" });
    expect([get.status, head.status]).toEqual([status, status]);
    expect(head.body).toBe("");
    // A GET's Content-Length is made where the answer leaves for the wire: see e2e/sockets.test.ts.
    expect(lastingFields(head.headers, "content-length")).toEqual(
      lastingFields(get.headers, "content-length"),
    );
  });

  it.each(CASES.filter(([, , , status]) => status >= 400))(
    "8.6-%s: an error's Content-Length is that of GET's text",
    async (_id, path, headers) => {
      const { body } = await send(ORIGIN + path, { headers });
      const head = await send(ORIGIN + path, { headers, method: "HEAD" });
      expect(head.headers.get("content-length")).toBe(String(body.length));
    },
  );

  it.each([
    ["8.6-ten", "/ten", "10"],
    ["8.6-none", "/none", "0"],
    ["8.6-root", "/", "3"],
  ])("%s: Content-Length is what GET would send", async (_id, path, length) => {
    const { headers } = await send(ORIGIN + path, { method: "HEAD" });
    expect(headers.get("content-length")).toBe(length);
  });

  it("9.3.2-range: Range is GET's alone", async () => {
    const plain = await send(`${ORIGIN}/ten`, { method: "HEAD" });
    const ranged = await send(`${ORIGIN}/ten`, { method: "HEAD", headers: { Range: "bytes=2-3" } });
    expect(ranged.status).toBe(200);
    expect(lastingFields(ranged.headers)).toEqual(lastingFields(plain.headers));
  });

  it("9.3.2-host: HEAD on a host without a deployment is a 404 as GET is", async () => {
    const head = await send("http://http-head-absent.localhost/ten", { method: "HEAD" });
    expect(head).toMatchObject({ status: 404, body: "" });
  });
});
