import { beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../../deployment.ts";
import { send } from "../client.ts";

/** RFC 9110 9: methods. Of these an asset answers GET, HEAD, POST and OPTIONS (docs/compatibility.md). */

const HOST = "http-methods-1006.localhost";
const ORIGIN = `http://${HOST}:8787`;
const ALLOW = ["GET", "HEAD", "OPTIONS", "POST"];

beforeAll(() =>
  deploy(HOST, {
    "/twiml.xml": { body: "<Response/>", type: "text/xml" },
    "/signed.xml": { body: "<Response/>", type: "text/xml", visibility: "protected" },
  }),
);

function allowed(headers: Headers): string[] {
  return (headers.get("allow") ?? "")
    .split(",")
    .map((method) => method.trim())
    .sort();
}

describe("RFC 9110 9.3: what an asset answers", () => {
  it.each([
    ["9.3.1-get", "GET", undefined, 200, "<Response/>"],
    ["9.3.2-head", "HEAD", undefined, 200, ""],
    ["9.3.3-post", "POST", undefined, 200, "<Response/>"],
    ["9.3.3-post-form", "POST", "Digits=1&To=%2B1", 200, "<Response/>"],
    ["9.3.3-post-large", "POST", "x".repeat(300_000), 200, "<Response/>"],
    ["9.3.7-options", "OPTIONS", undefined, 204, ""],
    ["9.3.7-options-with-body", "OPTIONS", "x", 204, ""],
  ])("%s", async (_id, method, body, status, expected) => {
    const answer = await send(`${ORIGIN}/twiml.xml`, { method, ...(body && { body }) });
    expect(answer).toMatchObject({ status, body: expected });
  });

  it("9.3.3-post: the answer to POST has the fields of the answer to GET", async () => {
    await send(`${ORIGIN}/twiml.xml`);
    const [get, post] = await Promise.all([
      send(`${ORIGIN}/twiml.xml`),
      send(`${ORIGIN}/twiml.xml`, { method: "POST", body: "a=b" }),
    ]);
    const fields = ({ headers }: typeof get) => {
      const { date: _, ...rest } = Object.fromEntries(headers);
      return rest;
    };
    expect(fields(post)).toEqual(fields(get));
  });
});

describe("RFC 9110 15.5.6: any other method is a 405 that lists the allowed ones", () => {
  const REFUSED = ["PUT", "DELETE", "PATCH", "PROPFIND", "COPY", "MOVE", "LOCK", "PURGE", "SEARCH"];
  it.each(REFUSED)("15.5.6-%s", async (method) => {
    for (const path of ["/twiml.xml", "/signed.xml"]) {
      const answer = await send(ORIGIN + path, { method });
      expect([path, answer.status, allowed(answer.headers)]).toEqual([path, 405, ALLOW]);
      expect(answer.body).not.toContain("<Response/>");
    }
  });

  it.each(["PUT", "DELETE", "OPTIONS", "POST", "HEAD", "GET"])(
    "15.5.5-%s: on a path without an asset every method is a 404",
    async (method) => {
      expect((await send(`${ORIGIN}/absent`, { method })).status).toBe(404);
    },
  );

  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])(
    "9.1-%s: the method is the request line's alone",
    async (name) => {
      const answer = await send(`${ORIGIN}/twiml.xml`, {
        method: "POST",
        headers: { [name]: "DELETE" },
      });
      expect(answer.status).toBe(200);
      const refused = await send(`${ORIGIN}/twiml.xml?_method=GET`, {
        method: "DELETE",
        headers: { [name]: "GET" },
      });
      expect(refused.status).toBe(405);
    },
  );
});
