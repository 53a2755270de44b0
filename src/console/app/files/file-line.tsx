// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot be laid out for a phone.
// biome-ignore-all lint/a11y/useFocusableInteractive: the focus is on the names in the rows.
import { memo } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { useUnserved } from "../activity/refused.ts";
import { count, formatAge, formatBytes, formatDuration, formatTime } from "../format.ts";
import { isSound } from "../media/is-sound.ts";
import { togglePlaying, usePlayState } from "../media/player.ts";
import { Thumbnail } from "../media/thumbnail.tsx";
import { essence } from "../preflight/sniff.ts";
import type { Warning } from "../preflight/warnings.ts";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon, type IconName } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { copyUrl } from "./copy.ts";
import { changeVisibility } from "./edits.ts";
import { iconOf } from "./file-icon.ts";
import type { FileRow, FolderRow } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";
import { pathKey } from "./paths.ts";
import { isWider, VISIBILITIES } from "./visibilities.ts";

/** What the rows of the table can do. */
export type Handlers = {
  target: EnvironmentRepresentation | undefined;
  unsaved: ReadonlySet<string>;
  /** What pressing a name does: a function is edited, an asset shown. */
  onOpen: (row: FileRow) => void;
  onShow: (fileSid: string) => void;
  onMenu: (row: FileRow, button: HTMLButtonElement) => void;
  /** `range`: and what stands between it and the one before (Shift). */
  onSelect: (fileSid: string, selected: boolean, range: boolean) => void;
  onSelectFolder: (folder: string, selected: boolean) => void;
  onFolderMenu: (folder: string, button: HTMLButtonElement) => void;
  onToggle: (folder: string) => void;
  onFocus: (key: string) => void;
};

/** What a line of the table is known by. */
export function keyOf(line: FileRow | FolderRow): string {
  return line.kind === "folder" ? `folder:${line.path}` : line.version.file_sid;
}

export const FolderLine = memo(function FolderLine({
  folder,
  tabbable,
  selected,
  handlers,
}: {
  folder: FolderRow;
  tabbable: boolean;
  selected: "all" | "some" | "none";
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
      data-folder={path}
    >
      <span role="gridcell" className="rb-cell-check">
        <input
          type="checkbox"
          aria-label={`Select all in ${path}`}
          tabIndex={tabbable ? 0 : -1}
          checked={selected === "all"}
          ref={(box) => {
            if (box) box.indeterminate = selected === "some";
          }}
          onChange={(event) => handlers.onSelectFolder(path, event.currentTarget.checked)}
        />
      </span>
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
      <span role="gridcell" className="rb-cell-actions">
        <IconButton
          icon="dots"
          tabIndex={tabbable ? 0 : -1}
          aria-haspopup="menu"
          label={`More for ${path}`}
          title="More"
          onClick={(event) => handlers.onFolderMenu(path, event.currentTarget)}
        />
      </span>
    </div>
  );
});

type FileLineProps = {
  row: FileRow;
  level: number;
  tabbable: boolean;
  selected: boolean;
  warnings: Warning[] | undefined;
  /** How long it plays, where that is known. */
  seconds: number | null;
  handlers: Handlers;
};

/** Rows are made anew whenever the list changes; of a thousand, those that look the same are kept. */
function looksTheSame(before: FileLineProps, after: FileLineProps): boolean {
  return (
    before.row.version === after.row.version &&
    before.row.state === after.row.state &&
    before.row.liveIn.join() === after.row.liveIn.join() &&
    before.row.live?.visibility === after.row.live?.visibility &&
    before.level === after.level &&
    before.tabbable === after.tabbable &&
    before.selected === after.selected &&
    before.seconds === after.seconds &&
    before.row.name === after.row.name &&
    titles(before.warnings ?? []) === titles(after.warnings ?? []) &&
    before.handlers === after.handlers
  );
}

