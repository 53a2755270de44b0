import type { Ledger } from "./ledger.ts";
import type { PrivateFiles } from "./private-files.ts";
import type { Progress } from "./progress.ts";
import type { Patience } from "./retry.ts";
import type { Settings } from "./settings.ts";
import type { SourceApi } from "./source-api.ts";
import type { SourceEnvironment } from "./source-services.ts";
import type { TargetApi } from "./target-api.ts";

/** What every part of one import needs. */
export type Session = {
  settings: Settings;
  source: SourceApi;
  /** The auth token that signs requests for what is protected at Twilio. */
  sourceToken: string;
  api: TargetApi;
  ledger: Ledger;
  progress: Progress;
  patience: Patience;
  /** By the SID of the service at Twilio. */
  privateFiles: Map<string, PrivateFiles>;
  /** The old addresses, host names: what mentions one of them is told. */
  domains: string[];
};

/** Returns the address that an environment has at Twilio. */
export function oldOrigin({ settings }: Session, { domainName }: SourceEnvironment): string {
  const protocol = settings.fromUrl === null ? "https:" : new URL(settings.fromUrl).protocol;
  return `${protocol}//${domainName}`;
}
