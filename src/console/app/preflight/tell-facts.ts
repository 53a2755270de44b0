/** Tells the API what was found in versions, many at once: the next to look need not look again. */
import type { FactsRepresentation, VersionFacts } from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { servicePath } from "../api/queries.ts";
import type { FileVersion } from "../files/file-version.ts";

/** What is found within this time goes together, milliseconds. */
const GATHERED = 1_500;
/** What one call takes (docs/api.md). */
const MOST = 500;

const waiting = new Map<string, Map<string, VersionFacts>>();

export function tellFacts(version: FileVersion, facts: VersionFacts): void {
  const { service_sid: serviceSid, sid } = version;
  const gathered = waiting.get(serviceSid);
  if (gathered) return void gathered.set(sid, facts);
  waiting.set(serviceSid, new Map([[sid, facts]]));
  setTimeout(() => void send(serviceSid), GATHERED);
}

async function send(serviceSid: string): Promise<void> {
  const gathered = [...(waiting.get(serviceSid) ?? [])];
  waiting.delete(serviceSid);
  for (let at = 0; at < gathered.length; at += MOST) {
    const Facts = JSON.stringify(Object.fromEntries(gathered.slice(at, at + MOST)));
    // Who looks next finds it again.
    await post<FactsRepresentation>(`${servicePath(serviceSid)}/VersionFacts`, { Facts }).catch(
      () => {},
    );
  }
}
