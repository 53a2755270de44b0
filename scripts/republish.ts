/** `npm run republish`: rebuilds what the gateway reads (KV) from the control plane's database. */
import { parseArgs } from "node:util";
import { AccountFailure, callApi, controlPlane } from "./account/control-plane.ts";

type Stretch = { written: number; deleted: number; next: string | null };

try {
  const { values } = parseArgs({ options: { url: { type: "string" } } });
  console.log(await republish(values.url ?? process.env.RINGBACK_URL ?? "http://localhost:8787"));
} catch (error) {
  console.error(error instanceof AccountFailure ? error.message : error);
  process.exitCode = 1;
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
