import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { deleteEnvironment } from "../../src/store/environments.ts";
import { deleteService, insertService } from "../../src/store/services.ts";

/** Adds a service that may have one of `domainBases`; returns the one it got, or why it got none. */
async function insert(
  uniqueName: string,
  domainBases: string[],
  limit = 10,
  accountSid = "AC1",
): Promise<string> {
  const inserted = await insertService(
    env.DB,
    {
      sid: `ZS${crypto.randomUUID()}`,
      accountSid,
      uniqueName,
      friendlyName: uniqueName,
      includeCredentials: true,
      uiEditable: false,
      domainBases,
      date: "2018-11-10T20:00:00Z",
    },
    limit,
    accountSid,
  );
  return inserted.ok ? inserted.service.domain_base : inserted.reason;
}

/** Gives the service of `domainBase` an environment of this label; one that served has a deployment. */
async function addEnvironment(domainBase: string, label: string, served: boolean): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO environments (sid, account_sid, service_sid, unique_name, domain_label,
       deployment_sid, date_created, date_updated)
     SELECT ?2, account_sid, sid, ?2, ?2, iif(?3, 'ZD1', NULL), date_created, date_created
     FROM services WHERE domain_base = ?1`,
  )
    .bind(domainBase, label, Number(served))
    .run();
}

beforeEach(async () => {
  await env.DB.exec("DELETE FROM services");
  await env.DB.exec("DELETE FROM former_labels");
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

  it.each(["shop-0001", "shop-0001-dev"])(
    "is none that would give another account %s, which was served before it was deleted",
    async (label) => {
      await insert("one", ["shop-0001"]);
      await addEnvironment("shop-0001", label, true);
      await deleteService(env.DB, "AC1", "one", "2018-11-10T20:00:00Z");
      expect(await insert("two", ["shop-0001"], 10, "AC2")).toBe("no-domain");
      expect(await insert("two", ["shop-0001", "shop-0002"], 10, "AC2")).toBe("shop-0002");
      expect(await insert("two", ["shop-00010"], 10, "AC3")).toBe("shop-00010");
      expect(await insert("two", ["shop-0001"])).toBe("shop-0001");
    },
  );

  it("stays with the account whose environment was deleted before the service", async () => {
    await insert("one", ["shop-0001"]);
    await addEnvironment("shop-0001", "shop-0001-dev", true);
    await deleteEnvironment(env.DB, "AC1", "one", "shop-0001-dev");
    await deleteService(env.DB, "AC1", "one", "2018-11-10T20:00:00Z");
    expect(await insert("two", ["shop-0001"], 10, "AC2")).toBe("no-domain");
  });

  it("is anybody's where nothing was ever served under it", async () => {
    await insert("one", ["shop-0001"]);
    await addEnvironment("shop-0001", "shop-0001-dev", false);
    await deleteService(env.DB, "AC1", "one", "2018-11-10T20:00:00Z");
    expect(await insert("two", ["shop-0001"], 10, "AC2")).toBe("shop-0001");
  });

  it("is not taken where the account is at its limit, or has the name", async () => {
    expect(await insert("one", ["one-0001"], 1)).toBe("one-0001");
    expect(await insert("two", ["two-0001"], 1)).toBe("limit");
    expect(await insert("one", ["one-0002"])).toBe("duplicate");
  });
});
