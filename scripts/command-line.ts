import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * Reads a command line as `parseArgs` does. Throws also where npm kept an option for itself, because no
 * `--` stood before it: it hands it on as `npm_config_…` alone, and `npm run deploy --dry-run` would
 * deploy.
 */
export function parseCommandLine<Config extends ParseArgsConfig>(config: Config) {
  const kept = Object.keys(config.options ?? {}).filter(
    // npm hands on some of its own without a value.
    (option) => process.env[`npm_config_${option.replaceAll("-", "_")}`],
  );
  if (kept.length > 0) {
    const { npm_lifecycle_event: script = "<command>" } = process.env;
    const options = kept.map((option) => `--${option}`).join(" ");
    throw new Error(
      `npm kept ${options} for itself: put -- before the options, npm run ${script} -- ${options}`,
    );
  }
  return parseArgs(config);
}
