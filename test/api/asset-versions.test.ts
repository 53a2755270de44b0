import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { handleControlPlane } from "../../src/api/app.ts";
import { storedKeys } from "../stored-keys.ts";
import { addService, call, callWith } from "./client.ts";
import {
  addAsset,
  addServiceAndAsset,
  BOUNDARY,
  multipartBody,
  sendUpload,
  upload,
  uploadParts,
  uploadRequest,
} from "./uploads.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;
// biome-ignore lint/suspicious/noExplicitAny: as above.
let asset: any;

beforeAll(async () => {
  ({ service, asset } = await addServiceAndAsset("uploads"));
});

async function versionCount(): Promise<number | null> {
  return env.DB.prepare("SELECT count(*) AS n FROM versions").first("n");
}

describe("an upload", () => {
  it("is stored under its version's key and answered as Twilio does, with what is known of it", async () => {
    const { status, body } = await upload(asset.url, { path: "/a.mp3", type: "audio/mpeg" });
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZN[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      asset_sid: asset.sid,
      path: "/a.mp3",
      visibility: "public",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      url: `${asset.url}/Versions/${body.sid}`,
      content_sha256: "2355f39e9d5f0c96c668f4d8e83fe9e76246caa8c85bd888b8d80826968e7b31",
      content_size: 4,
      content_type: "audio/mpeg",
      facts: null,
    });
    const object = await env.BYTES.get(`assets/${service.sid}/${body.sid}`);
    expect(await object?.text()).toBe("ahoy");
  });

  it("can have its parts in any order, and others beside them", async () => {
    const parts = [
      { name: "Content", content: "ahoy", type: "audio/x-gsm" },
      { name: "Other", content: "ignored" },
      { name: "Visibility", content: "PROTECTED" },
      { name: "Path", content: "menu/my file.gsm" },
    ];
    const { status, body } = await sendUpload(asset.url, multipartBody(parts));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      path: "/menu/my file.gsm",
      visibility: "protected",
      content_type: "audio/x-gsm",
    });
  });

  it("can be sent without a Content-Length", async () => {
    const content = new Uint8Array(200_000).fill(7);
    const body = multipartBody(uploadParts({ content })).stream();
    const answer = await sendUpload(asset.url, body);
    expect(answer.status).toBe(201);
    expect(answer.body.content_size).toBe(200_000);
  });

  it("can be empty", async () => {
    const { status, body } = await upload(asset.url, { path: "/empty.txt", content: "" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      content_size: 0,
      content_type: "text/plain; charset=utf-8",
      content_sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    });
    expect(await (await env.BYTES.get(`assets/${service.sid}/${body.sid}`))?.text()).toBe("");
  });

  it.each([
    ["/50% off.wav", "/50%25 off.wav"],
    ["/100%", "/100%25"],
    ["/%zz", "/%25zz"],
    ["/50%25%20off.wav", "/50%25%20off.wav"],
  ])("named %s, of which % starts no escape, is stored as %s", async (path, stored) => {
    expect((await upload(asset.url, { path })).body.path).toBe(stored);
  });

  it.each([5 * 1024 * 1024, 5 * 1024 * 1024 + 1, 12_345_678])(
    "of %i bytes comes out as it went in",
    async (size) => {
      const content = new Uint8Array(size);
      for (let index = 0; index < size; index += 97) content[index] = index % 251;
      const { status, body } = await upload(asset.url, { content });
      expect(status).toBe(201);
      const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
      expect(body.content_sha256).toBe(expected);
      expect(body.content_size).toBe(size);
      const stored = await env.BYTES.get(`assets/${service.sid}/${body.sid}`);
      const bytes = await (stored as R2ObjectBody).arrayBuffer();
      expect(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()).toBe(expected);
    },
  );

  it.each([
    ["/a.ulaw", "application/octet-stream", "RIFF", "audio/ulaw"],
    ["/a", undefined, "%PDF-1.7", "application/pdf"],
    ["/a", undefined, "hello", "application/octet-stream"],
    ["/a.mp3", "text/plain; charset=utf-8", "hello", "text/plain; charset=utf-8"],
  ])("of %s with type %s is served as its media type", async (path, type, content, expected) => {
    const said = type === undefined ? {} : { type };
    const { body } = await upload(asset.url, { path, content, ...said });
    expect(body.content_type).toBe(expected);
  });

  it.each([
    ["a.mp3", "/a.mp3"],
    ["my%20file.mp3", "/my%20file.mp3"],
    ["/répondeur.wav", "/répondeur.wav"],
    ["/.well-known/x", "/.well-known/x"],
    [`/${"x".repeat(254)}`, `/${"x".repeat(254)}`],
    [`/${"é".repeat(254)}`, `/${"é".repeat(254)}`],
    ["/", "/"],
  ])("to the path %s is at %s", async (path, expected) => {
    const { status, body } = await upload(asset.url, { path });
    expect(status).toBe(201);
    expect(body.path).toBe(expected);
  });

  it("may come with parts that nobody uses, whatever is in them", async () => {
    const unused = { name: "Note", content: "\u0000" };
    const form = multipartBody([...uploadParts({}), unused, unused]);
    const { status, body } = await sendUpload(asset.url, form);
    expect([status, body.visibility]).toEqual([201, "public"]);
  });
});

