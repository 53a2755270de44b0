import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { addService, apiRequest, call, callWith } from "./client.ts";
import { addFunction, addFunctionVersion, upload, uploadRequest } from "./uploads.ts";

const SOURCE = "exports.handler = (context, event, callback) => callback(null, 'Grüezi');";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;
// biome-ignore lint/suspicious/noExplicitAny: as above.
let fn: any;

beforeAll(async () => {
  service = await addService("sources");
  fn = await addFunction(service.sid, "/hello");
});

describe("a function version", () => {
  it("is uploaded, fetched and listed with every field of the contract", async () => {
    const { status, body } = await upload(fn.url, {
      path: "hello",
      visibility: "protected",
      content: SOURCE,
      type: "application/javascript",
    });
    expect(status).toBe(201);
    const url = `${fn.links.function_versions}/${body.sid}`;
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZN[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      function_sid: fn.sid,
      path: "/hello",
      visibility: "protected",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      content_sha256: "999dc3c33315ac3e2dfbe489493549e4e7779f2f504489e406c6b59212d30a47",
      content_size: 74,
      url,
      links: { function_version_content: `${url}/Content` },
    });
    expect((await call("GET", url)).body).toEqual(body);
    const list = await call("GET", fn.links.function_versions);
    expect(list.body.function_versions).toEqual([body]);
    expect(list.body.meta.key).toBe("function_versions");
    expect((await call("GET", body.links.function_version_content)).body).toEqual({
      sid: body.sid,
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      function_sid: fn.sid,
      content: SOURCE,
      url: `${url}/Content`,
    });
  });

  it("is not an asset's, nor another function's", async () => {
    const other = await addFunction(service.sid, "/other");
    const { sid } = await addFunctionVersion(service.sid, {});
    for (const path of [
      `${other.url}/Versions/${sid}`,
      `${other.url}/Versions/${sid}/Content`,
      `${service.links.assets}/${fn.sid}/Versions/${sid}`,
    ]) {
      expect((await call("GET", path)).status).toBe(404);
    }
    expect((await upload(`${service.links.assets}/${fn.sid}`, {})).status).toBe(404);
  });

  it("whose bytes are gone has no content", async () => {
    const version = await addFunctionVersion(service.sid, {});
    await env.BYTES.delete(`assets/${service.sid}/${version.sid}`);
    expect((await call("GET", version.links.function_version_content)).status).toBe(404);
  });

  it.each(["public", "private"])("that is %s is limited by function_bytes", async (visibility) => {
    const limits = {
      LIMITS: { ...(env.LIMITS as object), function_bytes: SOURCE.length, asset_bytes: 1e6 },
    };
    const send = (content: string) =>
      callWith(limits, uploadOf(fn.url, { path: "/hello", visibility, content }));
    expect((await send("x".repeat(SOURCE.length))).status).toBe(201);
    const refused = await send("x".repeat(SOURCE.length + 1));
    expect([refused.status, refused.body.message]).toEqual([
      413,
      `Content must be at most ${SOURCE.length} bytes long`,
    ]);
    expect((await callWith(limits, apiRequest("GET", fn.url))).status).toBe(200);
  });
});

function uploadOf(url: string, version: { path: string; visibility: string; content: string }) {
  const form = new FormData();
  form.append("Path", version.path);
  form.append("Visibility", version.visibility);
  form.append("Content", new File([version.content], "f.js", { type: "text/javascript" }));
  const request = new Request("http://x", { method: "POST", body: form });
  const type = request.headers.get("Content-Type") as string;
  return uploadRequest(url, request.body as ReadableStream, type);
}
