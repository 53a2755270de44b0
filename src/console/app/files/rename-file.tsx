import { Text } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../shell/form-dialog.tsx";
import { rename } from "./edits.ts";
import type { FileVersion } from "./file-version.ts";
import { PathField } from "./path-field.tsx";
import { normalisedPath, pathProblem, samePath, shownPath } from "./paths.ts";

/** Asks for another path of a file. */
export default function RenameFile({
  version,
  versions,
  onClose,
}: {
  version: FileVersion;
  versions: FileVersion[];
  onClose: () => void;
}) {
  const [path, setPath] = useState(version.path);
  const wanted = normalisedPath(path.trim());
  const taken = versions.some(
    (other) => other.file_sid !== version.file_sid && samePath(other.path, wanted),
  );
  const problem =
    pathProblem(wanted, version.kind) ?? (taken ? "Another file has this path" : null);
  const onSubmit = () => {
    if (problem) return;
    if (wanted !== version.path) rename(version, wanted);
    onClose();
  };
  return (
    <FormDialog
      title={`Rename ${shownPath(version.path)}`}
      submit={{ label: "Rename", disabled: problem !== null }}
      onSubmit={onSubmit}
      onClose={onClose}
    >
      <PathField
        description={
          version.kind === "function"
            ? "Folders are part of it; a function's path has no .js at its end."
            : "Folders are part of it. A path of / alone makes this file the root page."
        }
        value={path}
        onChange={setPath}
        error={problem}
      />
      <Text size="sm" c="dimmed">
        The old path keeps working until you deploy.
      </Text>
    </FormDialog>
  );
}
