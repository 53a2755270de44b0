import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { insertService } from "../../src/store/services.ts";

/** Adds a service that may have one of `domainBases`; returns the one it got, or why it got none. */
async function insert(uniqueName: string, domainBases: string[], limit = 10): Promise<string> {
  const inserted = await insertService(
    env.DB,
    {
      sid: `ZS${crypto.randomUUID()}`,
      accountSid: "AC1",
      uniqueName,
      friendlyName: uniqueName,
      includeCredentials: true,
      uiEditable: false,
      domainBases,
      date: "2018-11-10T20:00:00Z",
    },
    limit,
    "AC1",
  );
  return inserted.ok ? inserted.service.domain_base : inserted.reason;
}

beforeEach(async () => {
  await env.DB.exec("DELETE FROM services");
});

describe("the domain of a new service", () => {
  it("is the first candidate that is free", async () => {
    expect(await insert("one", ["shop-0001", "shop-0002"])).toBe("shop-0001");
    expect(await insert("two", ["shop-0001", "shop-0002"])).toBe("shop-0002");
    expect(await insert("three", ["shop-0001", "shop-0002"])).toBe("no-domain");
  });

  it.each([
    ["shop-2024", "shop-2024-0001"],
    ["shop-2024-0001", "shop-2024"],
  ])("does not extend %s to %s, which could be an environment's of the other", async (a, b) => {
    await insert("one", [a]);
    expect(await insert("two", [b])).toBe("no-domain");
    expect(await insert("three", [b, "shop-20245"])).toBe("shop-20245");
  });

  it("is not taken where the account is at its limit, or has the name", async () => {
    expect(await insert("one", ["one-0001"], 1)).toBe("one-0001");
    expect(await insert("two", ["two-0001"], 1)).toBe("limit");
    expect(await insert("one", ["one-0002"])).toBe("duplicate");
  });
});
