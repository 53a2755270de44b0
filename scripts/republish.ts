/** `npm run republish`: rebuilds what the gateway reads (KV) from the control plane's database. */

import { AccountFailure, callApi, controlPlane } from "./account/control-plane.ts";
import { parseCommandLine } from "./command-line.ts";

type Stretch = { written: number; deleted: number; next: string | null };

try {
  console.log(await republish(askedUrl() ?? process.env.RINGBACK_URL ?? "http://localhost:8787"));
} catch (error) {
  console.error(error instanceof AccountFailure ? error.message : error);
  process.exitCode = 1;
}

function askedUrl(): string | undefined {
  try {
    return parseCommandLine({ options: { url: { type: "string" } } }).values.url;
  } catch (error) {
    throw new AccountFailure(
      `${(error as Error).message}\nUsage: npm run republish [-- --url https://example.net]`,
    );
  }
}

async function republish(url: string): Promise<string> {
  const plane = controlPlane(url, process.env);
  let written = 0;
  let deleted = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const stretch: Stretch = await callApi<Stretch>(plane, "POST", "/Republish", {
      Cursor: cursor,
    });
    written += stretch.written;
    deleted += stretch.deleted;
    cursor = stretch.next;
  }
  return `Republished: ${written} values written, ${deleted} deleted.`;
}
