import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  addAccount,
  addEnvironment,
  addService,
  apiRequest,
  BASE,
  basic,
  type Credentials,
  call,
  callWith,
  OPERATOR,
  send,
} from "./client.ts";

let subaccount: Credentials;
let key: Credentials;
beforeAll(async () => {
  subaccount = await addAccount("subaccount");
  const { body } = await call("POST", "/Keys", {}, subaccount);
  key = { username: body.sid, password: body.secret };
});

function withAuthorization(value: string | null) {
  const headers = new Headers({ Cookie: `Authorization=${basic(OPERATOR)}; token=x` });
  if (value !== null) headers.set("Authorization", value);
  return send(new Request(`${BASE}/v1/Services`, { headers }));
}

describe("credentials", () => {
  it("are an account's SID and token, or a key's SID and secret", async () => {
    for (const credentials of [OPERATOR, subaccount, key]) {
      expect((await call("GET", "/Services", undefined, credentials)).status).toBe(200);
    }
  });

  it("may hold the operator's secondary token while it is set", async () => {
    const secondary = "ffffffffffffffff0000000000000000";
    const credentials = { username: OPERATOR.username, password: secondary };
    const request = () => apiRequest("GET", "/Services", undefined, credentials);
    expect((await callWith({ TWILIO_AUTH_TOKEN_SECONDARY: secondary }, request())).status).toBe(
      200,
    );
    expect((await callWith({ TWILIO_AUTH_TOKEN_SECONDARY: "" }, request())).status).toBe(401);
    const empty = apiRequest("GET", "/Services", undefined, { ...OPERATOR, password: "" });
    expect((await callWith({ TWILIO_AUTH_TOKEN_SECONDARY: "" }, empty)).status).toBe(401);
  });

  const wrong = (name: () => string, password: () => string) => () =>
    basic({ username: name(), password: password() });
  it.each<[string, () => string | null]>([
    ["none", () => null],
    ["an empty field", () => ""],
    ["another scheme", () => `Bearer ${OPERATOR.password}`],
    ["no base64", () => "Basic ***"],
    ["no colon", () => `Basic ${btoa("nothing")}`],
    ["no UTF-8", () => `Basic ${btoa("\xff:\xff")}`],
    [
      "the operator's SID with a wrong token",
      wrong(
        () => OPERATOR.username,
        () => "0".repeat(32),
      ),
    ],
    [
      "the operator's SID without a token",
      wrong(
        () => OPERATOR.username,
        () => "",
      ),
    ],
    [
      "the operator's token with another SID",
      wrong(
        () => `AC${"9".repeat(32)}`,
        () => OPERATOR.password,
      ),
    ],
    [
      "no SID",
      wrong(
        () => "",
        () => OPERATOR.password,
      ),
    ],
    [
      "a subaccount with a wrong token",
      wrong(
        () => subaccount.username,
        () => "0".repeat(32),
      ),
    ],
    [
      "a subaccount with the operator's token",
      wrong(
        () => subaccount.username,
        () => OPERATOR.password,
      ),
    ],
    [
      "a subaccount without a token",
      wrong(
        () => subaccount.username,
        () => "",
      ),
    ],
    [
      "an unknown account",
      wrong(
        () => `AC${"8".repeat(32)}`,
        () => "0".repeat(32),
      ),
    ],
    [
      "a key with a wrong secret",
      wrong(
        () => key.username,
        () => "0".repeat(64),
      ),
    ],
    [
      "a key with its account's token",
      wrong(
        () => key.username,
        () => subaccount.password,
      ),
    ],
    [
      "an unknown key",
      wrong(
        () => `SK${"8".repeat(32)}`,
        () => "0".repeat(64),
      ),
    ],
    [
      "a name that is no SID",
      wrong(
        () => "admin",
        () => "admin",
      ),
    ],
  ])("that are wrong (%s) give one and the same answer", async (_case, authorization) => {
    const { status, body, headers } = await withAuthorization(authorization());
    expect(status).toBe(401);
    expect(body).toEqual({
      code: 20003,
      message: "Authenticate",
      more_info: "https://www.twilio.com/docs/errors/20003",
      status: 401,
    });
    expect(headers.get("WWW-Authenticate")).toBe('xBasic realm="Ringback"');
    expect(headers.get("Set-Cookie")).toBeNull();
  });

  it("that are wrong cost the same query, whether the account exists or not", async () => {
    for (const username of [subaccount.username, OPERATOR.username, `AC${"8".repeat(32)}`]) {
      let queries = 0;
      const DB = new Proxy(env.DB, {
        get(target, name) {
          queries++;
          return Reflect.get(target, name).bind(target);
        },
      });
      const request = apiRequest("GET", "/Services", undefined, { username, password: "wrong" });
      expect((await callWith({ DB }, request)).status).toBe(401);
      expect(queries).toBe(1);
    }
  });

  it("of a key whose account is none any more open nothing", async () => {
    const { body } = await call("POST", "/Keys", {});
    const request = apiRequest("GET", "/Services", undefined, {
      username: body.sid,
      password: body.secret,
    });
    const TWILIO_ACCOUNT_SID = `AC${"7".repeat(32)}`;
    expect((await callWith({ TWILIO_ACCOUNT_SID }, request)).status).toBe(401);
  });
});

