import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { publishAccountRecord, repairAccountRecords } from "../../src/publish/account-records.ts";
import { insertAccount } from "../../src/store/accounts.ts";
import { storedValue } from "../stored-value.ts";

const one = `AC${"1".repeat(32)}`;
const two = `AC${"2".repeat(32)}`;
const gone = `AC${"3".repeat(32)}`;

/** The store does not look into records: any text will do. */
async function addAccount(sid: string, authTokens: string): Promise<void> {
  await insertAccount(env.DB, { sid, friendlyName: "x", authTokens, date: "" });
}

beforeEach(async () => {
  await env.DB.exec("DELETE FROM accounts");
  const { keys } = await env.MANIFESTS.list();
  for (const { name } of keys) await env.MANIFESTS.delete(name);
});

describe("an account's record in KV", () => {
  it("is what D1 says", async () => {
    await addAccount(one, "sealed");
    const published = vi.fn();
    await publishAccountRecord(env, published, one);
    expect(await storedValue(`account:${one}`)).toBe("sealed");
    await env.DB.exec("DELETE FROM accounts");
    await publishAccountRecord(env, published, one);
    expect(await storedValue(`account:${one}`)).toBeNull();
    expect(published.mock.calls).toEqual([
      [`account:${one}`, "sealed", { asOf: expect.any(Number) }],
      [`account:${one}`, null, { asOf: expect.any(Number), gone: true }],
    ]);
    const [written, deleted] = published.mock.calls.map(([, , { asOf }]) => asOf);
    expect(deleted).toBeGreaterThan(written);
  });

  it("is what D1 says last, when another change comes between", async () => {
    await addAccount(one, "older");
    let puts = 0;
    const MANIFESTS = new Proxy(env.MANIFESTS, {
      get(target, name) {
        if (name !== "put") return Reflect.get(target, name).bind(target);
        return async (key: string, value: string) => {
          // Another rotation is done, whole, while this write is on its way.
          if (++puts === 1) await env.DB.exec("UPDATE accounts SET auth_tokens = 'newer'");
          await target.put(key, value);
        };
      },
    });
    await publishAccountRecord({ ...env, MANIFESTS }, () => {}, one);
    expect(await storedValue(`account:${one}`)).toBe("newer");
  });

  it("is looked at with a hundred others in one operation of KV", async () => {
    const sids = Array.from({ length: 101 }, (_, index) => `AC${String(index).padStart(32, "0")}`);
    for (const sid of sids) await addAccount(sid, "sealed");
    await Promise.all(sids.map((sid) => env.MANIFESTS.put(`account:${sid}`, "sealed")));
    const operations: string[] = [];
    const MANIFESTS = new Proxy(env.MANIFESTS, {
      get(target, name) {
        operations.push(String(name));
        return Reflect.get(target, name).bind(target);
      },
    });
    expect(await repairAccountRecords({ ...env, MANIFESTS }, () => {})).toEqual([]);
    expect(operations).toEqual(["list", "get", "get"]);
  });

  it("is mended where it is missing, differs, or is of no account", async () => {
    await addAccount(one, "right");
    await addAccount(two, "right");
    expect(await repairAccountRecords(env, () => {})).toEqual([one, two]);
    expect(await repairAccountRecords(env, () => {})).toEqual([]);
    await env.MANIFESTS.put(`account:${two}`, "wrong");
    await env.MANIFESTS.put(`account:${gone}`, "left");
    await env.MANIFESTS.put("host:a.example.net", "a manifest");
    expect(await repairAccountRecords(env, () => {})).toEqual([two, gone]);
    expect(await storedValue(`account:${one}`)).toBe("right");
    expect(await storedValue(`account:${two}`)).toBe("right");
    expect(await storedValue(`account:${gone}`)).toBeNull();
    expect(await storedValue("host:a.example.net")).toBe("a manifest");
  });
});
