/** Dialogs above the list of files in the address, so that reload, back and a link open them too. */
import { FITTING_WORDS, type Fitting } from "../media/fittings.ts";
import type { FileRow } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";

/** A dialog about files of the service, and what it is about. */
export type ServiceDialog =
  | { kind: "function" }
  | { kind: "text" }
  | { kind: "rename"; version: FileVersion }
  | { kind: "fit"; version: FileVersion; fitting: Fitting }
  | { kind: "move"; rows: FileRow[]; from: string };

/**
 * Returns the value of the parameter `dialog` for a dialog; null where it has none: a selection of files
 * is in this tab alone.
 */
export function dialogAddress(dialog: ServiceDialog): string | null {
  switch (dialog.kind) {
    case "function":
    case "text":
      return dialog.kind;
    case "rename":
      return `rename.${dialog.version.file_sid}`;
    case "fit":
      return `${dialog.fitting}.${dialog.version.file_sid}`;
    case "move":
      return dialog.from === "/" ? null : `move.${dialog.from}`;
    default:
      return dialog satisfies never;
  }
}

/** Returns the dialog at an address; null where it names none, or no file of `rows` that is there. */
export function dialogAt(address: string | null, rows: FileRow[]): ServiceDialog | null {
  if (address === "function" || address === "text") return { kind: address };
  const [, kind, item = ""] = /^([a-z-]+)\.(.+)$/s.exec(address ?? "") ?? [];
  if (kind === undefined) return null;
  const there = rows.filter(({ state }) => state !== "deleted");
  if (kind === "move") {
    const inside = there.filter(({ path }) => path.startsWith(`${item}/`));
    return inside.length === 0 ? null : { kind, rows: inside, from: item };
  }
  const version = there.find((row) => row.version.file_sid === item)?.version;
  if (version === undefined) return null;
  if (kind === "rename") return { kind, version };
  return Object.hasOwn(FITTING_WORDS, kind)
    ? { kind: "fit", version, fitting: kind as Fitting }
    : null;
}
