import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { domainsQuery } from "../api/queries.ts";
import { Icon } from "../shell/icons.tsx";
import {
  canSign,
  copyCurl,
  copyMediaUrl,
  copyPlay,
  copyUrl,
  copyUrlAt,
  copyWebhook,
  urlOf,
} from "./copy.ts";
import { deleteFiles, discardChanges } from "./draft.ts";
import { download, replaceContent } from "./edits.ts";
import type { FileActions } from "./file-actions.ts";
import type { FileRow } from "./file-rows.ts";
import { MenuAnchor } from "./menu-anchor.tsx";
import { isEditableText } from "./text-types.ts";

/** What can be done with one file, beside `button`; made for the row whose button was pressed. */
export function FileMenu({
  row,
  button,
  target,
  actions,
  onClose,
}: {
  row: FileRow;
  button: HTMLButtonElement;
  target: EnvironmentRepresentation | undefined;
  actions: FileActions;
  onClose: () => void;
}) {
  const { version, path } = row;
  const replacement = useRef<HTMLInputElement>(null);
  const domains = useQuery({
    ...domainsQuery(version.service_sid, target?.sid ?? ""),
    enabled: target !== undefined,
    staleTime: 60_000,
  });
  const isThere = row.state !== "deleted";
  const isFunction = version.kind === "function";
  const isMedia = /^(image|video|audio)\/|^application\/pdf/.test(version.content_type);
  const reachable = target !== undefined && version.visibility !== "private";
  const close = () => {
    onClose();
    button.focus();
  };
  const act = (action: () => unknown) => () => {
    close();
    action();
  };
  return (
    <>
      <input
        ref={replacement}
        type="file"
        hidden
        aria-label={`Replacement for ${path}`}
        {...(isFunction ? { accept: ".js,.cjs" } : {})}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) void replaceContent(version, file);
          close();
        }}
      />
      <MenuAnchor button={button} label={`Actions for ${path}`} onClose={onClose}>
        {row.state === "deleted" && (
          <Item icon="undo" onClick={act(() => discardChanges([row]))}>
            Bring it back
          </Item>
        )}
        {isThere && isEditableText(version) && (
          <Item icon="code" onClick={act(() => actions.onEdit(version.file_sid, null))}>
            {isFunction ? "Edit code" : "Edit text"}
          </Item>
        )}
        <Item icon="eye" onClick={act(() => actions.onShow(version.file_sid))}>
          Preview and details
        </Item>
        {reachable && (
          <>
            <Menu.Divider />
            <Item icon="copy" onClick={act(() => copyUrl(row, target))}>
              Copy URL
            </Item>
            {(domains.data ?? []).map(({ hostname }) => (
              <Item
                key={hostname}
                icon="globe"
                onClick={act(() => copyUrlAt(row, `https://${hostname}`))}
              >
                {`Copy URL at ${hostname}`}
              </Item>
            ))}
            {version.content_type.startsWith("audio/") && (
              <Item icon="music" onClick={act(() => copyPlay(row, target))}>
                {"Copy as <Play>"}
              </Item>
            )}
            {isFunction && (
              <>
                <Item icon="phone" onClick={act(() => copyWebhook(row, target, "voiceUrl"))}>
                  Copy as voiceUrl
                </Item>
                <Item icon="message" onClick={act(() => copyWebhook(row, target, "smsUrl"))}>
                  Copy as smsUrl
                </Item>
              </>
            )}
            {isMedia && (
              <Item icon="image" onClick={act(() => copyMediaUrl(row, target))}>
                Copy as MMS mediaUrl
              </Item>
            )}
            {version.visibility === "protected" && (
              <Item icon="code" disabled={!canSign()} onClick={act(() => copyCurl(row, target))}>
                {canSign() ? "Copy signed curl command" : "Signed curl: needs the auth token"}
              </Item>
            )}
            {version.visibility === "public" && row.state !== "new" && (
              <Menu.Item
                component="a"
                href={urlOf(row, target)}
                target="_blank"
                rel="noreferrer"
                leftSection={<Icon name="open" size={16} />}
                onClick={close}
              >
                Open in a new tab
              </Menu.Item>
            )}
          </>
        )}
        {row.state !== "live" && target && (
          <>
            <Menu.Divider />
            <Item icon="cloud" onClick={act(() => actions.onDeploy([version.file_sid]))}>
              {row.state === "deleted" ? "Deploy its deletion alone" : "Deploy it alone"}
            </Item>
            {row.state === "changed" && (
              <Item icon="undo" onClick={act(() => discardChanges([row]))}>
                Discard its changes
              </Item>
            )}
          </>
        )}
        {isThere && (
          <>
            <Menu.Divider />
            <Item icon="edit" onClick={act(() => actions.onDialog({ kind: "rename", version }))}>
              Rename or move
            </Item>
            <Item icon="upload" onClick={() => replacement.current?.click()}>
              Replace with a file
            </Item>
            <Item icon="download" onClick={act(() => download(version))}>
              Download
            </Item>
            <Menu.Divider />
            <Item
              icon="trash"
              danger
              onClick={() => {
                close();
                void deleteFiles([version], row.live && target ? target.unique_name : null);
              }}
            >
              Delete
            </Item>
          </>
        )}
      </MenuAnchor>
    </>
  );
}

function Item({
  icon,
  danger = false,
  disabled = false,
  onClick,
  children,
}: {
  icon: Parameters<typeof Icon>[0]["name"];
  danger?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: string;
}) {
  return (
    <Menu.Item
      leftSection={<Icon name={icon} size={16} />}
      disabled={disabled}
      onClick={onClick}
      {...(danger ? { className: "rb-danger-item" } : {})}
    >
      {children}
    </Menu.Item>
  );
}
