import { Alert, Button, Group, Loader, Text } from "@mantine/core";
import { useEffect } from "react";
import type { BuildErrorRepresentation } from "../../../api/representations.ts";
import type { FileVersion } from "../files/file-version.ts";
import { samePath, shownPath } from "../files/paths.ts";
import { isEditableText } from "../files/text-types.ts";
import { count } from "../format.ts";
import { FailureAlert, FailureReference } from "../shell/failure.tsx";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { type DeploymentState, dismissDeployment } from "./deployment.ts";

/** How the deployment goes, or how it ended, with the way on. */
export function Outcome({
  state,
  serviceSid,
  versions,
  onAgain,
  onEdit,
}: {
  state: DeploymentState;
  serviceSid: string;
  onAgain: () => void;
} & ToFiles) {
  const dismiss = () => dismissDeployment(serviceSid);
  const isWhole =
    state.phase !== "done" || state.missing.failed + state.missing.unsaved + state.exposed === 0;
  useEffect(() => {
    if (state.phase !== "done" || state.warnings.length > 0 || !isWhole) return;
    const timer = setTimeout(dismiss, 12_000);
    return () => clearTimeout(timer);
  });
  switch (state.phase) {
    case "checking":
    case "building":
    case "activating":
      return (
        <div className="rb-outcome" role="status">
          <Loader size="xs" />
          <span>
            {state.waiting
              ? "The connection is lost. Waiting for it: the deployment goes on by itself…"
              : WORKING[state.phase](state.environment)}
          </span>
        </div>
      );
    case "done":
      return (
        <>
          <div
            className={`rb-outcome ${isWhole ? "rb-outcome-done" : "rb-outcome-part"}`}
            role="status"
          >
            <Icon name={isWhole ? "check" : "warning"} />
            <span>
              {state.alone === null
                ? `Deployed: ${count(state.files, "file")} ${state.files === 1 ? "is" : "are"} live in ${state.environment}.`
                : `Deployed ${count(state.alone, "file")} alone: ${count(state.files, "file")} ${state.files === 1 ? "is" : "are"} live in ${state.environment}.`}
              {state.exposed > 0 && (
                <strong className="rb-exposed">
                  {" "}
                  {count(state.exposed, "file")} more visible than before.
                </strong>
              )}
              {state.missing.failed > 0 &&
                ` Missing: ${count(state.missing.failed, "file")} that failed to upload.`}
              {state.missing.unsaved > 0 &&
                ` Not in it: text of ${count(state.missing.unsaved, "file")} that was not saved.`}
            </span>
            <IconButton icon="close" size={15} label="Dismiss" onClick={dismiss} />
          </div>
          {state.warnings.length > 0 && (
            <Alert
              mt="md"
              color="yellow"
              role="alert"
              title="Good to know about this build"
              icon={<Icon name="warning" />}
            >
              <BuildNotes notes={state.warnings} versions={versions} onEdit={onEdit} />
            </Alert>
          )}
        </>
      );
    case "build-failed":
      return (
        <Alert
          mt="md"
          color="red"
          role="alert"
          title="The build failed. What was live before still is."
          withCloseButton
          closeButtonLabel="Dismiss"
          onClose={dismiss}
          icon={<Icon name="warning" />}
        >
          <BuildNotes notes={state.errors} versions={versions} onEdit={onEdit} />
          {state.refusal && <FailureReference error={state.refusal} />}
        </Alert>
      );
    case "changed":
      return (
        <Alert
          mt="md"
          color="yellow"
          role="alert"
          title="The service has changed meanwhile"
          withCloseButton
          closeButtonLabel="Dismiss"
          onClose={dismiss}
          icon={<Icon name="warning" />}
        >
          <Text size="sm">
            {state.reason} Nothing was deployed. The list below now shows what is there.
          </Text>
          <Group mt="sm">
            <Button size="compact-sm" onClick={onAgain}>
              Deploy what is there now
            </Button>
          </Group>
        </Alert>
      );
    case "failed":
      return (
        <div className="rb-outcome-failed">
          <FailureAlert
            title="Not deployed. What was live before still is."
            error={state.error}
            onRetry={onAgain}
          />
        </div>
      );
  }
}

const WORKING = {
  checking: (name: string) => `Checking what is to be deployed to ${name}…`,
  building: (name: string) => `Building for ${name}…`,
  activating: (name: string) => `Activating the build in ${name}…`,
};

type ToFiles = {
  versions: FileVersion[];
  onEdit: (fileSid: string, line: number | null) => void;
};

/** A build's errors or warnings. */
function BuildNotes({ notes, ...toFiles }: { notes: BuildErrorRepresentation[] } & ToFiles) {
  return (
    <ul className="rb-plain-list">
      {notes.map((note) => (
        <li key={`${note.path}:${note.line}:${note.message}`} className="rb-breakable">
          <Place of={note} {...toFiles} /> {note.message}
        </li>
      ))}
    </ul>
  );
}

/** Where a note belongs; of a file that can be edited, the way there. */
function Place({
  of: { path, line },
  versions,
  onEdit,
}: { of: BuildErrorRepresentation } & ToFiles) {
  if (path === undefined) return null;
  const words = `${shownPath(path)}${line === undefined ? "" : `, line ${line}`}`;
  const version = versions.find((one) => samePath(one.path, path));
  if (!version || !isEditableText(version)) return <strong className="rb-mono">{words}:</strong>;
  return (
    <strong>
      <button
        type="button"
        className="rb-link-button rb-mono"
        onClick={() => onEdit(version.file_sid, line ?? null)}
      >
        {words}
      </button>
      :
    </strong>
  );
}
