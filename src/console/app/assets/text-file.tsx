import { Button, Group, Loader, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import type { AssetVersionRepresentation, Visibility } from "../../../api/representations.ts";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";
import { Picker } from "../shell/picker.tsx";
import { enqueue } from "../uploads/queue.ts";
import { VISIBILITIES } from "./asset-list.tsx";
import { fetchContent } from "./edits.ts";
import { normalisedPath, pathProblem, samePath, shownPath } from "./paths.ts";

/** Writes a text file: a new one, or a new version of `version`. */
export default function TextFile({
  serviceSid,
  version,
  versions,
  onClose,
}: {
  serviceSid: string;
  version: AssetVersionRepresentation | null;
  versions: AssetVersionRepresentation[];
  onClose: () => void;
}) {
  const [path, setPath] = useState(version?.path ?? "");
  const [visibility, setVisibility] = useState<Visibility>(version?.visibility ?? "public");
  const [text, setText] = useState(version ? null : "");
  const [tried, setTried] = useState(false);
  const content = useQuery({
    queryKey: ["text", version?.sid],
    queryFn: async ({ signal }) =>
      version ? (await fetchContent(version, signal)).text() : Promise.resolve(""),
    enabled: version !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    if (content.data !== undefined) setText((typed) => typed ?? content.data);
  }, [content.data]);
  const wanted = normalisedPath(path.trim());
  const taken = versions.some(
    (other) => other.asset_sid !== version?.asset_sid && samePath(other.path, wanted),
  );
  const problem =
    path.trim() === ""
      ? "Enter a path, such as /voice.xml"
      : (pathProblem(wanted) ?? (taken ? "Another file has this path: edit that one" : null));
  const changed = text !== null && text !== (content.data ?? "");

  const close = () => {
    if (!changed || confirm("Close without saving what you typed?")) onClose();
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problem || text === null) return;
    // An existing file keeps its type; for a new one the API goes by the extension.
    const bytes = new Blob([text], version ? { type: version.content_type } : {});
    enqueue([
      {
        serviceSid,
        path: wanted,
        visibility,
        assetSid: version?.asset_sid ?? null,
        content: bytes,
        size: bytes.size,
        kind: "upload",
        onDone: () => notifyDone(`Saved ${shownPath(wanted)}: deploy it to make it live`),
      },
    ]);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={close}
      size={860}
      title={version ? `Edit ${shownPath(version.path)}` : "New text file"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={onSubmit}>
        <Stack gap="md">
          <Group align="flex-start" gap="sm">
            <TextInput
              className="rb-grow"
              label="Path"
              placeholder="/voice.xml"
              data-autofocus={version ? undefined : true}
              classNames={{ input: "rb-mono" }}
              spellCheck={false}
              value={path}
              onChange={(event) => setPath(event.currentTarget.value)}
              error={(tried || path !== "") && problem}
            />
            <div>
              <span className="rb-label" aria-hidden="true">
                Visibility
              </span>
              <Picker
                label="Visibility"
                className={`rb-visibility rb-${visibility}`}
                value={visibility}
                options={[...VISIBILITIES]}
                onChange={setVisibility}
              />
            </div>
          </Group>
          {content.isError && <FailureAlert title="It cannot be read" error={content.error} />}
          {text === null && !content.isError && <Loader aria-label="Loading the text" />}
          {text !== null && (
            <Textarea
              label="Text"
              data-autofocus={version ? true : undefined}
              autosize={false}
              rows={18}
              classNames={{ input: "rb-mono rb-code-input" }}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={text === null}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