export const FileLine = memo(function FileLine({
  row,
  level,
  tabbable,
  selected,
  warnings,
  seconds,
  handlers,
}: FileLineProps) {
  const { version, name, path } = row;
  const { file_sid: sid } = version;
  const tabIndex = tabbable ? 0 : -1;
  return (
    <div
      role="row"
      aria-level={level}
      className="rb-row rb-row-file"
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
          onClick={(event) => handlers.onSelect(sid, event.currentTarget.checked, event.shiftKey)}
          readOnly
        />
      </span>
      <span role="gridcell" className="rb-cell-name" style={{ paddingInlineStart: indent(level) }}>
        {isSound(version) && row.state !== "deleted" && (
          <PlayButton version={version} path={path} tabIndex={tabIndex} />
        )}
        <button
          type="button"
          className="rb-name"
          tabIndex={tabIndex}
          title={path}
          onClick={() => handlers.onOpen(row)}
        >
          {iconOf(version) === "image" && row.state !== "deleted" ? (
            <Thumbnail version={version} />
          ) : (
            !isSound(version) && <Icon name={iconOf(version)} size={17} />
          )}
          <span>{name}</span>
        </button>
        {seconds !== null && <span className="rb-note rb-seconds">{formatDuration(seconds)}</span>}
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
        <UnservedMark path={version.path} tabIndex={tabIndex} onShow={() => handlers.onShow(sid)} />
      </span>
      <span role="gridcell" className="rb-cell-state">
        <StateMark row={row} target={handlers.target} unsaved={handlers.unsaved.has(sid)} />
      </span>
      <span role="gridcell" className="rb-cell-visibility">
        {row.state === "deleted" ? (
          <span className="rb-note">{version.visibility}</span>
        ) : (
          <Picker
            label={`Visibility of ${path}`}
            className={`rb-visibility rb-${version.visibility}`}
            tabIndex={tabIndex}
            value={version.visibility}
            options={[...VISIBILITIES]}
            onChange={(visibility) => changeVisibility([version], visibility)}
          />
        )}
      </span>
      <span role="gridcell" className="rb-cell-size">
        {formatBytes(version.content_size)}
      </span>
      <span role="gridcell" className="rb-cell-type" title={typeOf(version)}>
        {typeOf(version)}
      </span>
      <span role="gridcell" className="rb-cell-age" title={formatTime(version.date_created)}>
        {formatAge(version.date_created)}
      </span>
      <span role="gridcell" className="rb-cell-actions">
        <IconButton
          icon="copy"
          tabIndex={tabIndex}
          label={`Copy the URL of ${path}`}
          title="Copy URL"
          disabled={!handlers.target || version.visibility === "private"}
          onClick={() => void copyUrl(row, handlers.target)}
        />
        <IconButton
          icon="dots"
          tabIndex={tabIndex}
          aria-haspopup="menu"
          label={`More for ${path}`}
          title="More"
          onClick={(event) => handlers.onMenu(row, event.currentTarget)}
        />
      </span>
    </div>
  );
}, looksTheSame);

/**
 * Callers did not get the file lately: it may be protected by mistake or asked for wrongly, its
 * function may fail, its bytes be lost.
 */
function UnservedMark({
  path,
  tabIndex,
  onShow,
}: {
  path: string;
  tabIndex: number;
  onShow: () => void;
}) {
  const { refused, failed } = useUnserved(pathKey(path));
  if (refused + failed === 0) return null;
  const words = [
    ...(failed > 0 ? [`Callers got errors for this ${count(failed, "time")} since yesterday`] : []),
    ...(refused > 0 ? [`Callers were refused this ${count(refused, "time")} since yesterday`] : []),
  ].join(". ");
  return (
    <button
      type="button"
      className="rb-warn"
      tabIndex={tabIndex}
      aria-label={words}
      title={words}
      onClick={onShow}
    >
      <Icon name={failed > 0 ? "warning" : "lock"} size={15} />
    </button>
  );
}

function PlayButton({
  version,
  path,
  tabIndex,
}: {
  version: FileVersion;
  path: string;
  tabIndex: number;
}) {
  const state = usePlayState(version.file_sid);
  return (
    <button
      type="button"
      className="rb-play"
      tabIndex={tabIndex}
      aria-label={`${state === "playing" ? "Pause" : "Play"} ${path}`}
      title={state === "playing" ? "Pause" : "Play"}
      data-state={state ?? "still"}
      onClick={() => void togglePlaying(version)}
    >
      <Icon name={state === "playing" ? "pause" : "play"} size={14} />
    </button>
  );
}

/** Where a file stands: a green check is what the chosen environment serves. */
export function StateMark({
  row,
  target,
  unsaved = false,
}: {
  row: FileRow;
  target: EnvironmentRepresentation | undefined;
  unsaved?: boolean;
}) {
  const elsewhere = row.liveIn.filter((name) => name !== target?.unique_name);
  const mark = {
    live: { icon: "check", text: "Live", className: "rb-state rb-state-live" },
    changed: { icon: "edit", text: "Changed", className: "rb-state rb-state-changed" },
    new: { icon: "upload", text: "Not deployed", className: "rb-state rb-state-new" },
    deleted: { icon: "trash", text: "Deleted, still live", className: "rb-state rb-state-deleted" },
  }[row.state] as { icon: IconName; text: string; className: string };
  return (
    <span className="rb-states">
      <span className={mark.className}>
        <Icon name={mark.icon} size={14} /> {mark.text}
      </span>
      {row.live && isWider(row.live.visibility, row.version.visibility) && (
        <strong className="rb-exposed">
          {row.live.visibility} → {row.version.visibility}
        </strong>
      )}
      {unsaved && (
        <span className="rb-state rb-state-changed">
          <Icon name="edit" size={14} /> Not saved
        </span>
      )}
      {elsewhere.length > 0 && (
        <span className="rb-note" title={`Live in ${elsewhere.join(", ")}`}>
          {row.state === "live" ? "also in" : "live in"}{" "}
          {elsewhere.length === 1 ? elsewhere[0] : `${elsewhere.length} others`}
        </span>
      )}
    </span>
  );
}

function typeOf({ kind, content_type }: FileVersion): string {
  return kind === "function" ? "Function" : essence(content_type);
}

function titles(warnings: Warning[]): string {
  return warnings.map(({ title }) => title).join(", ");
}

function indent(level: number): string {
  return `${(level - 1) * 1.25}rem`;
}
