import path from "node:path";
import { expect, it } from "vitest";
import { experimental_readRawConfig } from "wrangler";

const CONFIG = path.join(import.meta.dirname, "../../../wrangler.toml");

it("what Cloudflare logs by itself holds neither signatures nor query strings", () => {
  const { rawConfig } = experimental_readRawConfig({ config: CONFIG });
  expect(rawConfig.observability).toMatchObject({
    redact_query_string: true,
    logs: { invocation_logs: false },
  });
});
