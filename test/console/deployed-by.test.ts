import { expect, it } from "vitest";
import { deployedBy } from "../../src/console/app/environments/deployed-by.ts";

const token = { credential: "token", key_sid: null, key_name: null } as const;
const key = { credential: "key", key_sid: `SK1234567${"8".repeat(25)}` } as const;

it.each([
  [
    { ...token, client: "Mozilla/5.0", note: "Deploy All" },
    "by the auth token, in the console: Deploy All",
  ],
  [
    { ...key, key_name: "Pipeline", client: "twilio-run/5.0.1", note: null },
    "by the key Pipeline, with twilio-run/5.0.1",
  ],
  [{ ...key, key_name: "", client: "", note: null }, "by the key SK123456"],
])("%o", (deployer, expected) => expect(deployedBy(deployer)).toBe(expected));
