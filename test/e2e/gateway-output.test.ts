import { expect, it } from "vitest";
import { tidier } from "../../scripts/start/output.ts";

it("what npm start shows of wrangler's output is what the Worker said", () => {
  const tidy = tidier();
  const output = [
    "Using secrets defined in .dev.vars",
    "Your Worker has access to the following bindings:",
    "Binding                           Resource                  Mode",
    "env.DB (ringback)                 D1 Database               local",
    "",
    "⎔ Starting local server...",
    "[custom build] Running: node scripts/build.ts",
    "[wrangler:info] Ready on http://127.0.0.1:8787",
    '{"event":"listening"}',
    '\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1m{"status":502}\u001b[0m',
    "\u001b[33m▲ [WARNING] Scheduled Workers are not automatically triggered during development.",
    "  To manually trigger a scheduled event, run:",
    "",
    '    curl "http://127.0.0.1:8787/cdn-cgi/local/scheduled"',
    "[wrangler:info] GET /ahoy.mp3 200 OK (3ms)",
    "✘ [ERROR] Build failed with 1 error:",
    '  ✘ [ERROR] Expected ";" but found "x"',
    "[wrangler:error] Error: boom",
    "    at Object.fetch (worker.ts:1:1)",
    '🪵  Logs were written to "/tmp/log"',
  ];
  expect(output.map(tidy).filter((line) => line !== null)).toEqual([
    '{"event":"listening"}',
    '{"status":502}',
    "✘ [ERROR] Build failed with 1 error:",
    '  ✘ [ERROR] Expected ";" but found "x"',
    "[wrangler:error] Error: boom",
    "    at Object.fetch (worker.ts:1:1)",
  ]);
});
