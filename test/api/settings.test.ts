import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { apiRequest, callWith } from "./client.ts";

describe("an installation", () => {
  it.each([
    ["TWILIO_ACCOUNT_SID", undefined],
    ["TWILIO_ACCOUNT_SID", "AC1"],
    ["TWILIO_AUTH_TOKEN", undefined],
    ["TWILIO_AUTH_TOKEN", ""],
    ["TWILIO_AUTH_TOKEN", "00000000000000000000000000000000"],
    ["ENCRYPTION_KEY", undefined],
    ["ENCRYPTION_KEY", "c2hvcnQ="],
    ["ENCRYPTION_KEY", "not base64"],
  ])("where %s is %j opens to nobody and says what is missing", async (name, value) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const request = apiRequest("GET", "/Services");
    const { status, body, headers } = await callWith({ [name]: value }, request);
    log.mockRestore();
    expect([status, body.status, body.code]).toEqual([503, 503, 20503]);
    expect(body.message).toContain(name);
    expect(headers.get("Retry-After")).toMatch(/^\d+$/);
  });

  it.each([
    ["LIMITS", undefined],
    ["LIMITS", "no JSON"],
    ["LIMITS.services_per_account", { ...env.LIMITS, services_per_account: "many" }],
    ["LIMITS.builds_per_hour", { ...env.LIMITS, builds_per_hour: -1 }],
  ])("whose %s is wrong says so", async (name, LIMITS) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { status, body } = await callWith({ LIMITS }, apiRequest("GET", "/Services"));
    log.mockRestore();
    expect(status).toBe(503);
    expect(body.message).toContain(name);
  });

  it("takes its limits as JSON too", async () => {
    const LIMITS = JSON.stringify({ ...env.LIMITS, services_per_account: 0 });
    const form = { UniqueName: "one", FriendlyName: "one" };
    const { status, body } = await callWith({ LIMITS }, apiRequest("POST", "/Services", form));
    expect([status, body.code, body.message]).toEqual([
      400,
      20001,
      "Services are limited to less than or equal to 0",
    ]);
  });
});
