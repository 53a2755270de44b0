import { canonicalPath } from "../../../src/contract/canonical-path.ts";
import type { Session } from "../session.ts";
import type { SourceService } from "../source-services.ts";
import { read } from "../target-api.ts";
import {
  findEnvironment,
  findService,
  type TargetBuild,
  type TargetVersion,
} from "../target-service.ts";

/** Where an environment was, and where it is now. */
export type Moved = {
  /** Lower case, without a port. */
  oldHost: string;
  /** `https://example.net`; null where it is not here. */
  newOrigin: string | null;
  /** By canonical path: what it serves here. */
  served: Map<string, TargetVersion>;
  /** Whether requests that Twilio signs for this account are accepted here. */
  signed: boolean;
  /** Whether Twilio can ask for it: it cannot where this is on this machine alone. */
  reachable: boolean;
};

/** Where an address leads now, or why it leads nowhere. */
export type NewAddress = { url: string; reason: null } | { url: null; reason: string };

/** Reads, for every environment of `services`, where it is now and what it serves there. */
export async function readMoved(session: Session, services: SourceService[]): Promise<Moved[]> {
  const { api, settings, ledger } = session;
  const moved: Moved[] = [];
  for (const service of services) {
    const here = await findService(api, settings, ledger, service);
    for (const environment of service.environments) {
      const target = here && (await findEnvironment(api, here.sid, environment));
      const build = target?.build_sid
        ? await read<TargetBuild>(api, `/Services/${here?.sid}/Builds/${target.build_sid}`)
        : null;
      const versions = [...(build?.asset_versions ?? []), ...(build?.function_versions ?? [])];
      moved.push({
        oldHost: new URL(`https://${environment.domainName}`).hostname.toLowerCase(),
        newOrigin: target ? `${new URL(api.url).protocol}//${target.domain_name}` : null,
        served: new Map(versions.map((version) => [canonicalPath(version.path) ?? "", version])),
        signed: api.accountSid === settings.from,
        // What plays Twilio is on this machine itself.
        reachable: settings.fromUrl !== null || !isLocal(target?.domain_name ?? ""),
      });
    }
  }
  return moved;
}

/** Whether `domain`, with or without a port, is a name that every machine has for itself (RFC 6761). */
export function isLocal(domain: string): boolean {
  return /(?:^|\.)localhost(?::\d+)?$/.test(domain);
}

/** Returns where `address` leads now; null for one that is none of the old addresses. */
export function newAddress(address: string, moved: Moved[]): NewAddress | null {
  const old = URL.parse(address);
  const found = old && moved.find(({ oldHost }) => oldHost === old.hostname);
  if (!old || !found) return null;
  if (found.newOrigin === null) return { url: null, reason: "its environment is not copied" };
  if (!found.reachable) {
    return { url: null, reason: `Twilio cannot reach ${found.newOrigin}: name another with --to` };
  }
  const path = canonicalPath(old.pathname) ?? "";
  const version = found.served.get(path === "/" ? rootPath(found) : path);
  if (!version || version.visibility === "private") {
    return { url: null, reason: `nothing is deployed at ${found.newOrigin}${old.pathname}` };
  }
  if (version.visibility === "protected" && !found.signed) {
    return {
      url: null,
      reason: "it is protected, and this Ringback's account is not the one that Twilio signs for",
    };
  }
  // What Twilio reads after a number sign stays: connection overrides stand there.
  return { url: `${found.newOrigin}${old.pathname}${old.search}${old.hash}`, reason: null };
}

/** `/` shows this where nothing is stored as `/` (contract 4). */
function rootPath({ served }: Moved): string {
  return served.has("/") ? "/" : "/assets/index.html";
}