describe("a refused upload", () => {
  const missing = (name: string) => uploadParts({}).filter((part) => part.name !== name);
  const refusals: [what: string, parts: ReturnType<typeof uploadParts>, message: string][] = [
    ["without Path", missing("Path"), "Missing required parameter Path in the post body"],
    [
      "without Visibility",
      missing("Visibility"),
      "Missing required parameter Visibility in the post body",
    ],
    ["without Content", missing("Content"), "Missing required parameter Content in the post body"],
    ["without any part", [], "Missing required parameter Path in the post body"],
    [
      "with Path twice",
      [...uploadParts({}), { name: "Path", content: "/b" }],
      "Invalid parameter Path: it must be given once",
    ],
    [
      "with Content twice",
      [...uploadParts({}), { name: "Content", content: "b" }],
      "Invalid parameter Content: it must be given once",
    ],
    [
      "with an empty Path",
      uploadParts({ path: "" }),
      "Invalid parameter Path: it must not be empty",
    ],
    [
      "with a Path of 256 characters",
      uploadParts({ path: "x".repeat(255) }),
      "Invalid parameter Path: it must be at most 255 characters long",
    ],
    ...["/a/../b", "/%2e%2e/b", "/a\\b", "/a\u0000b", "/%c0%ae"].map(
      (path): [string, ReturnType<typeof uploadParts>, string] => [
        `with the Path ${JSON.stringify(path)}`,
        uploadParts({ path }),
        "Invalid parameter Path: it must not hold control characters, backslashes, the segments . and .., or percent signs that encode no UTF-8",
      ],
    ),
    [
      "with a Path that is no UTF-8",
      [{ name: "Path", content: new Uint8Array([0xff]) }, ...missing("Path")],
      "Invalid parameter Path: it is not valid UTF-8",
    ],
    [
      "with another Visibility",
      uploadParts({ visibility: "secret" }),
      "Invalid parameter Visibility: it must be public, protected or private",
    ],
    [
      "with a Content-Type that is none",
      uploadParts({ type: "html" }),
      "Invalid parameter Content: its Content-Type is no media type",
    ],
  ];

  it.each(refusals)("%s is a 20001 and leaves nothing", async (_, parts, message) => {
    const before = { objects: await storedKeys(), versions: await versionCount() };
    const { status, body } = await sendUpload(asset.url, multipartBody(parts));
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        code: 20001,
        message,
        more_info: "https://www.twilio.com/docs/errors/20001",
        status: 400,
      },
    });
    expect({ objects: await storedKeys(), versions: await versionCount() }).toEqual(before);
  });

  it.each([
    ["no multipart", "application/x-www-form-urlencoded", "Path=/a"],
    ["no boundary", "multipart/form-data", "x"],
    ["another boundary", "multipart/form-data; boundary=other", multipartBody(uploadParts({}))],
    ["a truncated body", undefined, multipartBody(uploadParts({})).slice(0, -10)],
    ["a body that is cut in a part's headers", undefined, `--${BOUNDARY}\r\nContent-Disp`],
    [
      "huge part headers",
      undefined,
      `--${BOUNDARY}\r\nX: ${"x".repeat(9000)}\r\n\r\n\r\n--${BOUNDARY}--`,
    ],
    ["nothing", undefined, ""],
  ])("of %s is a 20001 and leaves nothing", async (_, contentType, body) => {
    const before = { objects: await storedKeys(), versions: await versionCount() };
    const answer = await sendUpload(asset.url, body, contentType);
    expect([answer.status, answer.body.code]).toEqual([400, 20001]);
    expect({ objects: await storedKeys(), versions: await versionCount() }).toEqual(before);
  });

  describe("past its size", () => {
    const LIMITS = { ...env.LIMITS, asset_bytes: 200_000, private_asset_bytes: 100_000 };

    it.each([
      ["public", 200_000, 201],
      ["public", 200_001, 413],
      ["protected", 200_001, 413],
      ["private", 100_000, 201],
      ["private", 100_001, 413],
    ])("(%s, %i bytes) is a %i", async (visibility, size, status) => {
      const before = await storedKeys();
      const parts = uploadParts({ visibility, content: new Uint8Array(size) });
      for (const ordered of [parts, parts.toReversed()]) {
        const request = uploadRequest(asset.url, multipartBody(ordered));
        const answer = await callWith({ LIMITS }, request);
        expect(answer.status).toBe(status);
        if (status === 201) {
          await env.BYTES.delete(`assets/${service.sid}/${answer.body.sid}`);
        } else {
          expect(answer.body).toEqual({
            code: 20413,
            message: `Content must be at most ${visibility === "private" ? 100000 : 200000} bytes long`,
            more_info: "https://www.twilio.com/docs/errors/20413",
            status: 413,
          });
        }
      }
      expect(await storedKeys()).toEqual(before);
    });

    it("is a 413 before a byte of it has come, where its length says so", async () => {
      let close = () => {};
      const nothingYet = new ReadableStream({
        type: "bytes",
        start: (controller) => {
          close = () => controller.close();
        },
      });
      const request = uploadRequest(asset.url, nothingYet);
      request.headers.set("Content-Length", "1000000");
      const ctx = createExecutionContext();
      const changed = { ...env, LIMITS } as unknown as Env;
      const response = await handleControlPlane(request, changed, ctx, () => {});
      expect(response.status).toBe(413);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const { value } = await reader.read();
      expect(JSON.parse(new TextDecoder().decode(value)).code).toBe(20413);
      close();
      expect((await reader.read()).done).toBe(true);
      await waitOnExecutionContext(ctx);
    });

    it("is 25 MB, and 10 MB where it is private, unless the installation says otherwise", () => {
      expect(env.LIMITS).toMatchObject({
        asset_bytes: 25 * 1024 * 1024,
        private_asset_bytes: 10 * 1024 * 1024,
      });
    });
  });

  it("with a huge field is a 413", async () => {
    const { status, body } = await upload(asset.url, { path: "x".repeat(65_537) });
    expect([status, body.code]).toEqual([413, 20413]);
  });

  it("to an asset that is not there is a 404", async () => {
    const url = `/Services/${service.sid}/Assets/ZH00000000000000000000000000000000`;
    const { status, body } = await sendUpload(url, multipartBody(uploadParts({})));
    expect(status).toBe(404);
    expect(body.message).toBe(`The requested resource ${url}/Versions was not found`);
  });

  it("to another service's asset is a 404", async () => {
    const other = await addService("uploads-other");
    const url = `/Services/${other.sid}/Assets/${asset.sid}`;
    expect((await sendUpload(url, multipartBody(uploadParts({})))).status).toBe(404);
  });

  it("to an asset that is deleted while the bytes come is a 404 and leaves nothing", async () => {
    const doomed = await addAsset(service.sid);
    const whole = new Uint8Array(await multipartBody(uploadParts({})).arrayBuffer());
    const before = await storedKeys();
    let pulls = 0;
    const body = new ReadableStream({
      async pull(controller) {
        if (pulls++ === 0) return controller.enqueue(whole.subarray(0, 40));
        await call("DELETE", doomed.url);
        controller.enqueue(whole.subarray(40));
        controller.close();
      },
    });
    expect((await sendUpload(doomed.url, body)).status).toBe(404);
    expect(await storedKeys()).toEqual(before);
  });
});

