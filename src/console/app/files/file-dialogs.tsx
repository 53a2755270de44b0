import { lazy } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import type { FileDialog } from "./file-actions.ts";
import type { FileRow } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";

const ReviewUploads = lazy(() => import("../uploads/review-uploads.tsx"));
const NewFunction = lazy(() => import("./new-function.tsx"));
const NewTextFile = lazy(() => import("./new-text-file.tsx"));
const FitDialog = lazy(() => import("../media/fit-dialog.tsx"));
const MoveFiles = lazy(() => import("./move-files.tsx"));
const RenameFile = lazy(() => import("./rename-file.tsx"));

/** The dialog that is open above the list of files. */
export function OpenDialog({
  dialog,
  serviceSid,
  versions,
  rows,
  live,
  environments,
  onCreated,
  onClose,
}: {
  dialog: FileDialog;
  serviceSid: string;
  versions: FileVersion[];
  rows: FileRow[];
  /** What the environment that is deployed to serves. */
  live: FileVersion[];
  environments: EnvironmentRepresentation[];
  /** Is told of a new function, in place of `onClose`. */
  onCreated: (fileSid: string) => void;
  onClose: () => void;
}) {
  const service = { serviceSid, versions, environments, onClose };
  switch (dialog.kind) {
    case "review":
      return (
        <ReviewUploads
          {...service}
          files={dialog.files}
          into={dialog.into}
          rows={rows}
          live={live}
        />
      );
    case "function":
      return (
        <NewFunction
          serviceSid={serviceSid}
          versions={versions}
          onCreated={onCreated}
          onClose={onClose}
        />
      );
    case "text":
      return <NewTextFile {...service} />;
    case "rename":
      return <RenameFile version={dialog.version} versions={versions} onClose={onClose} />;
    case "fit":
      return (
        <FitDialog
          version={dialog.version}
          fitting={dialog.fitting}
          versions={versions}
          onClose={onClose}
        />
      );
    case "move":
      return (
        <MoveFiles rows={dialog.rows} from={dialog.from} versions={versions} onClose={onClose} />
      );
    default:
      return dialog satisfies never;
  }
}
