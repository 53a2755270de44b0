import { Group, Textarea, TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { EnvironmentRepresentation, Visibility } from "../../../api/representations.ts";
import { notifyDone } from "../shell/failure.tsx";
import { FormDialog } from "../shell/form-dialog.tsx";
import { Picker } from "../shell/picker.tsx";
import { isTwiml, twimlPlace } from "../twiml/place.ts";
import { enqueue } from "../uploads/queue.ts";
import type { FileVersion } from "./file-version.ts";
import { normalisedPath, pathProblem, samePath, shownPath } from "./paths.ts";
import { VISIBILITIES } from "./visibilities.ts";

const TwimlFindings = lazy(() =>
  import("../twiml/twiml-findings.tsx").then((module) => ({ default: module.TwimlFindings })),
);

/** Writes a new text file: TwiML, a list, a page. */
export default function NewTextFile({
  serviceSid,
  versions,
  environments,
  onClose,
}: {
  serviceSid: string;
  versions: FileVersion[];
  environments: EnvironmentRepresentation[];
  onClose: () => void;
}) {
  const [path, setPath] = useState("");
  const [visibility, setVisibility] = useState<Visibility>("public");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const wanted = normalisedPath(path.trim());
  const taken = versions.some((version) => samePath(version.path, wanted));
  const problem =
    path.trim() === ""
      ? "Enter a path, such as /voice.xml"
      : (pathProblem(wanted) ?? (taken ? "Another file has this path: edit that one" : null));

  const close = () => {
    if (text === "" || confirm("Close without saving what you typed?")) onClose();
  };
  const onSubmit = () => {
    setTried(true);
    if (problem) return;
    // The API goes by the extension.
    const content = new Blob([text]);
    enqueue([
      {
        kind: "asset",
        serviceSid,
        path: wanted,
        visibility,
        fileSid: null,
        content,
        size: content.size,
        mode: "upload",
        onDone: () => notifyDone(`Saved ${shownPath(wanted)}: deploy it to make it live`),
      },
    ]);
    onClose();
  };
  return (
    <FormDialog
      title="New text file"
      width={860}
      submit={{ label: "Save" }}
      onSubmit={onSubmit}
      onClose={close}
    >
      <Group align="flex-start" gap="sm">
        <TextInput
          className="rb-grow"
          label="Path"
          placeholder="/voice.xml"
          data-autofocus
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
      <Textarea
        label="Text"
        autosize={false}
        rows={18}
        classNames={{ input: "rb-mono rb-code-input" }}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {text !== "" && isTwiml(wanted, "") && (
        <Suspense>
          <TwimlFindings text={text} place={twimlPlace(wanted, versions, environments)} />
        </Suspense>
      )}
    </FormDialog>
  );
}
