import { describe, expect, it } from "vitest";
import {
  dialogAddress,
  dialogAt,
  type ServiceDialog,
} from "../../src/console/app/files/dialog-address.ts";
import type { FileRow } from "../../src/console/app/files/file-rows.ts";

function row(file_sid: string, path: string, state: FileRow["state"] = "live"): FileRow {
  return { path, state, version: { file_sid, path } } as FileRow;
}

const VOICE = row("ZH1", "/ivr/voice.xml");
const HOLD = row("ZH2", "/ivr/hold.mp3", "new");
const OTHER = row("ZH3", "/ivr-old/hold.mp3");
const DELETED = row("ZH4", "/ivr/gone.mp3", "deleted");
const ROWS = [VOICE, HOLD, OTHER, DELETED];

const DIALOGS: [address: string, dialog: ServiceDialog][] = [
  ["function", { kind: "function" }],
  ["text", { kind: "text" }],
  ["rename.ZH1", { kind: "rename", version: VOICE.version }],
  ["telephone-wav.ZH2", { kind: "fit", version: HOLD.version, fitting: "telephone-wav" }],
  ["small-jpeg.ZH2", { kind: "fit", version: HOLD.version, fitting: "small-jpeg" }],
  ["move./ivr", { kind: "move", rows: [VOICE, HOLD], from: "/ivr" }],
];

describe("a dialog's address", () => {
  it.each(DIALOGS)("%s opens it, and is what it has", (address, dialog) => {
    expect(dialogAt(address, ROWS)).toEqual(dialog);
    expect(dialogAddress(dialog)).toBe(address);
  });

  it("is none for a selection", () =>
    expect(dialogAddress({ kind: "move", rows: ROWS, from: "/" })).toBeNull());

  it.each([
    null,
    "",
    "functions",
    "rename",
    "rename.",
    "rename.ZH9",
    "rename.ZH4",
    "toString.ZH1",
    "review.ZH1",
    "move./",
    "move./iv",
    "move./none",
    "telephone-wav.",
  ])("%j opens nothing", (address) => expect(dialogAt(address, ROWS)).toBeNull());
});
