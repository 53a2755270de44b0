import { describe, expect, it } from "vitest";
import {
  decodeAccountRecord,
  encodeAccountRecord,
  seal,
  unseal,
} from "../../src/contract/account-record.ts";

const KEY = "cmluZ2JhY2stdGVzdC1rZXktMzItYnl0ZXMtbG9uZyE=";
const OTHER_KEY = "cmluZ2JhY2stb3RoZXIta2V5LTMyLWJ5dGVzLWxvbmc=";
const ACCOUNT = "AC00000000000000000000000000000002";

describe("account record", () => {
  it.each([[["primary"]], [["primary", "secondary"]]] as [string[]][])(
    "%j comes back",
    async (tokens) => {
      const value = await encodeAccountRecord(ACCOUNT, tokens as [string], KEY);
      expect(value).not.toContain("primary");
      expect(await decodeAccountRecord(value, ACCOUNT, KEY)).toEqual(tokens);
    },
  );

  it.each([
    ["another account", "AC00000000000000000000000000000003", KEY],
    ["another key", ACCOUNT, OTHER_KEY],
  ])("does not open for %s", async (_, account, key) => {
    const value = await encodeAccountRecord(ACCOUNT, ["primary"], KEY);
    expect(await decodeAccountRecord(value, account, key)).toBeNull();
  });

  it("does not open when a bit is changed, or when it is no record", async () => {
    const value = await encodeAccountRecord(ACCOUNT, ["primary"], KEY);
    const tampered = (value[0] === "A" ? "B" : "A") + value.slice(1);
    for (const other of [tampered, value.slice(0, 20), "", "no base64!", "{}"]) {
      expect(await decodeAccountRecord(other, ACCOUNT, KEY)).toBeNull();
    }
  });

  it.each([["[]"], ['{"a":1}'], ['[""]'], ['["a","b","c"]'], ["[1]"]])(
    "whose plaintext is %s opens to nothing",
    async (plaintext) => {
      const value = await seal(plaintext, `account:${ACCOUNT}`, KEY);
      expect(await decodeAccountRecord(value, ACCOUNT, KEY)).toBeNull();
    },
  );
});

describe("sealed text", () => {
  it("differs each time and is bound to its context", async () => {
    const one = await seal("text", "variable:ZV1", KEY);
    const other = await seal("text", "variable:ZV1", KEY);
    expect(one).not.toBe(other);
    expect(await unseal(one, "variable:ZV1", KEY)).toBe("text");
    expect(await unseal(one, "variable:ZV2", KEY)).toBeNull();
  });

  it("cannot be made with a key that is none", async () => {
    await expect(seal("text", "context", "c2hvcnQ=")).rejects.toThrow("ENCRYPTION_KEY");
  });
});
