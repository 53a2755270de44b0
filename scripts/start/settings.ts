import path from "node:path";
import { parseCommandLine } from "../command-line.ts";
import { StartFailure } from "./failure.ts";

export type Settings = {
  /** 0: any free port. */
  port: number;
  https: boolean;
  /** Absolute. */
  stateDirectory: string;
  demo: boolean;
};

/** Reads the command line and the environment; throws StartFailure for what it does not understand. */
export function readSettings(args: string[], environment: NodeJS.ProcessEnv): Settings {
  return {
    port: readPort(environment.PORT),
    https: readArguments(args).https,
    stateDirectory: path.resolve(
      environment.RINGBACK_STATE || path.join(import.meta.dirname, "../../.ringback"),
    ),
    demo: environment.RINGBACK_DEMO !== "0",
  };
}

function readArguments(args: string[]): { https: boolean } {
  try {
    return parseCommandLine({ args, options: { https: { type: "boolean", default: false } } })
      .values;
  } catch (error) {
    throw new StartFailure(`${(error as Error).message}\nUsage: npm start [-- --https]`);
  }
}

function readPort(port = ""): number {
  if (port === "") return 8787;
  if (/^\d{1,5}$/.test(port) && Number(port) <= 65535) return Number(port);
  throw new StartFailure(`PORT is a number from 0 to 65535 (0: any free port), not "${port}"`);
}
