/** `npm run import`: services of Twilio Functions & Assets come to a Ringback (docs/moving-in.md). */
import { ImportFailure } from "./import/failure.ts";
import { runImport } from "./import/run.ts";
import { readImportSettings } from "./import/settings.ts";
import { terminalPrompt } from "./production/secrets.ts";

try {
  const settings = readImportSettings(process.argv.slice(2), process.env);
  const whole = await runImport(settings, {
    environment: process.env,
    ask: terminalPrompt(),
    out: process.stdout,
  });
  process.exitCode = whole ? 0 : 1;
} catch (error) {
  console.error(error instanceof ImportFailure ? error.message : error);
  process.exitCode = 1;
}
