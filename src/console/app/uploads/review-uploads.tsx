import { Alert, Button, Group, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, useMemo, useState } from "react";
import type { Visibility } from "../../../api/representations.ts";
import { usageQuery } from "../api/queries.ts";
import type { FileKind, FileVersion } from "../files/file-version.ts";
import { normalisedPath, pathKey } from "../files/paths.ts";
import { VISIBILITIES } from "../files/visibilities.ts";
import { count, formatBytes } from "../format.ts";
import { inspectFile } from "../preflight/inspections.ts";
import { useFocusGivenBack } from "../shell/focus.ts";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import type { IncomingFile } from "./intake.ts";
import {
  asKind,
  type Finding,
  findingsOf,
  isSource,
  type PlannedFile,
  planOf,
  tooMany,
} from "./plan.ts";
import { enqueue } from "./queue.ts";

/** Shows what will be uploaded where and who may fetch it, before a byte is sent. */
export default function ReviewUploads({
  serviceSid,
  files,
  versions,
  onClose,
}: {
  serviceSid: string;
  /** More may come while they are reviewed, at the end. */
  files: IncomingFile[];
  versions: FileVersion[];
  onClose: () => void;
}) {
  useFocusGivenBack();
  const limits = useQuery(usageQuery()).data?.limits;
  const [plan, setPlan] = useState(() => planOfFiles(files));
  const [planned, setPlanned] = useState(files.length);
  if (files.length > planned) {
    setPlanned(files.length);
    setPlan((before) => [...before, ...planOfFiles(files).slice(planned)]);
  }
  const existing = useMemo(
    () => new Map(versions.map((version) => [pathKey(version.path), version])),
    [versions],
  );
  const findings = useMemo(() => {
    const kinds = new Map([...existing].map(([key, { kind }]) => [key, kind] as const));
    return findingsOf(plan, { limits, existing: kinds });
  }, [plan, limits, existing]);
  const isBlocked = ({ id }: PlannedFile) =>
    (findings.get(id) ?? []).some(({ level }) => level === "error");
  const blocked = plan.filter(isBlocked);
  const ready = plan.filter((file) => !isBlocked(file));
  const bytes = ready.reduce((sum, { size }) => sum + size, 0);
  const overfull = tooMany(countAfter(versions, ready), limits);

  const change = useMemo(
    () => (id: number, changes: Partial<PlannedFile>) =>
      setPlan((before) => before.map((file) => (file.id === id ? { ...file, ...changes } : file))),
    [],
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
    setPlan((before) => before.map((file) => ({ ...file, visibility })));

  const upload = () => {
    enqueue(
      ready.map(({ id, kind, path, visibility, size }) => {
        const { file } = files[id] as IncomingFile;
        return {
          kind,
          serviceSid,
          path,
          visibility,
          fileSid: existing.get(pathKey(path))?.file_sid ?? null,
          content: file,
          size,
          mode: "upload" as const,
          onDone: ({ content_sha256 }) => {
            if (kind === "asset") void inspectFile(content_sha256, file).catch(() => {});
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
      <ul className="rb-plan" aria-label="Files to upload">
        {plan.map((file) => (
          <PlanLine
            key={file.id}
            file={file}
            findings={findings.get(file.id) ?? []}
            onChange={change}
            onRemove={removeFile}
          />
        ))}
      </ul>
      <div className="rb-modal-foot">
        <Text size="sm" role="status" c={blocked.length > 0 ? "red" : "dimmed"} mr="auto">
          {blocked.length > 0
            ? `${count(blocked.length, "file")} cannot be uploaded like this${ready.length > 0 ? " and would be left here" : ""}`
            : `${count(ready.length, "file")}, ${formatBytes(bytes)}`}
        </Text>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          data-autofocus
          disabled={ready.length === 0}
          leftSection={<Icon name="upload" size={17} />}
          onClick={upload}
        >
          {ready.length === plan.length && ready.length === 1
            ? "Upload"
            : `Upload ${count(ready.length, "file")}`}
        </Button>
      </div>
    </Modal>
  );
}

const KINDS = [
  ["asset", "Asset"],
  ["function", "Function"],
] as const satisfies (readonly [FileKind, string])[];

const PlanLine = memo(function PlanLine({
  file,
  findings,
  onChange,
  onRemove,
}: {
  file: PlannedFile;
  findings: Finding[];
  onChange: (id: number, changes: Partial<PlannedFile>) => void;
  onRemove: (id: number) => void;
}) {
  const { id, kind, name, path, visibility, size } = file;
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
        onChange={(event) => onChange(id, { path: event.currentTarget.value })}
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
        onChange={(value) => onChange(id, { visibility: value })}
      />
      <span className="rb-plan-size">{formatBytes(size)}</span>
      <button
        type="button"
        className="rb-icon-button"
        aria-label={`Leave ${name} out`}
        title="Leave out"
        onClick={() => onRemove(id)}
      >
        <Icon name="close" size={16} />
      </button>
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

function planOfFiles(files: IncomingFile[]): PlannedFile[] {
  return planOf(
    files.map(({ file, relativePath }) => ({ name: relativePath, size: file.size })),
    "/",
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
