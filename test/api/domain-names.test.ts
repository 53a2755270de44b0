import { describe, expect, it } from "vitest";
import { domainBases, environmentLabel, serviceLabel } from "../../src/api/domain-names.ts";

describe("the label of a service", () => {
  it.each([
    ["shop", "shop"],
    ["Ahoy-Hotline", "ahoy-hotline"],
    ["1", "1"],
    ["a".repeat(50), "a".repeat(50)],
  ])("%s is %s", (name, label) => {
    expect(serviceLabel(name)).toEqual({ ok: true, label });
  });

  it.each([
    ["with_underscore", "letters, digits and hyphens"],
    ["with space", "letters, digits and hyphens"],
    ["with.dot", "letters, digits and hyphens"],
    ["répondeur", "letters, digits and hyphens"],
    ["-shop", "start or end with a hyphen"],
    ["shop-", "start or end with a hyphen"],
    ["xn--shop", "third and fourth"],
  ])("%s is refused", (name, reason) => {
    expect(serviceLabel(name)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});

describe("the label of an environment", () => {
  it.each([
    [null, "shop-1234"],
    ["dev", "shop-1234-dev"],
    ["QA-2", "shop-1234-qa-2"],
  ])("with the suffix %s is %s", (suffix, label) => {
    expect(environmentLabel("shop-1234", suffix)).toEqual({ ok: true, label });
  });

  it.each([
    ["shop-1234", "dev-", "start or end with a hyphen"],
    ["shop-1234", "a.b", "letters, digits and hyphens"],
    ["shop-1234", "a/b", "letters, digits and hyphens"],
    [`${"a".repeat(50)}-1234`, "123456789", "at most 63 characters"],
  ])("%s with the suffix %s is refused", (base, suffix, reason) => {
    expect(environmentLabel(base, suffix)).toEqual({
      ok: false,
      reason: expect.stringContaining(reason),
    });
  });
});

describe("a domain base", () => {
  it("ends in four random digits, each candidate in others", () => {
    const bases = domainBases("shop", 20);
    expect(bases).toHaveLength(20);
    expect(new Set(bases).size).toBe(20);
    for (const base of bases) expect(base).toMatch(/^shop-\d{4}$/);
  });
});