describe("asset versions", () => {
  it("are listed newest first and fetched", async () => {
    const other = await addAsset(service.sid);
    const first = await upload(other.url, { path: "/1" });
    const second = await upload(other.url, { path: "/2" });
    const { status, body } = await call("GET", `${other.url}/Versions`);
    expect(status).toBe(200);
    expect(body.meta.key).toBe("asset_versions");
    expect(body.asset_versions).toEqual([second.body, first.body]);
    expect((await call("GET", first.body.url)).body).toEqual(first.body);
  });

  it("give their bytes back, inert", async () => {
    const { body } = await upload(asset.url, {
      path: "/x.html",
      content: "<script>alert(1)</script>",
      type: "text/html",
    });
    const answer = await call("GET", `${body.url}/Content`);
    expect(answer.text).toBe("<script>alert(1)</script>");
    const fields = [
      "Content-Type",
      "Content-Disposition",
      "Content-Security-Policy",
      "X-Content-Type-Options",
      "Cache-Control",
    ];
    expect(fields.map((name) => answer.headers.get(name))).toEqual([
      "text/html; charset=utf-8",
      "attachment",
      "sandbox; default-src 'none'",
      "nosniff",
      "private, no-store",
    ]);
  });

  it.each(["", "/Content"])("that are not there are a 404%s", async (suffix) => {
    const path = `${asset.url}/Versions/ZN00000000000000000000000000000000${suffix}`;
    const { status, body } = await call("GET", path);
    expect([status, body.code]).toEqual([404, 20404]);
  });
});
