/**
 * The process that holds the gateway's runtime: it is told what to run by the process that started
 * it, says when requests are answered, and ends when it is told to or when that process is gone.
 */
import { watch } from "node:fs";
import path from "node:path";
import { StartFailure } from "./failure.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "./runtime.ts";
import { onSchedule } from "./schedule.ts";

const RELOAD_DELAY_MS = 100;

let runtime: Runtime | undefined;

process.once("message", (options) => void run(options as RuntimeOptions));
process.once("disconnect", () => void stop(0));
process.on("SIGTERM", () => void stop(0));

async function run(options: RuntimeOptions): Promise<void> {
  try {
    runtime = await startRuntime(options, (line, sink) => process[sink].write(`${line}\n`));
    process.send?.("ready");
    onSchedule(runtime.scheduleMinutes, runtime.runSchedule);
    reloadOnChange(path.join(path.dirname(options.configPath), "src"));
  } catch (error) {
    console.error(error instanceof StartFailure ? error.message : error);
    await stop(1);
  }
}

async function stop(code: number): Promise<never> {
  await runtime?.stop();
  process.exit(code);
}

/** Serves what is saved below `directory` at once; what cannot be built is told, and not served. */
function reloadOnChange(directory: string): void {
  let timer: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();
  const reload = async () => {
    try {
      const { build } = await import("../build.ts");
      await build();
      await runtime?.reload();
      console.log("Serving the sources as they are now");
    } catch (error) {
      console.error(`Still serving the sources as they were: ${(error as Error).message}`);
    }
  };
  watch(directory, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      reloading = reloading.then(reload);
    }, RELOAD_DELAY_MS);
  }).on("error", (error) => console.error(`Changes are not seen: ${error.message}`));
}
