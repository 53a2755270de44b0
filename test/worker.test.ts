import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../src/worker.ts";
import { storedValue } from "./stored-value.ts";

it("the schedule withdraws a hostname that D1 does not know", async () => {
  await env.MANIFESTS.put("host:ghost-1234.localhost", "{}", { metadata: { revision: "x" } });
  const controller = createScheduledController({ cron: "*/5 * * * *", scheduledTime: new Date() });
  await worker.scheduled(controller, env);
  expect(await storedValue("host:ghost-1234.localhost")).toBeNull();
});
