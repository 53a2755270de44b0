import { Alert, Button, Group, Loader, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useEffectEvent, useMemo, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { copyUrl } from "../files/copy.ts";
import { changeVisibility } from "../files/edits.ts";
import type { FileActions } from "../files/file-actions.ts";
import { StateMark } from "../files/file-line.tsx";
import { FileMenu } from "../files/file-menu.tsx";
import type { FileRow } from "../files/file-rows.ts";
import type { FileVersion } from "../files/file-version.ts";
import { VISIBILITIES } from "../files/visibilities.ts";
import { FailureAlert, notifyWarning } from "../shell/failure.tsx";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { isTwiml, twimlPlace } from "../twiml/place.ts";
import type { Jump } from "./code-editor.tsx";
import { saveText, textQuery } from "./text.ts";
import { forgetUnsaved, keepUnsaved, unsavedText, useUnsaved } from "./unsaved.ts";

const CodeEditor = lazy(() => import("./code-editor.tsx"));
const TwimlFindings = lazy(() =>
  import("../twiml/twiml-findings.tsx").then((module) => ({ default: module.TwimlFindings })),
);

const HINT = "editor-hint";

/** A function, or a text, as one writes it: saving makes a new version, deploying makes it live. */
export default function FileEditor({
  row,
  target,
  versions,
  environments,
  jump,
  actions,
  onClose,
}: {
  row: FileRow;
  target: EnvironmentRepresentation | undefined;
  versions: FileVersion[];
  environments: EnvironmentRepresentation[];
  jump: Jump | null;
  actions: FileActions;
  onClose: () => void;
}) {
  const { version, path } = row;
  const { file_sid: fileSid } = version;
  const [found, setFound] = useState<Jump | null>(null);
  const [menu, setMenu] = useState<HTMLButtonElement | null>(null);
  const unsaved = useUnsaved(fileSid);
  const stored = useQuery(textQuery(version));
  const text = unsaved?.text ?? stored.data;
  const save = useMutation({ mutationFn: (typed: string) => saveText(version, typed) });
  const moved = unsaved !== undefined && unsaved.base.sid !== version.sid;
  const conflict = moved && unsaved.base.content_sha256 !== version.content_sha256;
  useEffect(() => {
    // Only its path or visibility changed: what was typed belongs to the new version just as well.
    if (moved && !conflict) keepUnsaved({ ...unsaved, base: version });
  }, [moved, conflict, unsaved, version]);
  useEffect(
    () => () => {
      if (unsavedText(fileSid)) {
        notifyWarning(`${path} is not saved. What you typed is kept in this tab.`);
      }
    },
    [fileSid, path],
  );

  const place = useMemo(
    () => twimlPlace(version.path, versions, environments),
    [version.path, versions, environments],
  );
  const onChange = (typed: string) => {
    if (typed === stored.data && !conflict) forgetUnsaved(fileSid);
    else keepUnsaved({ base: unsaved?.base ?? version, text: typed });
  };
  const onSave = () => {
    if (unsaved && !conflict && !save.isPending) save.mutate(unsaved.text);
  };
  const saveHere = useEffectEvent(onSave);
  useEffect(() => {
    // Wherever the focus is: what one means by it is the file that is open.
    const onKeyDown = (event: KeyboardEvent) => {
      const isSave = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
      if (!isSave || event.shiftKey || event.altKey) return;
      event.preventDefault();
      saveHere();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <section className="rb-editor" aria-label={`Editor of ${path}`}>
      <div className="rb-editor-head">
        <button type="button" className="rb-link-button" onClick={onClose}>
          <Icon name="arrowLeft" size={16} /> All files
        </button>
        <h2 className="rb-editor-path rb-mono rb-breakable">{path}</h2>
        <StateMark row={row} target={target} unsaved={unsaved !== undefined} />
        <Group gap="xs" wrap="nowrap" className="rb-editor-tools">
          <Picker
            label={`Visibility of ${path}`}
            className={`rb-${version.visibility}`}
            value={version.visibility}
            options={[...VISIBILITIES]}
            onChange={(visibility) => changeVisibility([version], visibility)}
          />
          <Button
            variant="default"
            leftSection={<Icon name="copy" size={16} />}
            disabled={!target || version.visibility === "private"}
            onClick={() => void copyUrl(row, target)}
          >
            Copy URL
          </Button>
          <Button
            disabled={unsaved === undefined || conflict}
            loading={save.isPending}
            onClick={onSave}
          >
            Save
          </Button>
          <IconButton
            icon="dots"
            aria-haspopup="menu"
            label={`More for ${path}`}
            title="More"
            onClick={(event) => setMenu(event.currentTarget)}
          />
        </Group>
      </div>
      {conflict && (
        <Alert color="yellow" role="alert" title="This file was changed elsewhere">
          <Text size="sm">
            Somebody saved another version while you typed, perhaps in another tab.
          </Text>
          <Group mt="sm">
            <Button
              size="compact-sm"
              loading={save.isPending}
              onClick={() => save.mutate(unsaved.text)}
            >
              Save mine over it
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => forgetUnsaved(fileSid)}>
              Take theirs
            </Button>
          </Group>
        </Alert>
      )}
      {save.isError && !save.isPending && unsaved && (
        <FailureAlert title="Not saved" error={save.error} onRetry={onSave} />
      )}
      {text === undefined && stored.isError && (
        <FailureAlert
          title="The file cannot be read"
          error={stored.error}
          onRetry={() => void stored.refetch()}
        />
      )}
      {text === undefined && !stored.isError && (
        <Loader role="status" aria-label="Loading the text" m="lg" />
      )}
      {text !== undefined &&
        version.kind === "asset" &&
        isTwiml(version.path, version.content_type) && (
          <Suspense>
            <TwimlFindings
              text={text}
              place={place}
              onJump={(line) => setFound({ fileSid, line })}
            />
          </Suspense>
        )}
      {text !== undefined && (
        <Suspense fallback={<Loader role="status" aria-label="Loading the editor" m="lg" />}>
          <CodeEditor
            label={version.kind === "function" ? `Code of ${path}` : `Text of ${path}`}
            describedBy={HINT}
            contentType={version.content_type}
            text={text}
            jump={found ?? jump}
            onChange={onChange}
          />
        </Suspense>
      )}
      <span role="status" className="rb-hidden">
        {save.isSuccess && unsaved === undefined ? `${path} saved` : ""}
      </span>
      <p id={HINT} className="rb-note rb-editor-hint">
        Tab indents; press Escape and then Tab to leave. Ctrl+S or ⌘S saves.
      </p>
      {menu && (
        <FileMenu
          row={row}
          button={menu}
          target={target}
          actions={actions}
          onClose={() => setMenu(null)}
        />
      )}
    </section>
  );
}
