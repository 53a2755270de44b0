import manifest from "manifest.json";
import { environment } from "./environment.ts";
import { requireBuiltin } from "./libraries.ts";
import { checkAccountSid, twilioSdk } from "./twilio.ts";

type AssetResource = { path: string; open(): string };
type FunctionResource = { path: string };

/** The global `Runtime` (contract 5). */
export const runtime = {
  /** The private assets, by path with its leading slash. */
  getAssets(): Record<string, AssetResource> {
    return mapped(manifest.assets, (path, file) => [
      path,
      { path: file, open: () => requireBuiltin("fs").readFileSync(file, "utf8") },
    ]);
  },

  /** Every function of the build, by path without its leading slash. */
  getFunctions(): Record<string, FunctionResource> {
    return mapped(manifest.functions, (path, file) => [path.slice(1), { path: file }]);
  },

  /** A Sync service of the account, its maps and lists under their older names too. */
  getSync(options?: { serviceName?: string }): object {
    const calledAs = `Runtime.getSync(${options === undefined ? "" : JSON.stringify(options)})`;
    checkAccountSid(environment.ACCOUNT_SID, calledAs);
    const { serviceName, ...rest } = { serviceName: "default", ...options };
    const client = twilioSdk()(environment.ACCOUNT_SID, environment.AUTH_TOKEN as string, {
      lazyLoading: true,
      ...rest,
    });
    const service = client.sync.v1.services(serviceName || "default");
    service.maps = service.syncMaps;
    service.lists = service.syncLists;
    return service;
  },
};

/**
 * By the names that `entry` gives. A name that a Mac has stored decomposed is found under the spelling
 * that a keyboard types too, and listed once.
 */
function mapped<T>(
  files: Record<string, string>,
  entry: (path: string, file: string) => [string, T],
): Record<string, T> {
  const entries = Object.entries(files).map(([path, file]) => entry(path, file));
  const all = Object.fromEntries(entries);
  for (const [name, value] of entries) {
    const typed = name.normalize("NFC");
    if (!Object.hasOwn(all, typed)) Object.defineProperty(all, typed, { value });
  }
  return all;
}
