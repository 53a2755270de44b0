import path from "node:path";
import { ImportFailure, sentence } from "../failure.ts";
import { counted, type Progress } from "../progress.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";
import type { SourceApi } from "../source-api.ts";
import type { SourceService } from "../source-services.ts";
import { type NewAddress, readMoved } from "./addresses.ts";
import { type Change, readBackup, writeBackup } from "./backup.ts";
import { findFlowPointers, findPointers, readHolder, setAddresses } from "./pointers.ts";

type Task =
  | { kind: "list"; session: Session; services: SourceService[] }
  | { kind: "undo"; source: SourceApi; settings: Settings; progress: Progress; file: string };

/**
 * Lists what at Twilio points to the old addresses, lets it point to the new ones, or sets that back:
 * `npm run import -- --numbers`. Returns whether nothing went wrong. Throws ImportFailure.
 */
export function runNumbers(task: Task): Promise<boolean> {
  return task.kind === "list" ? listAndApply(task.session, task.services) : undo(task);
}

async function listAndApply(session: Session, services: SourceService[]): Promise<boolean> {
  const { source, settings, progress } = session;
  progress.show("Looking for numbers, applications, messaging services and flows");
  const moved = await readMoved(session, services);
  const pointers = await findPointers(source, moved);
  const flows = await findFlowPointers(source, moved);
  for (const { kind, sid, name, field, old, now } of pointers) {
    progress.say(`${kind} ${name} (${sid}) ${field}\n${direction(old, now)}`);
  }
  for (const { flow, name, place, old, now } of flows) {
    progress.say(`Studio flow ${name} (${flow}) ${place}\n${direction(old, now)}`);
  }
  if (pointers.length + flows.length === 0) {
    progress.say(
      "Nothing at Twilio points to the old addresses: no number, application, messaging\nservice or flow.",
    );
    return true;
  }
  const changes = pointers.flatMap(({ now, ...rest }): Change[] =>
    now.url === null ? [] : [{ ...rest, new: now.url }],
  );
  const left = pointers.length - changes.length;
  progress.say("");
  if (left > 0) progress.say(`${counted(left, "address")} cannot be moved, for the reasons above.`);
  if (flows.length > 0) {
    progress.say(
      "Flows are never changed here: open them in Twilio Studio, change what is listed, publish.",
    );
  }
  if (changes.length === 0) return left === 0;
  const unreachable = whyUnreachable(settings);
  if (!settings.numbers?.apply || settings.dryRun) {
    progress.say(
      "Nothing was changed. " +
        (unreachable ??
          `With --numbers --apply ${counted(changes.length, "address")} of them are changed.`),
    );
    return true;
  }
  if (unreachable) throw new ImportFailure(`Nothing was changed. ${unreachable}`);
  return (await apply(session, changes)) && left === 0;
}

function direction(old: string, now: NewAddress): string {
  return `  ${old}\n  →  ${now.url ?? `stays: ${now.reason}`}`;
}

/** Twilio calls what everybody can reach; a stand-in of Twilio (--from-url) may be on this machine. */
function whyUnreachable({ to, fromUrl }: Settings): string | null {
  const { protocol, hostname } = new URL(to);
  if (fromUrl !== null) return null;
  if (/(?:^|\.)localhost$|^127\.|^\[::1\]$/.test(hostname)) {
    return `Twilio cannot call ${to}: it is on this machine alone. Deploy first (npm run deploy).`;
  }
  return protocol === "https:"
    ? null
    : `${to} is not https: nobody's calls should go there in the open.`;
}

async function apply({ source, settings, progress }: Session, changes: Change[]): Promise<boolean> {
  const file = writeBackup(settings.from, changes);
  progress.say(`What stands there now is kept in ${path.resolve(file)}`);
  const failed = await changeAll(
    source,
    changes,
    progress,
    ({ old }) => old,
    (change) => change.new,
  );
  progress.say(
    `${counted(changes.length - failed, "address")} changed${failed > 0 ? `, ${failed} not` : ""}. To set back: ` +
      `npm run import -- --from ${settings.from} --numbers --undo ${file}`,
  );
  return failed === 0;
}

async function undo({ source, settings, progress, file }: Extract<Task, { kind: "undo" }>) {
  const changes = readBackup(file, settings.from);
  if (settings.dryRun) {
    for (const change of changes) {
      progress.say(`${change.kind} ${change.name} (${change.sid}) ${change.field}`);
      progress.say(`  ${change.new}\n  →  ${change.old}`);
    }
    progress.say("Nothing was changed. Without --dry-run these are set back.");
    return true;
  }
  const failed = await changeAll(
    source,
    changes,
    progress,
    (change) => change.new,
    ({ old }) => old,
  );
  progress.say(
    `${counted(changes.length - failed, "address")} set back${failed > 0 ? `, ${failed} not` : ""}.`,
  );
  return failed === 0;
}

/**
 * Sets each address from one value to another, those of one number or application in one call, and
 * returns how many could not be. What has neither value was changed by somebody else, and stays.
 */
async function changeAll(
  source: SourceApi,
  changes: Change[],
  progress: Progress,
  from: (change: Change) => string,
  to: (change: Change) => string,
): Promise<number> {
  let failed = 0;
  for (const group of Object.values(Object.groupBy(changes, ({ sid }) => sid))) {
    const [{ kind, sid, name }] = group as [Change, ...Change[]];
    try {
      const holder = await readHolder(source, kind, sid);
      if (holder === null) throw new ImportFailure("it is not there any more");
      const wanted: Record<string, string> = {};
      for (const change of group as Change[]) {
        const now = holder.addresses[change.field];
        if (now === to(change)) continue;
        if (now === from(change)) wanted[change.field] = to(change);
        else {
          failed += 1;
          progress.say(
            `${kind} ${name} ${change.field} stays: it was changed to ${now || "nothing"}`,
          );
        }
      }
      if (Object.keys(wanted).length > 0) await setAddresses(source, kind, sid, wanted);
      for (const field of Object.keys(wanted))
        progress.say(`${kind} ${name} ${field} → ${wanted[field] || "nothing"}`);
    } catch (error) {
      failed += (group as Change[]).length;
      progress.say(`${kind} ${name} stays: ${sentence(error)}`);
    }
  }
  return failed;
}
