import { Menu } from "@mantine/core";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { Icon } from "../shell/icons.tsx";
import { deleteFiles, discardChanges } from "./draft.ts";
import { changeVisibility } from "./edits.ts";
import type { FileActions } from "./file-actions.ts";
import type { FileRow } from "./file-rows.ts";
import { MenuAnchor } from "./menu-anchor.tsx";
import { VISIBILITIES } from "./visibilities.ts";

/** What can be done with all files of a folder, beside `button`. */
export function FolderMenu({
  folder,
  rows,
  button,
  target,
  actions,
  onClose,
}: {
  folder: string;
  /** The files in it, and below. */
  rows: FileRow[];
  button: HTMLButtonElement;
  target: EnvironmentRepresentation | undefined;
  actions: FileActions;
  onClose: () => void;
}) {
  const there = rows.filter(({ state }) => state !== "deleted");
  const pending = rows.filter(({ state }) => state !== "live");
  const versions = there.map(({ version }) => version);
  const act = (action: () => unknown) => () => {
    onClose();
    button.focus();
    action();
  };
  return (
    <MenuAnchor button={button} label={`Actions for ${folder}`} onClose={onClose}>
      <Menu.Item
        leftSection={<Icon name="upload" size={16} />}
        onClick={act(() => actions.onUpload(folder))}
      >
        Upload files here
      </Menu.Item>
      <Menu.Item
        leftSection={<Icon name="edit" size={16} />}
        onClick={act(() => actions.onDialog({ kind: "move", rows: there, from: folder }))}
      >
        Rename or move
      </Menu.Item>
      <Menu.Item
        leftSection={<Icon name="download" size={16} />}
        onClick={act(() => actions.onZip(versions, folder))}
      >
        Download as ZIP
      </Menu.Item>
      <Menu.Divider />
      {VISIBILITIES.map(([visibility, words]) => (
        <Menu.Item
          key={visibility}
          leftSection={<Icon name={visibility === "public" ? "globe" : "lock"} size={16} />}
          onClick={act(() => changeVisibility(versions, visibility))}
        >
          Make all {words.toLowerCase()}
        </Menu.Item>
      ))}
      {pending.length > 0 && target && (
        <>
          <Menu.Divider />
          <Menu.Item
            leftSection={<Icon name="cloud" size={16} />}
            onClick={act(() => actions.onDeploy(pending.map(({ version }) => version.file_sid)))}
          >
            Deploy the folder alone
          </Menu.Item>
          {target.build_sid !== null && (
            <Menu.Item
              leftSection={<Icon name="undo" size={16} />}
              onClick={act(() => discardChanges(pending))}
            >
              Discard its changes
            </Menu.Item>
          )}
        </>
      )}
      <Menu.Divider />
      <Menu.Item
        className="rb-danger-item"
        leftSection={<Icon name="trash" size={16} />}
        onClick={act(() => {
          const isServed = there.some(({ live }) => live !== null);
          return deleteFiles(versions, isServed && target ? target.unique_name : null);
        })}
      >
        Delete
      </Menu.Item>
    </MenuAnchor>
  );
}
