import { Text } from "@mantine/core";
import { useState } from "react";
import { count } from "../format.ts";
import { FormDialog } from "../shell/form-dialog.tsx";
import { moveFiles } from "./edits.ts";
import type { FileRow } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";
import { PathField } from "./path-field.tsx";
import { movedPath, normalisedPath, pathKey, pathProblem } from "./paths.ts";

/** Asks for another folder of several files, or of all of a folder. */
export default function MoveFiles({
  rows,
  from,
  versions,
  onClose,
}: {
  rows: FileRow[];
  /** The folder that they are seen from: `/` or `/ivr`. */
  from: string;
  versions: FileVersion[];
  onClose: () => void;
}) {
  const [typed, setTyped] = useState(from);
  const to = normalisedPath(typed.trim()).replace(/\/+$/, "") || "/";
  const moved = rows.map(({ version }) => ({ version, path: movedPath(version.path, from, to) }));
  const moving = new Set(rows.map(({ version }) => version.file_sid));
  const taken = new Set(
    versions.filter(({ file_sid }) => !moving.has(file_sid)).map(({ path }) => pathKey(path)),
  );
  const clashing = moved.find(({ path }) => taken.has(pathKey(path)));
  const problem =
    moved.map(({ path, version }) => pathProblem(path, version.kind)).find(Boolean) ??
    (clashing ? `Another file has the path ${clashing.path}` : null);
  return (
    <FormDialog
      title={`Move ${from === "/" ? count(rows.length, "file") : from}`}
      submit={{ label: "Move", disabled: problem !== null || to === normalisedPath(from) }}
      onSubmit={() => {
        if (problem) return;
        moveFiles(moved);
        onClose();
      }}
      onClose={onClose}
    >
      <PathField
        label="Folder"
        description={
          from === "/"
            ? "They go below it, each with its own folders."
            : `Takes the place of ${from}.`
        }
        value={typed}
        onChange={setTyped}
        error={problem}
      />
      <Text size="sm" c="dimmed">
        The old paths keep working until you deploy.
      </Text>
    </FormDialog>
  );
}
