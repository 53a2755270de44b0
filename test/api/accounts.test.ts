import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { decodeAccountRecord } from "../../src/contract/account-record.ts";
import { sign } from "../conformance/sign.ts";
import { newIsolate } from "../isolate.ts";
import { clientOf, deployed } from "../staying-up/client.ts";
import { storedValue } from "../stored-value.ts";
import { addAccount, addEnvironment, addService, apiRequest, call, callWith } from "./client.ts";

/** What the gateway would take the account's tokens to be. */
async function gatewayTokens(accountSid: string) {
  const value = await storedValue(`account:${accountSid}`);
  return value === null ? null : decodeAccountRecord(value, accountSid, env.ENCRYPTION_KEY);
}

describe("an account", () => {
  it("is created with a token that is shown once and opens the API", async () => {
    const { status, body } = await call("POST", "/Accounts", { FriendlyName: "Branch office" });
    expect(status).toBe(201);
    const url = `http://localhost:8787/v1/Accounts/${body.sid}`;
    const { auth_token, ...rest } = body;
    expect(auth_token).toMatch(/^[0-9a-f]{32}$/);
    expect(rest).toEqual({
      sid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      friendly_name: "Branch office",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url,
      links: {
        secondary_auth_token: `${url}/AuthTokens/Secondary`,
        auth_token_promotion: `${url}/AuthTokens/Promote`,
      },
    });
    expect((await call("GET", `/Accounts/${body.sid}`)).body).toEqual(rest);
    expect((await call("GET", "/Accounts")).body.accounts[0]).toEqual(rest);
    const credentials = { username: body.sid, password: auth_token };
    expect((await call("GET", "/Services", undefined, credentials)).status).toBe(200);
    expect(await gatewayTokens(body.sid)).toEqual([auth_token]);
  });

  it("can be one that Twilio knows, by its SID and token", async () => {
    const Sid = "ACabcdefabcdefabcdefabcdefabcdefab";
    const AuthToken = "fedcba9876543210fedcba9876543210";
    const { status, body } = await call("POST", "/Accounts", { FriendlyName: "x", Sid, AuthToken });
    expect([status, body.sid, body.auth_token]).toEqual([201, Sid, AuthToken]);
    expect(await gatewayTokens(Sid)).toEqual([AuthToken]);
    const again = await call("POST", "/Accounts", { FriendlyName: "y", Sid });
    expect([again.status, again.body.code]).toEqual([409, 20409]);
    const operator = { FriendlyName: "y", Sid: env.TWILIO_ACCOUNT_SID };
    expect((await call("POST", "/Accounts", operator)).status).toBe(409);
    await call("DELETE", `/Accounts/${Sid}`);
  });

  it.each([
    ["no name", {}],
    ["an empty name", { FriendlyName: "" }],
    ["a SID of another kind", { FriendlyName: "x", Sid: `ZS${"0".repeat(32)}` }],
    ["a short token", { FriendlyName: "x", AuthToken: "short" }],
    ["a token with a space", { FriendlyName: "x", AuthToken: "0123456789abcdef 0123456789abcdef" }],
  ])("with %s is refused", async (_case, form) => {
    const { status, body } = await call("POST", "/Accounts", form as Record<string, string>);
    expect([status, body.code]).toEqual([400, 20001]);
  });

  it("keeps its token sealed at rest, in D1 and KV alike", async () => {
    const { username, password } = await addAccount("sealed");
    const row = await env.DB.prepare("SELECT auth_tokens FROM accounts WHERE sid = ?")
      .bind(username)
      .first<{ auth_tokens: string }>();
    const stored = Uint8Array.fromBase64(row?.auth_tokens ?? "");
    expect(new TextDecoder("latin1").decode(stored)).not.toContain(password);
    expect(await storedValue(`account:${username}`)).toBe(row?.auth_tokens);
  });

  it("is renamed", async () => {
    const { username } = await addAccount("before");
    const renamed = await call("POST", `/Accounts/${username}`, { FriendlyName: "after" });
    expect([renamed.status, renamed.body.friendly_name]).toEqual([200, "after"]);
  });

  it("rotates its token without a moment in which none works", async () => {
    const { username, password: first } = await addAccount("rotating");
    const tokens = `/Accounts/${username}/AuthTokens`;
    const works = async (password: string) =>
      (await call("GET", "/Services", undefined, { username, password })).status === 200;

    expect((await call("POST", `${tokens}/Promote`)).status).toBe(409);
    expect((await call("DELETE", `${tokens}/Secondary`)).status).toBe(404);
    const created = await call("POST", `${tokens}/Secondary`);
    const second = created.body.secondary_auth_token;
    expect([created.status, created.body.account_sid]).toEqual([201, username]);
    expect([await works(first), await works(second)]).toEqual([true, true]);
    expect(await gatewayTokens(username)).toEqual([first, second]);
    expect((await call("POST", `${tokens}/Secondary`)).status).toBe(409);

    const promoted = await call("POST", `${tokens}/Promote`);
    expect([promoted.status, promoted.body.auth_token]).toEqual([200, second]);
    expect([await works(first), await works(second)]).toEqual([true, true]);
    expect(await gatewayTokens(username)).toEqual([second, first]);

    expect((await call("DELETE", `${tokens}/Secondary`)).status).toBe(204);
    expect([await works(first), await works(second)]).toEqual([false, true]);
    expect(await gatewayTokens(username)).toEqual([second]);
  });

  it("signs with a token from when it is created until it is dropped", async () => {
    const isolate = await newIsolate();
    const operator = clientOf(isolate);
    const { username, password: first } = await addAccount("signing");
    const { origin } = await deployed(clientOf(isolate, { username, password: first }), "signing", [
      { path: "/a.mp3", visibility: "protected" },
    ]);
    const url = `${origin}/a.mp3`;
    const opens = async (token: string) => {
      const headers = { "X-Twilio-Signature": await sign(token, url) };
      return (await isolate.request(url, { headers })).status === 200;
    };
    const tokens = `/Accounts/${username}/AuthTokens`;

    expect(await opens(first)).toBe(true);
    const second = (await operator.call("POST", `${tokens}/Secondary`)).body.secondary_auth_token;
    expect([await opens(first), await opens(second)]).toEqual([true, true]);
    await operator.call("POST", `${tokens}/Promote`);
    expect([await opens(first), await opens(second)]).toEqual([true, true]);
    await operator.call("DELETE", `${tokens}/Secondary`);
    expect([await opens(first), await opens(second)]).toEqual([false, true]);
  });

  it("takes a secondary token that Twilio made", async () => {
    const { username } = await addAccount("twilio's");
    const AuthToken = "00112233445566778899aabbccddeeff";
    const path = `/Accounts/${username}/AuthTokens/Secondary`;
    expect((await call("POST", path, { AuthToken })).body.secondary_auth_token).toBe(AuthToken);
  });

  it("rotated by two clients at once is rotated once", async () => {
    const { username } = await addAccount("raced");
    const path = `/Accounts/${username}/AuthTokens/Secondary`;
    const answers = await Promise.all([1, 2, 3, 4].map(() => call("POST", path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const created = answers.find(({ status }) => status === 201);
    const tokens = await gatewayTokens(username);
    expect(tokens?.[1]).toBe(created?.body.secondary_auth_token);
  });

  it("that is removed takes its services, keys, record and hostnames along", async () => {
    const account = await addAccount("leaving");
    const service = await addService("leaving-service", account);
    await addEnvironment(service.sid, { UniqueName: "production" }, account);
    const host = `host:${service.domain_base}.localhost`;
    await env.MANIFESTS.put(host, "a manifest");
    const key = await call("POST", "/Keys", {}, account);
    const keyCredentials = { username: key.body.sid, password: key.body.secret };
    expect((await call("GET", "/Services", undefined, keyCredentials)).status).toBe(200);

    const own = await addService("operators-own");
    expect((await call("DELETE", `/Accounts/${account.username}`)).status).toBe(204);
    expect((await call("GET", "/Services", undefined, account)).status).toBe(401);
    expect((await call("GET", "/Services", undefined, keyCredentials)).status).toBe(401);
    expect(await storedValue(host)).toBeNull();
    expect(await gatewayTokens(account.username)).toBeNull();
    const left = await env.DB.prepare(
      `SELECT (SELECT count(*) FROM services WHERE account_sid = ?1) AS services,
         (SELECT count(*) FROM api_keys WHERE account_sid = ?1) AS keys,
         (SELECT count(*) FROM purges WHERE service_sid = ?2) AS purges`,
    )
      .bind(account.username, service.sid)
      .first();
    expect(left).toEqual({ services: 0, keys: 0, purges: 1 });
    expect((await call("GET", `/Services/${own.sid}`)).status).toBe(200);
    expect((await call("DELETE", `/Accounts/${account.username}`)).status).toBe(404);
  });

  it("that has more hostnames than KV takes in one invocation is removed in several", async () => {
    const account = await addAccount("large");
    for (const name of ["one", "two", "three"]) {
      const { sid } = await addService(`large-${name}`, account);
      const numbers =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)";
      await env.DB.batch([
        env.DB.prepare(
          `${numbers} INSERT INTO environments (sid, account_sid, service_sid, unique_name,
             domain_label, date_created, date_updated)
           SELECT ?1 || '-' || i, ?2, ?1, i, lower(?1) || '-' || i, '', '' FROM n`,
        ).bind(sid, account.username, 25),
        env.DB.prepare(
          `${numbers} INSERT INTO domains (sid, account_sid, service_sid, environment_sid, hostname,
             date_created, date_updated)
           SELECT ?1 || '-' || i, ?2, ?1, ?1 || '-' || (i % 25 + 1), lower(?1) || i || '.example', '', ''
           FROM n`,
        ).bind(sid, account.username, 500),
      ]);
    }
    const answers: [status: number, services: number][] = [];
    do {
      let operations = 0;
      const MANIFESTS = new Proxy(env.MANIFESTS, {
        get(target, name) {
          operations++;
          return Reflect.get(target, name).bind(target);
        },
      });
      const request = apiRequest("DELETE", `/Accounts/${account.username}`);
      const { status } = await callWith({ MANIFESTS }, request);
      const services = "SELECT count(*) AS services FROM services WHERE account_sid = ?";
      const left = env.DB.prepare(services).bind(account.username);
      answers.push([status, Number(await left.first("services"))]);
      expect(operations).toBeLessThan(1_000);
    } while (answers.length < 5 && answers.at(-1)?.[0] === 503);
    expect(answers).toEqual([
      [503, 2],
      [503, 1],
      [204, 0],
    ]);
  });

  it.each([
    ["/Services", { UniqueName: "late", FriendlyName: "late" }],
    ["/Keys", {}],
  ] as const)("that is removed while it asks gets nothing of %s any more", async (path, form) => {
    const account = await addAccount("leaving");
    // Asked after the credentials were found right, and before anything is written.
    const limit = async () => {
      await call("DELETE", `/Accounts/${account.username}`);
      return { success: true };
    };
    const request = apiRequest("POST", path, form, account);
    const { status, body } = await callWith({ API_RATE_LIMIT: { limit } }, request);
    expect([status, body.code]).toEqual([401, 20003]);
    for (const table of ["services", "api_keys"]) {
      const left = env.DB.prepare(`SELECT * FROM ${table} WHERE account_sid = ?`);
      expect((await left.bind(account.username).all()).results).toEqual([]);
    }
  });

  it("of the operator cannot be removed here", async () => {
    const own = await addService("operators-other");
    expect((await call("DELETE", `/Accounts/${env.TWILIO_ACCOUNT_SID}`)).status).toBe(404);
    expect((await call("GET", `/Services/${own.sid}`)).status).toBe(200);
  });

  it("manages no accounts, unless it is the operator's", async () => {
    const account = await addAccount("nosy");
    for (const [method, path] of [
      ["GET", "/Accounts"],
      ["POST", "/Accounts"],
      ["GET", `/Accounts/${account.username}`],
      ["DELETE", `/Accounts/${account.username}`],
      ["POST", `/Accounts/${account.username}/AuthTokens/Secondary`],
    ] as const) {
      const { status, body } = await call(method, path, undefined, account);
      expect([method, path, status, body.code]).toEqual([method, path, 403, 20403]);
    }
  });
});

describe("an API key", () => {
  it("is created with a secret that is shown once, stored as its hash", async () => {
    const { status, body } = await call("POST", "/Keys", { FriendlyName: "ci" });
    const { secret, ...rest } = body;
    expect(status).toBe(201);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(rest).toEqual({
      sid: expect.stringMatching(/^SK[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      friendly_name: "ci",
      date_created: expect.stringMatching(/Z$/),
      date_updated: body.date_created,
      url: `http://localhost:8787/v1/Keys/${body.sid}`,
    });
    expect((await call("GET", `/Keys/${body.sid}`)).body).toEqual(rest);
    expect((await call("GET", "/Keys")).body.keys).toEqual([rest]);
    const row = await env.DB.prepare("SELECT * FROM api_keys WHERE sid = ?").bind(body.sid).first();
    expect(JSON.stringify(row)).not.toContain(secret);
    expect((await call("DELETE", `/Keys/${body.sid}`)).status).toBe(204);
    expect((await call("GET", "/Keys")).body.keys).toEqual([]);
    expect((await call("DELETE", `/Keys/${body.sid}`)).status).toBe(404);
  });

  it("opens its own account's resources, and no credentials", async () => {
    const account = await addAccount("keyed");
    const { body } = await call("POST", "/Keys", {}, account);
    const key = { username: body.sid, password: body.secret };
    const service = await addService("keyed-service", key);
    expect(service.account_sid).toBe(account.username);
    for (const path of ["/Keys", "/Accounts"]) {
      expect((await call("GET", path, undefined, key)).status).toBe(403);
      expect((await call("POST", path, {}, key)).status).toBe(403);
    }
    const operatorKey = (await call("POST", "/Keys")).body;
    const operator = { username: operatorKey.sid, password: operatorKey.secret };
    expect((await call("GET", "/Accounts", undefined, operator)).status).toBe(403);
    expect((await call("GET", "/Services", undefined, operator)).status).toBe(200);
  });

  it("of another account is not found", async () => {
    const [one, other] = [await addAccount("one"), await addAccount("other")];
    const { body } = await call("POST", "/Keys", {}, one);
    expect((await call("GET", `/Keys/${body.sid}`, undefined, other)).status).toBe(404);
    expect((await call("DELETE", `/Keys/${body.sid}`, undefined, other)).status).toBe(404);
    expect((await call("GET", "/Keys", undefined, other)).body.keys).toEqual([]);
    expect((await call("GET", "/Keys", undefined, one)).body.keys).toHaveLength(1);
  });
});

describe("usage", () => {
  it("tells what the account uses beside its limits", async () => {
    const account = await addAccount("user");
    const one = await addService("usage-one", account);
    const two = await addService("usage-two", account);
    await addEnvironment(one.sid, { UniqueName: "production" }, account);
    await call("POST", `/Services/${one.sid}/Assets`, { FriendlyName: "/a" }, account);
    const gone = await call("POST", `/Services/${one.sid}/Assets`, { FriendlyName: "/b" }, account);
    const { sid } = gone.body;
    await call("DELETE", `/Services/${one.sid}/Assets/${sid}`, undefined, account);
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO versions (sid, kind, account_sid, service_sid, resource_sid, path, visibility,
           content_type, content_size, content_sha256, date_created)
         VALUES ('ZN1', 'asset', ?1, ?2, ?3, '/b', 'public', 'text/plain', 42, '', '')`,
      ).bind(account.username, one.sid, sid),
      ...["2020-01-01T00:00:00Z", new Date().toISOString()].map((date) =>
        env.DB.prepare(
          `INSERT INTO builds (sid, account_sid, service_sid, status, runtime, dependencies, errors,
             date_created, date_updated)
           VALUES (?1, ?2, ?3, 'completed', 'node22', '[]', '[]', ?4, ?4)`,
        ).bind(`ZB${date}`, account.username, one.sid, date),
      ),
      // What counts for the limit is the attempt, whatever became of its build.
      ...["2020-01-01T00:00:00Z", new Date().toISOString(), new Date().toISOString()].map((date) =>
        env.DB.prepare(
          "INSERT INTO build_attempts (account_sid, date_created) VALUES (?1, ?2)",
        ).bind(account.username, date),
      ),
    ]);
    const { status, body } = await call("GET", "/Usage", undefined, account);
    expect(status).toBe(200);
    expect(body).toEqual({
      account_sid: account.username,
      operator: false,
      credential: "token",
      limits: env.LIMITS,
      usage: { services: 2, builds_last_hour: 2 },
      services: [
        {
          sid: two.sid,
          unique_name: "usage-two",
          environments: 0,
          assets: 0,
          functions: 0,
          builds: 0,
          stored_bytes: 0,
          date_changed: two.date_updated,
        },
        {
          sid: one.sid,
          unique_name: "usage-one",
          environments: 1,
          assets: 1,
          functions: 0,
          builds: 2,
          stored_bytes: 42,
          date_changed: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        },
      ],
      url: "http://localhost:8787/v1/Usage",
    });
  });
});