describe("an account", () => {
  it("sees another's resources as if they did not exist", async () => {
    const other = await addAccount("other");
    const service = await addService("private-business", subaccount);
    const environment = await addEnvironment(service.sid, { UniqueName: "p" }, subaccount);
    const at = `/Services/${service.sid}`;
    const inside = `${at}/Environments/${environment.sid}`;
    const asset = await call("POST", `${at}/Assets`, { FriendlyName: "/a" }, subaccount);
    const variable = await call(
      "POST",
      `${inside}/Variables`,
      { Key: "A", Value: "1" },
      subaccount,
    );
    const form = { FriendlyName: "x", UniqueName: "x", Key: "x", Value: "x" };
    for (const [method, path] of [
      ["GET", at],
      ["GET", "/Services/private-business"],
      ["POST", at],
      ["DELETE", at],
      ["GET", `${at}/Environments`],
      ["POST", `${at}/Environments`],
      ["GET", inside],
      ["DELETE", inside],
      ["GET", `${at}/Assets`],
      ["POST", `${at}/Assets`],
      ["GET", `${at}/Assets/${asset.body.sid}`],
      ["POST", `${at}/Assets/${asset.body.sid}`],
      ["DELETE", `${at}/Assets/${asset.body.sid}`],
      ["GET", `${at}/Functions`],
      ["POST", `${at}/Functions`],
      ["GET", `${inside}/Variables`],
      ["POST", `${inside}/Variables`],
      ["GET", `${inside}/Variables/${variable.body.sid}`],
      ["POST", `${inside}/Variables/${variable.body.sid}`],
      ["DELETE", `${inside}/Variables/${variable.body.sid}`],
      ["GET", `${inside}/Logs`],
    ] as const) {
      for (const credentials of [other, OPERATOR]) {
        const { status, body } = await call(
          method,
          path,
          method === "POST" ? form : undefined,
          credentials,
        );
        expect([method, path, status, body]).toEqual([
          method,
          path,
          404,
          {
            code: 20404,
            message: `The requested resource ${path} was not found`,
            more_info: "https://www.twilio.com/docs/errors/20404",
            status: 404,
          },
        ]);
      }
    }
    expect((await call("GET", at, undefined, subaccount)).body).toEqual(service);
    expect((await call("GET", "/Services", undefined, other)).body.services).toEqual([]);
  });

  it("has unique names of its own", async () => {
    const other = await addAccount("same names");
    const [one, two] = [await addService("same", subaccount), await addService("same", other)];
    expect(one.domain_base).not.toBe(two.domain_base);
  });
});
