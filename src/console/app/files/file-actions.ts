import type { IncomingFile } from "../uploads/intake.ts";
import type { FileVersion } from "./file-version.ts";

/** A dialog that stands above the list of files, and what it is about. */
export type FileDialog =
  | { kind: "review"; files: IncomingFile[]; into: string }
  | { kind: "function" }
  | { kind: "text" }
  | { kind: "rename"; version: FileVersion };

/** What can be done with one file, wherever it is shown. */
export type FileActions = {
  onShow: (fileSid: string) => void;
  /** Opens it in the editor, at a line where one is meant. */
  onEdit: (fileSid: string, line: number | null) => void;
  onDialog: (dialog: FileDialog) => void;
  /** Asks whether these files (SIDs) are to be deployed alone. */
  onDeploy: (fileSids: string[]) => void;
};
