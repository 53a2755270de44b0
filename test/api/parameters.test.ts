import { beforeAll, describe, expect, it } from "vitest";
import { addService, BASE, basic, call, callWith, OPERATOR, send } from "./client.ts";

const FORM = "application/x-www-form-urlencoded";
let path: string;
beforeAll(async () => {
  path = `/Services/${(await addService("forms")).sid}/Assets`;
});

function post(body: BodyInit | null, type: string | null) {
  const headers = new Headers({ Authorization: basic(OPERATOR) });
  if (type !== null) headers.set("Content-Type", type);
  return send(new Request(`${BASE}/v1${path}`, { method: "POST", headers, body }));
}

describe("a form", () => {
  it.each([
    ["%2Fa+b%2Bc", "/a b+c"],
    ["caf%C3%A9", "café"],
    ["café", "café"],
    ["100%", "100%"],
    ["%zz", "%zz"],
    ["a%2", "a%2"],
    ["a=b", "a=b"],
    ["%EF%BB%BFbom", "\uFEFFbom"],
  ])("FriendlyName=%s names %j", async (encoded, name) => {
    const { status, body } = await post(`Other=1&&FriendlyName=${encoded}&`, FORM);
    expect([status, body.friendly_name]).toEqual([201, name]);
  });

  it("has at most 5,000 fields: each costs far more than its bytes", async () => {
    const fields = (count: number) => `FriendlyName=a${"&x=1".repeat(count - 1)}`;
    expect((await post(fields(5_000), FORM)).status).toBe(201);
    const { status, body } = await post(fields(5_001), FORM);
    expect([status, body.message]).toEqual([400, "The request body must have at most 5000 fields"]);
  });

  it("may say its charset", async () => {
    expect((await post("FriendlyName=a", `${FORM}; charset=utf-8`)).status).toBe(201);
  });

  it.each([
    ["no body", null, null, "Missing required parameter FriendlyName in the post body"],
    ["an empty form", "", FORM, "Missing required parameter FriendlyName in the post body"],
    ["another field", "friendlyname=a", FORM, "Missing required parameter FriendlyName"],
    ["an empty value", "FriendlyName=", FORM, "FriendlyName: it must not be empty"],
    ["a value twice", "FriendlyName=a&FriendlyName=b", FORM, "it must be given once"],
    ["256 characters", `FriendlyName=${"é".repeat(256)}`, FORM, "at most 255 characters"],
    ["a control character", "FriendlyName=a%00b", FORM, "control characters"],
    ["an overlong escape", "FriendlyName=%c0%ae", FORM, "not valid UTF-8"],
    ["a lone surrogate", "FriendlyName=%ed%a0%80", FORM, "not valid UTF-8"],
    ["raw bytes of no UTF-8", new Uint8Array([70, 61, 0xff]), FORM, "not valid UTF-8"],
    ["invalid UTF-8 in a name", "%ff=1&FriendlyName=a", FORM, "not valid UTF-8"],
    ["JSON", '{"FriendlyName":"a"}', "application/json", "x-www-form-urlencoded"],
    ["text", "FriendlyName=a", "text/plain", "x-www-form-urlencoded"],
    ["a type like it", "FriendlyName=a", `${FORM}x`, "x-www-form-urlencoded"],
    ["no type", new TextEncoder().encode("FriendlyName=a"), null, "x-www-form-urlencoded"],
  ])("with %s is a 400", async (_case, body, type, said) => {
    const answer = await post(body, type);
    expect([answer.status, answer.body.code]).toEqual([400, 20001]);
    expect(answer.body.message).toContain(said);
  });

  it("counts characters, not UTF-16 units", async () => {
    const { status } = await post(`FriendlyName=${"📞".repeat(255)}`, FORM);
    expect(status).toBe(201);
  });

  it("past 1 MB is a 413, told by its length or found while reading", async () => {
    const large = `FriendlyName=a&Padding=${"x".repeat(1_000_000)}`;
    const told = await post(large, FORM);
    const streamed = await post(new Response(large).body, FORM);
    for (const { status, body } of [told, streamed]) {
      expect([status, body.status, body.code]).toEqual([413, 413, 20413]);
    }
    expect((await post(`FriendlyName=a&Padding=${"x".repeat(900_000)}`, FORM)).status).toBe(201);
  });

  it("that breaks off is a 400: what is wrong is the client's", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("FriendlyName=a"));
        controller.error(new Error("Network connection lost."));
      },
    });
    const headers = { Authorization: basic(OPERATOR), "Content-Type": FORM };
    const request = new Request(`${BASE}/v1${path}`, { method: "POST", headers, body });
    const answer = await callWith({}, request);
    expect([answer.status, answer.body.code]).toEqual([400, 20001]);
  });

  it.each([
    ["true", true],
    ["True", true],
    ["FALSE", false],
  ])("%s is a boolean", async (UiEditable, expected) => {
    const { body } = await call("POST", "/Services/forms", { UiEditable });
    expect(body.ui_editable).toBe(expected);
  });

  it.each(["", "1", "yes", "null"])("%j is no boolean", async (UiEditable) => {
    expect((await call("POST", "/Services/forms", { UiEditable })).body).toMatchObject({
      code: 20001,
      message: "Invalid parameter UiEditable: it must be true or false",
    });
  });
});
