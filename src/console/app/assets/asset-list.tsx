// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot be laid out for a phone.
// biome-ignore-all lint/a11y/useFocusableInteractive: the focus is on the names in the rows.
import { Button, Group, Text } from "@mantine/core";
import { type KeyboardEvent, memo, useCallback, useMemo, useRef, useState } from "react";
import type { EnvironmentRepresentation, Visibility } from "../../../api/representations.ts";
import { count, formatAge, formatBytes, formatTime } from "../format.ts";
import { essence } from "../preflight/sniff.ts";
import type { Warning } from "../preflight/warnings.ts";
import { notifyDone } from "../shell/failure.tsx";
import { Icon, type IconName } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { AssetMenu } from "./asset-menu.tsx";
import { type AssetRow, type FolderRow, inFolders } from "./asset-rows.ts";
import type { AssetDialog } from "./assets-tab.tsx";
import { copyUrl } from "./copy.ts";
import { deleteSoon } from "./deletions.ts";
import { changeVisibility } from "./edits.ts";

export const VISIBILITIES = [
  ["public", "Public"],
  ["protected", "Protected"],
  ["private", "Private"],
] as const satisfies (readonly [Visibility, string])[];

type Handlers = {
  target: EnvironmentRepresentation | undefined;
  onShow: (assetSid: string) => void;
  onMenu: (row: AssetRow, button: HTMLButtonElement) => void;
  onSelect: (assetSid: string, selected: boolean) => void;
  onToggle: (folder: string) => void;
  onFocus: (key: string) => void;
};

/**
 * The files in their folders. A tree grid of plain elements, so that a thousand rows stay quick; one
 * row is in the tab order, and the arrow keys go from row to row.
 */
