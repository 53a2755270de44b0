// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot be laid out for a phone.
// biome-ignore-all lint/a11y/useFocusableInteractive: the focus is on the names in the rows.
import { Button, Group, Text } from "@mantine/core";
import { type KeyboardEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { count } from "../format.ts";
import { isSound } from "../media/is-sound.ts";
import { NowPlaying } from "../media/now-playing.tsx";
import { nowPlaying, togglePlaying } from "../media/player.ts";
import { factsKnown, useInspections } from "../preflight/inspections.ts";
import type { Warning } from "../preflight/warnings.ts";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { deleteFiles, discardChanges } from "./draft.ts";
import { changeVisibility } from "./edits.ts";
import type { FileActions } from "./file-actions.ts";
import { FileLine, FolderLine, type Handlers, keyOf } from "./file-line.tsx";
import { FileMenu } from "./file-menu.tsx";
import { type FileRow, type FolderRow, inFolders } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";
import { type FileFilter, isFlat, type SortKey } from "./filter.ts";
import { FolderMenu } from "./folder-menu.tsx";
import { isEditableText } from "./text-types.ts";
import { useSelection } from "./use-selection.ts";
import { VISIBILITIES } from "./visibilities.ts";

/**
 * The files in their folders. A tree grid of plain elements, so that a thousand rows stay quick; one
 * row is in the tab order, and the arrow keys go from row to row.
 */
export function FileTable({
  rows,
  filter,
  onFilter,
  target,
  warnings,
  unsaved,
  actions,
}: {
  /** Filtered, and sorted. */
  rows: FileRow[];
  filter: FileFilter;
  onFilter: (filter: FileFilter) => void;
  target: EnvironmentRepresentation | undefined;
  warnings: ReadonlyMap<string, Warning[]>;
  /** SIDs of the files with text that is typed and not saved. */
  unsaved: ReadonlySet<string>;
  actions: FileActions;
}) {
  const inspections = useInspections();
  const seconds = (version: FileVersion) =>
    isSound(version) ? (factsKnown(version, inspections)?.seconds ?? null) : null;
  const grid = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<{ row: FileRow; button: HTMLButtonElement } | null>(null);
  const [folderMenu, setFolderMenu] = useState<{
    folder: string;
    button: HTMLButtonElement;
  } | null>(null);
  const flat = isFlat(filter);
  const lines = useMemo(
    () =>
      flat
        ? rows.map((row) => ({ ...row, name: row.path.slice(1) || row.path }))
        : inFolders(rows, closed),
    [rows, closed, flat],
  );
  const order = useMemo(
    () => lines.flatMap((line) => (line.kind === "file" ? [line.version.file_sid] : [])),
    [lines],
  );
  const { selected, select, selectAll, clear: clearSelection } = useSelection(order);
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
  const inFolder = useCallback(
    (folder: string) => rows.filter(({ path }) => path.startsWith(`${folder}/`)),
    [rows],
  );
  const onSelectFolder = useCallback(
    (folder: string, chosen: boolean) =>
      selectAll(
        inFolder(folder).map(({ version }) => version.file_sid),
        chosen,
      ),
    [inFolder, selectAll],
  );
  const onFolderMenu = useCallback(
    (folder: string, button: HTMLButtonElement) => setFolderMenu({ folder, button }),
    [],
  );
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
      onSelect: select,
      onSelectFolder,
      onFolderMenu,
      onToggle,
      onFocus: setFocused,
    }),
    [target, unsaved, actions, onMenu, select, onSelectFolder, onFolderMenu, onToggle],
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

  /** Plays the sound after, or before, the one that plays or has the focus. */
  const step = (by: 1 | -1) => {
    const from = nowPlaying()?.version.file_sid ?? focused;
    const start = lines.findIndex((line) => keyOf(line) === from);
    const sounds = lines.filter(
      (line): line is FileRow =>
        line.kind === "file" && line.state !== "deleted" && isSound(line.version),
    );
    const next =
      by === 1
        ? sounds.find((line) => lines.indexOf(line) > start)
        : sounds.findLast((line) => lines.indexOf(line) < start);
    if (!next) return;
    focusLine(keyOf(next));
    void togglePlaying(next.version);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // A choice of its own takes the arrow keys.
    if (event.target instanceof HTMLSelectElement) return;
    const at = lines.findIndex((line) => keyOf(line) === current);
    const line = lines[at];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "p" && line?.kind === "file" && isSound(line.version)) {
      event.preventDefault();
      return void togglePlaying(line.version);
    }
    if (key === "j" || key === "k") {
      event.preventDefault();
      return step(key === "j" ? 1 : -1);
    }
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
      <NowPlaying onStep={step} />
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
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => actions.onDialog({ kind: "move", rows: there, from: "/" })}
          >
            Move
          </Button>
          <Button
            size="compact-sm"
            variant="light"
            onClick={() =>
              actions.onZip(
                there.map(({ version }) => version),
                "/",
              )
            }
          >
            Download
          </Button>
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
              onChange={(event) => selectAll(order, event.currentTarget.checked)}
            />
          </span>
          {COLUMNS.map(([key, words]) => (
            <SortHeader key={key} sort={key} words={words} filter={filter} onFilter={onFilter} />
          ))}
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
              selected={selected.size === 0 ? "none" : selectedOf(inFolder(line.path), selected)}
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
              seconds={seconds(line.version)}
              handlers={handlers}
            />
          ),
        )}
      </div>
      {folderMenu && (
        <FolderMenu
          folder={folderMenu.folder}
          rows={inFolder(folderMenu.folder)}
          button={folderMenu.button}
          target={target}
          actions={actions}
          onClose={() => setFolderMenu(null)}
        />
      )}
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

const COLUMNS = [
  ["name", "Name"],
  ["state", "State"],
  ["visibility", "Visibility"],
  ["size", "Size"],
  ["type", "Type"],
  ["modified", "Modified"],
] as const satisfies (readonly [SortKey, string])[];

/** A column's name, which sorts by it, and then the other way round. */
function SortHeader({
  sort,
  words,
  filter,
  onFilter,
}: {
  sort: SortKey;
  words: string;
  filter: FileFilter;
  onFilter: (filter: FileFilter) => void;
}) {
  const isSorted = filter.sort === sort;
  const order = filter.descending ? "descending" : "ascending";
  return (
    <span role="columnheader" aria-sort={isSorted ? order : "none"}>
      <button
        type="button"
        className="rb-sort"
        onClick={() => onFilter({ ...filter, sort, descending: isSorted && !filter.descending })}
      >
        {words}
        {isSorted && (
          <span className={filter.descending ? "rb-turned" : "rb-turned-up"}>
            <Icon name="chevron" size={12} />
          </span>
        )}
      </button>
    </span>
  );
}

function selectedOf(rows: FileRow[], selected: ReadonlySet<string>): "all" | "some" | "none" {
  const count = rows.filter(({ version }) => selected.has(version.file_sid)).length;
  if (count === 0) return "none";
  return count === rows.length ? "all" : "some";
}
