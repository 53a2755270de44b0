import { Button, Popover, Text } from "@mantine/core";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { forgetUnsaved } from "../editor/unsaved.ts";
import { discardChanges } from "../files/draft.ts";
import type { FileRow } from "../files/file-rows.ts";
import type { FileVersion } from "../files/file-version.ts";
import { samePath, shownPath } from "../files/paths.ts";
import { count } from "../format.ts";
import type { Warning } from "../preflight/warnings.ts";
import { Icon } from "../shell/icons.tsx";
import { ChangeList } from "./change-list.tsx";
import { type Change, changesInWords, type FileChange } from "./changes.ts";

/** Never wider than a phone. */
const POPOVER_WIDTH = "min(420px, calc(100vw - 1.5rem))";

/** What deploying would change, and what one might look at before: each unfolds. */
export function DeploySummary({
  target,
  targetBuild,
  versions,
  rows,
  changes,
  returning,
  missing,
  ready,
  warnings,
  onShow,
}: {
  target: EnvironmentRepresentation | undefined;
  /** What the target serves; undefined where it serves nothing, or that is not loaded yet. */
  targetBuild: BuildRepresentation | undefined;
  versions: FileVersion[];
  rows: FileRow[];
  changes: Change[];
  /** Those of the changes that a roll-back undid. */
  returning: FileChange[];
  /** How many files are not in the draft that should be. */
  missing: number;
  ready: boolean;
  /** By version SID. */
  warnings: ReadonlyMap<string, Warning[]>;
  onShow: (fileSid: string) => void;
}) {
  // The build that is served is not here yet: what would change is not known.
  if (!ready || !target || (target.build_sid !== null && !targetBuild)) return null;
  const warned = versions.filter(({ sid }) => warnings.has(sid));
  return (
    <span className="rb-summary">
      {changes.length > 0 ? (
        <Changes target={target} rows={rows} changes={changes} returning={returning} />
      ) : (
        <span>
          {target.build_sid === null
            ? "Nothing deployed yet"
            : missing > 0
              ? `All that is here is live in ${target.unique_name}`
              : `All live in ${target.unique_name}`}
        </span>
      )}
      {warned.length > 0 && <Warnings warned={warned} warnings={warnings} onShow={onShow} />}
    </span>
  );
}

function Changes({
  target,
  rows,
  changes,
  returning,
}: {
  target: EnvironmentRepresentation;
  rows: FileRow[];
  changes: Change[];
  returning: FileChange[];
}) {
  return (
    <Popover position="bottom-end" width={POPOVER_WIDTH} withinPortal shadow="md" trapFocus>
      <Popover.Target>
        <button type="button" className="rb-link-button">
          {count(changes.length, "change")} for {target.unique_name}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" fw={600} mb={6}>
          Deploying changes: {changesInWords(changes)}
        </Text>
        {returning.length > 0 && (
          <Text size="sm" mb={6} className="rb-warn-text">
            {target.unique_name} was rolled back: {count(returning.length, "change")} of these would
            come back.
          </Text>
        )}
        <ChangeList
          changes={changes}
          {...(target.build_sid === null
            ? {}
            : { onDiscard: (change) => discard(rowsOf(change, rows)) })}
        />
        {target.build_sid !== null && (
          <Button
            mt="xs"
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="undo" size={15} />}
            onClick={() => discard(rows.filter(({ state }) => state !== "live"))}
          >
            Discard all changes
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Warnings({
  warned,
  warnings,
  onShow,
}: {
  warned: FileVersion[];
  warnings: ReadonlyMap<string, Warning[]>;
  onShow: (fileSid: string) => void;
}) {
  return (
    <Popover position="bottom-end" width={POPOVER_WIDTH} withinPortal shadow="md" trapFocus>
      <Popover.Target>
        <button type="button" className="rb-link-button rb-warn-text">
          <Icon name="warning" size={14} /> {count(warned.length, "file")} with warnings
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" fw={600} mb={6}>
          Worth a look before deploying
        </Text>
        <ul className="rb-warning-list">
          {warned.map((version) => (
            <li key={version.sid}>
              <button
                type="button"
                className="rb-link-button"
                onClick={() => onShow(version.file_sid)}
              >
                {shownPath(version.path)}
              </button>
              {(warnings.get(version.sid) ?? []).map((warning) => (
                <p key={warning.kind}>
                  <strong>{warning.title}.</strong> {warning.detail}
                </p>
              ))}
            </li>
          ))}
        </ul>
        <Text size="xs" c="dimmed" mt="xs">
          Warnings do not stop a deployment.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The files of a change: of one that stands in another's place, that other too. */
function rowsOf(change: Change, rows: FileRow[]): FileRow[] {
  if (change.kind === "dependency") return [];
  const meant = (path: string) => samePath(path, change.path);
  return rows.filter(
    ({ version, live }) =>
      version.file_sid === change.file ||
      meant(version.path) ||
      (live !== null && meant(live.path)),
  );
}

function discard(rows: FileRow[]): void {
  void discardChanges(rows);
  for (const { version } of rows) forgetUnsaved(version.file_sid);
}
