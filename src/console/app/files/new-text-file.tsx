import { Group, Textarea } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { notifyDone } from "../shell/failure.tsx";
import { FormDialog } from "../shell/form-dialog.tsx";
import { isTwiml, twimlPlace } from "../twiml/place.ts";
import { enqueue } from "../uploads/queue.ts";
import type { FileVersion } from "./file-version.ts";
import { PathField } from "./path-field.tsx";
import { normalisedPath, pathProblem, samePath, shownPath } from "./paths.ts";
import { forgetTypedText, keepTypedText, type TypedText, typedText } from "./typed-text.ts";
import { VisibilityField } from "./visibility-field.tsx";

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
  const [{ path, visibility, text }, setTyped] = useState(() => typedText(serviceSid));
  const type = (changes: Partial<TypedText>) => {
    const next = { path, visibility, text, ...changes };
    setTyped(next);
    keepTypedText(serviceSid, next);
  };
  const [tried, setTried] = useState(false);
  const wanted = normalisedPath(path.trim());
  const taken = versions.some((version) => samePath(version.path, wanted));
  const problem =
    path.trim() === ""
      ? "Enter a path, such as /voice.xml"
      : (pathProblem(wanted) ?? (taken ? "Another file has this path: edit that one" : null));

  const close = () => {
    if (text !== "" && !confirm("Close without saving what you typed?")) return;
    forgetTypedText(serviceSid);
    onClose();
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
    forgetTypedText(serviceSid);
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
        <PathField
          className="rb-grow"
          placeholder="/voice.xml"
          value={path}
          onChange={(path) => type({ path })}
          error={(tried || path !== "") && problem}
        />
        <VisibilityField value={visibility} onChange={(visibility) => type({ visibility })} />
      </Group>
      <Textarea
        label="Text"
        autosize={false}
        rows={18}
        classNames={{ input: "rb-mono rb-code-input" }}
        spellCheck={false}
        value={text}
        onChange={(event) => type({ text: event.currentTarget.value })}
      />
      {text !== "" && isTwiml(wanted, "") && (
        <Suspense>
          <TwimlFindings text={text} place={twimlPlace(wanted, versions, environments)} />
        </Suspense>
      )}
    </FormDialog>
  );
}
