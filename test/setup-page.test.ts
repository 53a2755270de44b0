import { describe, expect, it } from "vitest";
import { setupPage } from "../src/setup.ts";

const request = new Request("https://ringback-production.someone.workers.dev/");
const SECRETS = {
  TWILIO_ACCOUNT_SID: "AC0123456789abcdef0123456789abcdef",
  TWILIO_AUTH_TOKEN: "canary-auth-token",
  ENCRYPTION_KEY: "canary-key",
};

describe("a Worker that a button has deployed, before it knows its domain", () => {
  it("says what is left to do, for nobody's cache", async () => {
    const answer = setupPage(request, SECRETS);
    const page = await answer.text();
    expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([503, "no-store"]);
    expect(page).toContain('BASE_DOMAIN = "media.example"');
    expect(page).toContain("npm run deploy -- --base-domain media.example");
    expect(page).not.toMatch(/canary|AC0123|secrets/);
  });

  it("names the secrets that are missing", async () => {
    const page = await setupPage(request, { ...SECRETS, ENCRYPTION_KEY: "" }).text();
    expect(page).toContain("secrets <code>ENCRYPTION_KEY</code>");
    expect(page).not.toContain("TWILIO_AUTH_TOKEN");
  });
});
