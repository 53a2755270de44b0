// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot be laid out for a phone.
// biome-ignore-all lint/a11y/useFocusableInteractive: the focus is on the names in the rows.
import { Button, Group, Text } from "@mantine/core";
import { type KeyboardEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { count } from "../format.ts";
import type { Warning } from "../preflight/warnings.ts";
import { Picker } from "../shell/picker.tsx";
import { deleteFiles, discardChanges } from "./draft.ts";
import { changeVisibility } from "./edits.ts";
import type { FileActions } from "./file-actions.ts";
import { FileLine, FolderLine, type Handlers, keyOf } from "./file-line.tsx";
import { FileMenu } from "./file-menu.tsx";
import { type FileRow, type FolderRow, inFolders } from "./file-rows.ts";
import { isEditableText } from "./text-types.ts";
import { VISIBILITIES } from "./visibilities.ts";

/**
 * The files in their folders. A tree grid of plain elements, so that a thousand rows stay quick; one
 * row is in the tab order, and the arrow keys go from row to row.
 */
export function FileTable({
  rows,
  target,
  warnings,
  unsaved,
  actions,
}: {
  rows: FileRow[];
  target: EnvironmentRepresentation | undefined;
  warnings: ReadonlyMap<string, Warning[]>;
  /** SIDs of the files with text that is typed and not saved. */
  unsaved: ReadonlySet<string>;
  actions: FileActions;
}) {
  const grid = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<{ row: FileRow; button: HTMLButtonElement } | null>(null);
  const lines = useMemo(() => inFolders(rows, closed), [rows, closed]);
  const chosen = rows.filter(({ version }) => selected.has(version.file_sid));
  const there = chosen.filter(({ state }) => state !== "deleted");
  const pending = chosen.filter(({ state }) => state !== "live");
  const onToggle = useCallback((folder: string) => {
    setClosed((before) => {
      const after = new Set(before);
      if (!after.delete(folder)) after.add(folder);
      return after;
    });
  }, []);
  const onSelect = useCallback((fileSid: string, select: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      if (select) after.add(fileSid);
      else after.delete(fileSid);
      return after;
    });
  }, []);
  const onMenu = useCallback(
    (row: FileRow, button: HTMLButtonElement) => setMenu({ row, button }),
    [],
  );
  const handlers: Handlers = useMemo(
    () => ({
      target,
      unsaved,
      onOpen: ({ version, state }) => {
        if (state !== "deleted" && version.kind === "function" && isEditableText(version)) {
          actions.onEdit(version.file_sid, null);
        } else actions.onShow(version.file_sid);
      },
      onShow: actions.onShow,
      onMenu,
      onSelect,
      onToggle,
      onFocus: setFocused,
    }),
    [target, unsaved, actions, onMenu, onSelect, onToggle],
  );
  const current = lines.some((line) => keyOf(line) === focused)
    ? focused
    : keyOf(lines[0] as FileRow | FolderRow);

  // A row that had the focus and is gone leaves it to the one in its place.
  const before = useRef(lines);
  useLayoutEffect(() => {
    if (before.current === lines) return;
    const at = before.current.findIndex((line) => keyOf(line) === focused);
    before.current = lines;
    if (at === -1 || lines.some((line) => keyOf(line) === focused)) return;
    const next = lines[Math.min(at, lines.length - 1)];
    if (next && document.activeElement === document.body) focusLine(keyOf(next));
  });
  const focusLine = (key: string) => {
    setFocused(key);
    grid.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] .rb-name`)?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // A choice of its own takes the arrow keys.
    if (event.target instanceof HTMLSelectElement) return;
    const at = lines.findIndex((line) => keyOf(line) === current);
    const line = lines[at];
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    const next = to === undefined ? undefined : lines[to];
    if (next) {
      event.preventDefault();
      focusLine(keyOf(next));
    } else if (line?.kind === "folder") {
      const wanted = { ArrowRight: true, ArrowLeft: false }[event.key];
      if (wanted !== undefined && wanted !== line.open) onToggle(line.path);
    }
  };
  const clearSelection = () => setSelected(new Set());
  const deleteChosen = () => {
    const isServed = there.some(({ live }) => live !== null);
    void deleteFiles(
      there.map(({ version }) => version),
      isServed && target ? target.unique_name : null,
    );
    clearSelection();
  };

  return (
    <>
      {chosen.length > 0 && (
        <Group className="rb-bulk" role="toolbar" aria-label="Selected files">
          <Text size="sm" fw={600}>
            {count(chosen.length, "file")} selected
          </Text>
          <Picker
            label="Visibility of the selected files"
            value=""
            options={[["", "Set visibility…"], ...VISIBILITIES]}
            onChange={(visibility) => {
              if (visibility === "") return;
              changeVisibility(
                there.map(({ version }) => version),
                visibility,
              );
              clearSelection();
            }}
          />
          {pending.length > 0 && target && (
            <>
              <Button
                size="compact-sm"
                variant="light"
                onClick={() => actions.onDeploy(pending.map(({ version }) => version.file_sid))}
              >
                Deploy alone
              </Button>
              {target.build_sid !== null && (
                <Button
                  size="compact-sm"
                  variant="light"
                  onClick={() => {
                    void discardChanges(pending);
                    clearSelection();
                  }}
                >
                  Discard changes
                </Button>
              )}
            </>
          )}
          <Button size="compact-sm" variant="light" color="red" onClick={deleteChosen}>
            Delete
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={clearSelection}>
            Clear selection
          </Button>
        </Group>
      )}
      <div
        ref={grid}
        role="treegrid"
        aria-label="Files"
        className="rb-grid"
        onKeyDown={onKeyDown}
        tabIndex={-1}
      >
        <div role="row" className="rb-row rb-row-head">
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Select all files"
              checked={chosen.length === rows.length}
              onChange={(event) =>
                setSelected(
                  new Set(
                    event.currentTarget.checked ? rows.map(({ version }) => version.file_sid) : [],
                  ),
                )
              }
            />
          </span>
          <span role="columnheader">Name</span>
          <span role="columnheader">State</span>
          <span role="columnheader">Visibility</span>
          <span role="columnheader">Size</span>
          <span role="columnheader">Type</span>
          <span role="columnheader">Modified</span>
          <span role="columnheader">
            <span className="rb-hidden">Actions</span>
          </span>
        </div>
        {lines.map((line) =>
          line.kind === "folder" ? (
            <FolderLine
              key={keyOf(line)}
              folder={line}
              tabbable={keyOf(line) === current}
              handlers={handlers}
            />
          ) : (
            <FileLine
              key={keyOf(line)}
              row={line}
              level={line.level}
              tabbable={keyOf(line) === current}
              selected={selected.has(line.version.file_sid)}
              warnings={warnings.get(line.version.sid)}
              handlers={handlers}
            />
          ),
        )}
      </div>
      {menu && (
        <FileMenu
          row={menu.row}
          button={menu.button}
          target={target}
          actions={actions}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  );
}
