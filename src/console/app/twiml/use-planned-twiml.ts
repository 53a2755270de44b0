import { useEffect, useMemo, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import type { FileVersion } from "../files/file-version.ts";
import { pathKey } from "../files/paths.ts";
import { count } from "../format.ts";
import type { IncomingFile } from "../uploads/intake.ts";
import type { Finding, PlannedFile } from "../uploads/plan.ts";
import { isTwiml, twimlPlace } from "./place.ts";

/** A larger one is no TwiML (Twilio takes 64 KB), bytes. */
const MOST_BYTES = 256 * 1024;

/** Returns what is wrong as TwiML with the XML files that are to be uploaded, by their id. */
export function usePlannedTwiml(
  plan: PlannedFile[],
  files: IncomingFile[],
  versions: FileVersion[],
  environments: EnvironmentRepresentation[],
): ReadonlyMap<number, Finding> {
  const [findings, setFindings] = useState<ReadonlyMap<number, Finding>>(new Map());
  const looked = useMemo(
    () =>
      plan.filter(
        ({ kind, path, size }) => kind === "asset" && size <= MOST_BYTES && isTwiml(path, ""),
      ),
    [plan],
  );
  useEffect(() => {
    if (looked.length === 0) return;
    let stopped = false;
    void import("./check.ts").then(async ({ checkTwiml }) => {
      const planned = new Map(plan.map(({ path, visibility }) => [pathKey(path), visibility]));
      const found = new Map<number, Finding>();
      for (const { id, path } of looked) {
        const text = await files[id]?.file.text().catch(() => "");
        if (stopped) return;
        if (!text) continue;
        const there = twimlPlace(path, versions, environments);
        const visibilityOf = (asked: string) =>
          planned.get(pathKey(asked)) ?? there.visibilityOf(asked);
        const [first, ...others] = checkTwiml(text, { ...there, visibilityOf });
        if (!first) continue;
        const more = others.length > 0 ? ` (and ${count(others.length, "finding")} more)` : "";
        found.set(id, {
          level: "warning",
          text: `As TwiML, line ${first.line}: ${first.message}${more}`,
        });
      }
      setFindings(found);
    });
    return () => {
      stopped = true;
    };
  }, [looked, plan, files, versions, environments]);
  return findings;
}
