import { readFileSync, writeFileSync } from "node:fs";
import { ImportFailure } from "../failure.ts";
import { KINDS, type Kind } from "./pointers.ts";

/** One address that `--apply` changes. */
export type Change = {
  kind: Kind;
  sid: string;
  name: string;
  field: string;
  old: string;
  new: string;
};

/** What `--apply` has changed, so that `--undo` can set it back. */
type Backup = { account: string; changed: string; changes: Change[] };

/** Writes what is going to be changed, and returns the file's name. An existing file is left alone. */
export function writeBackup(account: string, changes: Change[], now = new Date()): string {
  const moment = now.toISOString().replaceAll(/[:.]/g, "-");
  const file = `ringback-numbers-${account}-${moment}.json`;
  const backup: Backup = { account, changed: now.toISOString(), changes };
  try {
    writeFileSync(file, `${JSON.stringify(backup, null, 2)}\n`, { flag: "wx", flush: true });
  } catch (error) {
    throw new ImportFailure(
      `Nothing was changed: what stands there now cannot be kept in ${file} (${(error as Error).message}).`,
    );
  }
  return file;
}

/** Reads such a file; throws ImportFailure for one that is not, or of another account. */
export function readBackup(file: string, account: string): Change[] {
  const backup = parse(file);
  if (backup.account !== account) {
    throw new ImportFailure(
      `${file} is of the account ${backup.account}, and --from is ${account}.`,
    );
  }
  return backup.changes;
}

function parse(file: string): Backup {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ImportFailure(`--undo: ${file} cannot be read (${(error as Error).message}).`);
  }
  const notBackup = new ImportFailure(
    `--undo: ${file} is no file that --numbers --apply has written.`,
  );
  try {
    const backup: Backup = JSON.parse(text);
    const whole =
      typeof backup.account === "string" &&
      backup.changes.every(
        (change) =>
          KINDS.includes(change.kind) &&
          [change.sid, change.name, change.field, change.old, change.new].every(
            (value) => typeof value === "string",
          ),
      );
    if (whole) return backup;
  } catch {
    // As one that lacks something.
  }
  throw notBackup;
}
