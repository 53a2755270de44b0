import { repairAccountRecords } from "./account-records.ts";
import { publishEnvironmentRecord, recordedEnvironments } from "./environment-records.ts";
import { project } from "./projection.ts";
import type { Published } from "./published.ts";
import { servedHostnames, strayHostnames } from "./repair.ts";

/** The parts of KV in the order they are rebuilt; a cursor is `<part>:<position>`. */
const PARTS = ["accounts", "environments", "served", "stored"] as const;
type Part = (typeof PARTS)[number];

/** Environment records in one stretch. */
const ENVIRONMENTS = 20;

export type RepublishedStretch = {
  /** KV values written. */
  written: number;
  /** KV values deleted. */
  deleted: number;
  /** Where to go on; null when all is done. */
  next: string | null;
};

/**
 * Rebuilds a stretch of KV from D1, whatever KV holds; from its beginning where `cursor` is null.
 * Null for a cursor that is none.
 */
export async function republish(
  env: Env,
  published: Published,
  cursor: string | null,
): Promise<RepublishedStretch | null> {
  const [part, position] = readCursor(cursor ?? "accounts:");
  switch (part) {
    case "accounts": {
      const mended = await repairAccountRecords(env, published);
      return { written: mended.length, deleted: 0, next: nextCursor(part, "") };
    }
    case "environments": {
      const { environments, next } = await recordedEnvironments(env, position, ENVIRONMENTS);
      for (const sid of environments) await publishEnvironmentRecord(env, published, sid);
      return { written: environments.length, deleted: 0, next: nextCursor(part, next) };
    }
    case "served": {
      const { hostnames, next } = await servedHostnames(env, position);
      await project(env, published, hostnames);
      return { written: hostnames.length, deleted: 0, next: nextCursor(part, next) };
    }
    case "stored": {
      const { hostnames, next } = await strayHostnames(env, position);
      await project(env, published, hostnames);
      return { written: 0, deleted: hostnames.length, next: nextCursor(part, next) };
    }
    case null:
      return null;
  }
}

function readCursor(cursor: string): [Part | null, string] {
  const [name, position = ""] = cursor.split(/:(.*)/s);
  const part = PARTS.find((known) => known === name) ?? null;
  const valid = part === "stored" || /^\d{0,15}$/.test(position);
  return [valid ? part : null, position];
}

function nextCursor(part: Part, position: string): string | null {
  if (position !== "") return `${part}:${position}`;
  const following = PARTS[PARTS.indexOf(part) + 1];
  return following ? `${following}:` : null;
}
