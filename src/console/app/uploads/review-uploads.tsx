import { Alert, Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, useMemo, useState } from "react";
import type { EnvironmentRepresentation, Visibility } from "../../../api/representations.ts";
import { usageQuery } from "../api/queries.ts";
import { discardChanges } from "../files/draft.ts";
import type { FileRow } from "../files/file-rows.ts";
import type { FileKind, FileVersion } from "../files/file-version.ts";
import { normalisedPath, pathKey, samePath } from "../files/paths.ts";
import { VISIBILITIES } from "../files/visibilities.ts";
import { count, formatBytes } from "../format.ts";
import { inspectFile } from "../preflight/inspections.ts";
import { useFocusGivenBack } from "../shell/focus.ts";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { usePlannedTwiml } from "../twiml/use-planned-twiml.ts";
import type { IncomingFile } from "./intake.ts";
import {
  asKind,
  destinationOf,
  type Existing,
  type Facts,
  type Finding,
  findingsOf,
  isLiveAgain,
  isSame,
  isSource,
  type PlannedFile,
  planBelow,
  planOf,
  tooMany,
  withVisibility,
} from "./plan.ts";
import { enqueue } from "./queue.ts";
import { useHashes } from "./use-hashes.ts";

/** Shows what will be uploaded where and who may fetch it, before a byte is sent. */
export default function ReviewUploads({
  serviceSid,
  files,
  into,
  versions,
  rows,
  live,
  environments,
  onClose,
}: {
  serviceSid: string;
  /** More may come while they are reviewed, at the end. */
  files: IncomingFile[];
  /** The folder they were dropped on. */
  into: string;
  versions: FileVersion[];
  rows: FileRow[];
  /** What the environment that is deployed to serves. */
  live: FileVersion[];
  environments: EnvironmentRepresentation[];
  onClose: () => void;
}) {
  useFocusGivenBack();
  const limits = useQuery(usageQuery()).data?.limits;
  const existing = useMemo(() => existingFiles(rows, live), [rows, live]);
  const [first] = useState(() => {
    const names = files.map(({ relativePath }) => relativePath);
    const destination = destinationOf(names, into, existing);
    return {
      ...destination,
      plan: planOf(named(files, destination.names), destination.folder, existing),
    };
  });
  const [plan, setPlan] = useState(first.plan);
  const [folder, setFolder] = useState(first.folder);
  const [planned, setPlanned] = useState(files.length);
  if (files.length > planned) {
    setPlanned(files.length);
    const names = [...first.names, ...files.slice(planned).map(({ relativePath }) => relativePath)];
    const all = planOf(named(files, names), normalisedFolder(folder), existing);
    setPlan((before) => [...before, ...all.slice(planned)]);
  }
  const replacing = plan.filter(({ path, size }) => {
    const there = existing.get(pathKey(path));
    return size > 0 && (there?.size === size || there?.live?.size === size);
  });
  const { hashes, ready: compared } = useHashes(
    replacing.map(({ id }) => ({ id, file: (files[id] as IncomingFile).file })),
  );
  const same = plan.filter((file) => isSame(file, hashes.get(file.id), existing));
  const undoable = useMemo(() => undoableRows(rows), [rows]);
  const undone = plan.filter(
    (file) => undoable.has(pathKey(file.path)) && isLiveAgain(file, hashes.get(file.id), existing),
  );
  const unsent = new Set([...same, ...undone]);
  const findings = useMemo(() => findingsOf(plan, { limits, existing }), [plan, limits, existing]);
  const twiml = usePlannedTwiml(plan, files, versions, environments);
  const has = (level: Finding["level"], { id }: PlannedFile) =>
    (findings.get(id) ?? []).some((finding) => finding.level === level);
  const listed = plan.filter((file) => !unsent.has(file));
  const blocked = listed.filter((file) => has("error", file));
  const ready = listed.filter((file) => !has("error", file));
  const wider = ready.filter((file) => has("wider", file));
  const bytes = ready.reduce((sum, { size }) => sum + size, 0);
  const overfull = tooMany(countAfter(versions, ready), limits);

  const change = useMemo(
    () => (id: number, changes: Partial<PlannedFile>) =>
      setPlan((before) =>
        before.map((file) =>
          file.id === id ? withVisibility({ ...file, ...changes }, existing) : file,
        ),
      ),
    [existing],
  );
  const removeFile = useMemo(
    () => (id: number) => setPlan((before) => before.filter((file) => file.id !== id)),
    [],
  );
  const sources = plan.filter(isSource);
  const setKinds = (kind: FileKind) =>
    setPlan((before) =>
      before.map((file) => (isSource(file) ? { ...file, ...asKind(file, kind) } : file)),
    );
  const setAll = (visibility: Visibility) =>
    setPlan((before) => before.map((file) => ({ ...file, visibility, chosen: true })));
  const placeBelow = (typed: string) => {
    setFolder(typed);
    setPlan((before) => planBelow(before, normalisedFolder(typed), existing));
  };

  const upload = () => {
    void discardChanges(undone.flatMap(({ path }) => undoable.get(pathKey(path)) ?? []));
    const fileAt = new Map(versions.map((version) => [pathKey(version.path), version.file_sid]));
    enqueue(
      ready.map(({ id, kind, path, visibility, size }) => {
        const { file } = files[id] as IncomingFile;
        return {
          kind,
          serviceSid,
          path,
          visibility,
          fileSid: fileAt.get(pathKey(path)) ?? null,
          content: file,
          size,
          mode: "upload" as const,
          onDone: (version) => {
            if (kind === "asset") void inspectFile(version, file).catch(() => {});
          },
        };
      }),
    );
    setPlan(blocked);
    if (blocked.length === 0) onClose();
  };

  return (
    <Modal
      opened
      onClose={onClose}
      size={860}
      title={plan.length === 1 ? "Upload a file" : `Upload ${count(plan.length, "file")}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Group justify="space-between" mb="sm" gap="xs">
        <Text size="sm" c="dimmed" maw={460}>
          Public files can be fetched by everyone, protected ones by Twilio alone, private ones by
          your functions only.{sources.length > 0 && " A .js file can be a function that runs."}
        </Text>
        {sources.length > 1 && (
          <Picker
            label="Kind of all .js files"
            value=""
            options={[["", "Set all .js to…"], ...KINDS]}
            onChange={(kind) => kind !== "" && setKinds(kind)}
          />
        )}
        {plan.length > 1 && (
          <Picker
            label="Visibility of all files"
            value=""
            options={[["", "Set all to…"], ...VISIBILITIES]}
            onChange={(visibility) => visibility !== "" && setAll(visibility)}
          />
        )}
      </Group>
      {overfull && (
        <Alert color="yellow" mb="sm" icon={<Icon name="warning" />}>
          {overfull}
        </Alert>
      )}
      {(plan.length > 1 || folder !== "/") && (
        <TextInput
          mb="sm"
          label="Folder they go to"
          classNames={{ root: "rb-inline-field", input: "rb-mono" }}
          spellCheck={false}
          value={folder}
          onChange={(event) => placeBelow(event.currentTarget.value)}
          onBlur={() => setFolder(normalisedFolder(folder))}
        />
      )}
      {same.length > 0 && (
        <Text size="sm" mb="sm" role="status">
          {same.length === plan.length
            ? `${same.length === 1 ? "It is" : `All ${count(same.length, "file")} are`} there already, byte for byte: nothing to do.`
            : `${count(same.length, "file")} ${same.length === 1 ? "is" : "are"} there already, byte for byte, and not sent.`}
        </Text>
      )}
      {undone.length > 0 && (
        <Text size="sm" mb="sm" role="status">
          {`${count(undone.length, "file")} ${undone.length === 1 ? "is" : "are"} live like this, byte for byte. Nothing is sent: ${undone.length === 1 ? "its change" : "their changes"} here ${undone.length === 1 ? "is" : "are"} taken back.`}
        </Text>
      )}
      <ul className="rb-plan" aria-label="Files to upload">
        {listed.map((file) => (
          <PlanLine
            key={file.id}
            file={file}
            findings={findings.get(file.id) ?? NO_FINDINGS}
            twiml={twiml.get(file.id)}
            onChange={change}
            onRemove={removeFile}
          />
        ))}
      </ul>
      <div className="rb-modal-foot">
        <div role="status" className="rb-grow">
          {blocked.length > 0 ? (
            <Text size="sm" c="red">
              {`${count(blocked.length, "file")} cannot be uploaded like this${ready.length > 0 ? " and would be left here" : ""}`}
            </Text>
          ) : (
            <Text size="sm" c="dimmed">
              {compared ? `${count(ready.length, "file")}, ${formatBytes(bytes)}` : "Comparing…"}
            </Text>
          )}
          {wider.length > 0 && (
            <Text size="sm" className="rb-exposed">
              {count(wider.length, "file")} would be more visible than now
            </Text>
          )}
        </div>
        <Button variant="default" onClick={onClose}>
          {ready.length + undone.length + blocked.length === 0 ? "Close" : "Cancel"}
        </Button>
        <Button
          data-autofocus
          disabled={ready.length + undone.length === 0 || !compared}
          leftSection={<Icon name={ready.length > 0 ? "upload" : "undo"} size={17} />}
          onClick={upload}
        >
          {ready.length === 0 && undone.length > 0
            ? `Take ${count(undone.length, "change")} back`
            : ready.length === listed.length && ready.length === 1
              ? "Upload"
              : `Upload ${count(ready.length, "file")}`}
        </Button>
      </div>
    </Modal>
  );
}

const NO_FINDINGS: Finding[] = [];

const KINDS = [
  ["asset", "Asset"],
  ["function", "Function"],
] as const satisfies (readonly [FileKind, string])[];

const PlanLine = memo(function PlanLine({
  file,
  findings: planned,
  twiml,
  onChange,
  onRemove,
}: {
  file: PlannedFile;
  findings: Finding[];
  twiml: Finding | undefined;
  onChange: (id: number, changes: Partial<PlannedFile>) => void;
  onRemove: (id: number) => void;
}) {
  const { id, kind, name, path, visibility, size } = file;
  const findings = twiml ? [...planned, twiml] : planned;
  const failing = findings.some(({ level }) => level === "error");
  return (
    <li className={isSource(file) ? "rb-plan-line rb-plan-source" : "rb-plan-line"}>
      <input
        className="rb-input rb-mono"
        aria-label={`Path of ${name}`}
        aria-invalid={failing}
        aria-describedby={findings.length > 0 ? `finding-${id}` : undefined}
        spellCheck={false}
        value={path}
        onChange={(event) => onChange(id, { path: event.currentTarget.value, edited: true })}
        onBlur={() => path !== "" && onChange(id, { path: normalisedPath(path) })}
      />
      {isSource(file) && (
        <Picker
          label={`Kind of ${name}`}
          value={kind}
          options={[...KINDS]}
          onChange={(value) => onChange(id, asKind(file, value))}
        />
      )}
      <Picker
        label={`Visibility of ${name}`}
        className={`rb-visibility rb-${visibility}`}
        value={visibility}
        options={[...VISIBILITIES]}
        onChange={(value) => onChange(id, { visibility: value, chosen: true })}
      />
      <span className="rb-plan-size">{formatBytes(size)}</span>
      <IconButton
        icon="close"
        size={16}
        label={`Leave ${name} out`}
        title="Leave out"
        onClick={() => onRemove(id)}
      />
      {findings.length > 0 && (
        <div id={`finding-${id}`} className="rb-plan-findings">
          {findings.map(({ level, text }) => (
            <p key={text} className={`rb-finding-${level}`}>
              {text}
            </p>
          ))}
        </div>
      )}
    </li>
  );
});

function named(files: IncomingFile[], names: string[]): { name: string; size: number }[] {
  return files.map(({ file }, index) => ({ name: names[index] as string, size: file.size }));
}

/** A folder as typed, as the paths below it start: `/` or `/ivr`. */
function normalisedFolder(typed: string): string {
  const path = normalisedPath(typed.trim()).replace(/\/+$/, "");
  return path === "" ? "/" : path;
}

function existingFiles(rows: FileRow[], live: FileVersion[]): Map<string, Existing> {
  const served = new Map(live.map((version) => [pathKey(version.path), factsOf(version)]));
  return new Map(
    rows.map(({ version, state }) => {
      const key = pathKey(version.path);
      const drafted = state !== "deleted";
      return [key, { ...factsOf(version), drafted, live: served.get(key) ?? null }];
    }),
  );
}

function factsOf({ kind, visibility, content_sha256, content_size }: FileVersion): Facts {
  return { kind, visibility, sha256: content_sha256, size: content_size };
}

/** By path: what is live there otherwise, or is deleted. One that only moved away stays where it is. */
function undoableRows(rows: FileRow[]): Map<string, FileRow> {
  return new Map(
    rows
      .filter(({ state, version, live }) => {
        return state !== "live" && live !== null && samePath(live.path, version.path);
      })
      .map((row) => [pathKey(row.version.path), row]),
  );
}

function countAfter(versions: FileVersion[], added: PlannedFile[]) {
  const files = new Map<string, { kind: FileKind; visibility: Visibility }>();
  for (const file of [...versions, ...added]) files.set(pathKey(file.path), file);
  const all = [...files.values()];
  const functions = all.filter(({ kind }) => kind === "function").length;
  const hidden = all.filter(
    ({ kind, visibility }) => kind === "asset" && visibility === "private",
  ).length;
  return { functions, private: hidden, shared: all.length - functions - hidden };
}
