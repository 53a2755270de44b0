import type { IncomingFile } from "../uploads/intake.ts";
import type { ServiceDialog } from "./dialog-address.ts";
import type { FileVersion } from "./file-version.ts";

/** A dialog that stands above the list of files, and what it is about. */
export type FileDialog = ServiceDialog | { kind: "review"; files: IncomingFile[]; into: string };

/** What can be done with one file, wherever it is shown. */
export type FileActions = {
  onShow: (fileSid: string) => void;
  /** Opens it in the editor, at a line where one is meant. */
  onEdit: (fileSid: string, line: number | null) => void;
  onDialog: (dialog: ServiceDialog) => void;
  /** Asks whether these files (SIDs) are to be deployed alone. */
  onDeploy: (fileSids: string[]) => void;
  /** Asks for files that go into a folder. */
  onUpload: (folder: string) => void;
  /** Saves files, all below a folder, as one. */
  onZip: (versions: FileVersion[], folder: string) => void;
};
