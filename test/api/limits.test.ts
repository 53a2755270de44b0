import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { addAccount, addService, apiRequest, BASE, call, callWith } from "./client.ts";

describe("limits", () => {
  it("of services hold when several clients reach them at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, index) =>
        call("POST", "/Services", { UniqueName: `limit-${index}`, FriendlyName: "x" }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array(10).fill(201),
      ...Array(4).fill(400),
    ]);
    const refused = answers.find(({ status }) => status === 400);
    expect(refused?.body.message).toBe("Services are limited to less than or equal to 10");
    for (const { body } of answers) if (body.sid) await call("DELETE", `/Services/${body.sid}`);
  });

  it("of environments are a service's", async () => {
    const { sid } = await addService("environments");
    const LIMITS = { ...env.LIMITS, environments_per_service: 1 };
    const create = (DomainSuffix: string) =>
      callWith(
        { LIMITS },
        apiRequest("POST", `/Services/${sid}/Environments`, {
          UniqueName: DomainSuffix,
          DomainSuffix,
        }),
      );
    expect((await create("a")).status).toBe(201);
    const { status, body } = await create("b");
    expect([status, body.code]).toEqual([400, 20001]);
    expect(body.message).toBe("Environments are limited to less than or equal to 1 in a Service");
  });

  it("of the rate are answered 429 with when to come back, uploads never", async () => {
    const API_RATE_LIMIT = { limit: async () => ({ success: false }) };
    const limited = await callWith({ API_RATE_LIMIT }, apiRequest("GET", "/Services"));
    expect([limited.status, limited.body.code]).toEqual([429, 20429]);
    expect(limited.headers.get("Retry-After")).toBe("10");
    const upload = "/Services/ZS1/Assets/ZH1/Versions";
    expect((await callWith({ API_RATE_LIMIT }, apiRequest("POST", upload))).status).not.toBe(429);
    const wrong = { username: env.TWILIO_ACCOUNT_SID, password: "wrong" };
    const failed = apiRequest("POST", upload, undefined, wrong);
    expect((await callWith({ API_RATE_LIMIT }, failed)).status).toBe(429);
  });

  it("of failures are known before the database is asked, and hold for that address alone", async () => {
    let queries = 0;
    const DB = new Proxy(env.DB, {
      get(target, name) {
        queries += 1;
        return Reflect.get(target, name).bind(target);
      },
    });
    const account = await addAccount("Guessed");
    let success = false;
    const API_RATE_LIMIT = { limit: async () => ({ success }) };
    const ask = async (address: string, password: string) => {
      const request = apiRequest("GET", "/Services", undefined, { ...account, password });
      request.headers.set("CF-Connecting-IP", address);
      const { status, headers } = await callWith({ DB, API_RATE_LIMIT }, request);
      const asked = queries;
      queries = 0;
      return [status, headers.get("Retry-After"), asked];
    };
    expect(await ask("192.0.2.7", "wrong")).toEqual([429, "10", 1]);
    success = true;
    expect(await ask("192.0.2.7", "wrong too")).toEqual([429, "10", 0]);
    expect(await ask("192.0.2.8", "wrong")).toEqual([401, null, 1]);
    expect((await ask("192.0.2.8", account.password))[0]).toBe(200);
    vi.useFakeTimers({ now: Date.now() + 11_000, toFake: ["Date"] });
    expect(await ask("192.0.2.7", "wrong")).toEqual([401, null, 1]);
    vi.useRealTimers();
  });

  it("what is no SID is refused without a query", async () => {
    const DB = new Proxy(env.DB, {
      get() {
        throw new Error("the database was asked");
      },
    });
    for (const username of ["admin", "AC1", `AC${"g".repeat(32)}`, `ZS${"0".repeat(32)}`, ""]) {
      const request = apiRequest("GET", "/Services", undefined, { username, password: "wrong" });
      expect((await callWith({ DB }, request)).status).toBe(401);
    }
  });

  it("of the rate are counted by account, and failures by address", async () => {
    const keys: string[] = [];
    const API_RATE_LIMIT = {
      limit: async ({ key }: { key: string }) => {
        keys.push(key);
        return { success: true };
      },
    };
    await callWith({ API_RATE_LIMIT }, apiRequest("GET", "/Services"));
    const anonymous = new Request(`${BASE}/v1/Services`, {
      headers: { "CF-Connecting-IP": "192.0.2.1" },
    });
    await callWith({ API_RATE_LIMIT }, anonymous);
    expect(keys).toEqual([`account:${env.TWILIO_ACCOUNT_SID}`, "address:192.0.2.1"]);
  });
});