export function AssetList({
  rows,
  target,
  warnings,
  onShow,
  onDialog,
}: {
  rows: AssetRow[];
  target: EnvironmentRepresentation | undefined;
  warnings: ReadonlyMap<string, Warning[]>;
  onShow: (assetSid: string) => void;
  onDialog: (dialog: AssetDialog) => void;
}) {
  const grid = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<{ row: AssetRow; button: HTMLButtonElement } | null>(null);
  const lines = useMemo(() => inFolders(rows, closed), [rows, closed]);
  const chosen = rows.filter(({ version }) => selected.has(version.asset_sid));
  const onToggle = useCallback((folder: string) => {
    setClosed((before) => {
      const after = new Set(before);
      if (!after.delete(folder)) after.add(folder);
      return after;
    });
  }, []);
  const onSelect = useCallback((assetSid: string, select: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      if (select) after.add(assetSid);
      else after.delete(assetSid);
      return after;
    });
  }, []);
  const onMenu = useCallback(
    (row: AssetRow, button: HTMLButtonElement) => setMenu({ row, button }),
    [],
  );
  const handlers: Handlers = useMemo(
    () => ({ target, onShow, onMenu, onSelect, onToggle, onFocus: setFocused }),
    [target, onShow, onMenu, onSelect, onToggle],
  );
  const current = lines.some((line) => keyOf(line) === focused)
    ? focused
    : keyOf(lines[0] as AssetRow | FolderRow);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // A choice of its own takes the arrow keys.
    if (event.target instanceof HTMLSelectElement) return;
    const at = lines.findIndex((line) => keyOf(line) === current);
    const line = lines[at];
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    const next = to === undefined ? undefined : lines[to];
    if (next) {
      event.preventDefault();
      const key = keyOf(next);
      setFocused(key);
      grid.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] .rb-name`)?.focus();
    } else if (line?.kind === "folder") {
      const wanted = { ArrowRight: true, ArrowLeft: false }[event.key];
      if (wanted !== undefined && wanted !== line.open) onToggle(line.path);
    }
  };
  const clearSelection = () => setSelected(new Set());
  const deleteChosen = () => {
    const undo = deleteSoon(chosen.map(({ version }) => version));
    notifyDone(`${count(chosen.length, "file")} deleted`, undo);
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
                chosen.map(({ version }) => version),
                visibility,
              );
              clearSelection();
            }}
          />
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
                    event.currentTarget.checked ? rows.map(({ version }) => version.asset_sid) : [],
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
            <AssetLine
              key={keyOf(line)}
              row={line}
              level={line.level}
              tabbable={keyOf(line) === current}
              selected={selected.has(line.version.asset_sid)}
              warnings={warnings.get(line.version.sid)}
              handlers={handlers}
            />
          ),
        )}
      </div>
      {menu && (
        <AssetMenu
          row={menu.row}
          button={menu.button}
          target={target}
          onShow={onShow}
          onDialog={onDialog}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  );
}

function keyOf(line: AssetRow | FolderRow): string {
  return line.kind === "folder" ? `folder:${line.path}` : line.version.asset_sid;
}

const FolderLine = memo(function FolderLine({
  folder,
  tabbable,
  handlers,
}: {
  folder: FolderRow;
  tabbable: boolean;
  handlers: Handlers;
}) {
  const { path, name, level, open, files } = folder;
  return (
    <div
      role="row"
      aria-level={level}
      aria-expanded={open}
      className="rb-row rb-row-folder"
      data-key={`folder:${path}`}
    >
      <span role="gridcell" />
      <span role="gridcell" className="rb-cell-name" style={{ paddingInlineStart: indent(level) }}>
        <button
          type="button"
          className="rb-name"
          tabIndex={tabbable ? 0 : -1}
          onFocus={() => handlers.onFocus(`folder:${path}`)}
          onClick={() => handlers.onToggle(path)}
        >
          <span className={open ? "rb-turned" : ""}>
            <Icon name="chevron" size={14} />
          </span>
          <Icon name="folder" size={17} />
          <span>{name}</span>
        </button>
        <span className="rb-note">{count(files, "file")}</span>
      </span>
    </div>
  );
});

type AssetLineProps = {
  row: AssetRow;
  level: number;
  tabbable: boolean;
  selected: boolean;
  warnings: Warning[] | undefined;
  handlers: Handlers;
};

/** Rows are made anew whenever the list changes; of a thousand, those that look the same are kept. */
function looksTheSame(before: AssetLineProps, after: AssetLineProps): boolean {
  return (
    before.row.version === after.row.version &&
    before.row.state === after.row.state &&
    before.row.liveIn.join() === after.row.liveIn.join() &&
    before.level === after.level &&
    before.tabbable === after.tabbable &&
    before.selected === after.selected &&
    titles(before.warnings ?? []) === titles(after.warnings ?? []) &&
    before.handlers === after.handlers
  );
}

const AssetLine = memo(function AssetLine({
  row,
  level,
  tabbable,
  selected,
  warnings,
  handlers,
}: AssetLineProps) {
  const { version, name, path } = row;
  const { asset_sid: sid } = version;
  const tabIndex = tabbable ? 0 : -1;
  return (
    <div
      role="row"
      aria-level={level}
      className="rb-row rb-row-asset"
      data-key={sid}
      data-state={row.state}
      onFocus={() => handlers.onFocus(sid)}
    >
      <span role="gridcell" className="rb-cell-check">
        <input
          type="checkbox"
          aria-label={`Select ${path}`}
          tabIndex={tabIndex}
          checked={selected}
          onChange={(event) => handlers.onSelect(sid, event.currentTarget.checked)}
        />
      </span>
      <span role="gridcell" className="rb-cell-name" style={{ paddingInlineStart: indent(level) }}>
        <button
          type="button"
          className="rb-name"
          tabIndex={tabIndex}
          title={path}
          onClick={() => handlers.onShow(sid)}
        >
          <Icon name={iconOf(version.content_type)} size={17} />
          <span>{name}</span>
        </button>
        {warnings && (
          <button
            type="button"
            className="rb-warn"
            tabIndex={tabIndex}
            aria-label={`${count(warnings.length, "warning")} about ${path}: ${titles(warnings)}`}
            title={titles(warnings)}
            onClick={() => handlers.onShow(sid)}
          >
            <Icon name="warning" size={15} />
          </button>
        )}
      </span>
      <span role="gridcell" className="rb-cell-state">
        <StateMark row={row} target={handlers.target} />
      </span>
      <span role="gridcell" className="rb-cell-visibility">
        <Picker
          label={`Visibility of ${path}`}
          className={`rb-visibility rb-${version.visibility}`}
          tabIndex={tabIndex}
          value={version.visibility}
          options={[...VISIBILITIES]}
          onChange={(visibility) => changeVisibility([version], visibility)}
        />
      </span>
      <span role="gridcell" className="rb-cell-size">
        {formatBytes(version.content_size)}
      </span>
      <span role="gridcell" className="rb-cell-type" title={version.content_type}>
        {essence(version.content_type)}
      </span>
      <span role="gridcell" className="rb-cell-age" title={formatTime(version.date_created)}>
        {formatAge(version.date_created)}
      </span>
      <span role="gridcell" className="rb-cell-actions">
        <button
          type="button"
          className="rb-icon-button"
          tabIndex={tabIndex}
          aria-label={`Copy the URL of ${path}`}
          title="Copy URL"
          disabled={!handlers.target || version.visibility === "private"}
          onClick={() => void copyUrl(row, handlers.target)}
        >
          <Icon name="copy" size={17} />
        </button>
        <button
          type="button"
          className="rb-icon-button"
          tabIndex={tabIndex}
          aria-haspopup="menu"
          aria-label={`More for ${path}`}
          title="More"
          onClick={(event) => handlers.onMenu(row, event.currentTarget)}
        >
          <Icon name="dots" size={17} />
        </button>
      </span>
    </div>
  );
}, looksTheSame);

/** Where a file stands: a green check is what the chosen environment serves. */
export function StateMark({
  row,
  target,
}: {
  row: AssetRow;
  target: EnvironmentRepresentation | undefined;
}) {
  const elsewhere = row.liveIn.filter((name) => name !== target?.unique_name);
  const mark = {
    live: { icon: "check", text: "Live", className: "rb-state rb-state-live" },
    changed: { icon: "edit", text: "Changed", className: "rb-state rb-state-changed" },
    new: { icon: "upload", text: "Not deployed", className: "rb-state rb-state-new" },
  }[row.state] as { icon: IconName; text: string; className: string };
  return (
    <span className="rb-states">
      <span className={mark.className}>
        <Icon name={mark.icon} size={14} /> {mark.text}
      </span>
      {elsewhere.length > 0 && (
        <span className="rb-note" title={`Live in ${elsewhere.join(", ")}`}>
          {elsewhere.length === 1 ? `in ${elsewhere[0]}` : `in ${elsewhere.length} others`}
        </span>
      )}
    </span>
  );
}

export function iconOf(type: string): IconName {
  if (type.startsWith("audio/")) return "music";
  if (type.startsWith("image/")) return "image";
  if (type.startsWith("video/")) return "video";
  return /xml|json|javascript|html|css/.test(type) ? "code" : "file";
}

function titles(warnings: Warning[]): string {
  return warnings.map(({ title }) => title).join(", ");
}

function indent(level: number): string {
  return `${(level - 1) * 1.25}rem`;
}
