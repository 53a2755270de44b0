import { Loader, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { fetchContent } from "../files/edits.ts";
import type { FileVersion } from "../files/file-version.ts";
import { normalisedPath, pathKey, pathProblem, shownPath } from "../files/paths.ts";
import { formatBytes } from "../format.ts";
import { inspectFile } from "../preflight/inspections.ts";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";
import { FormDialog } from "../shell/form-dialog.tsx";
import { enqueue } from "../uploads/queue.ts";
import { makeFitting } from "./fit.ts";
import { FITTING_WORDS, type Fitting, fittedPath } from "./fittings.ts";

const SAYS: Record<Fitting, string> = {
  "telephone-wav": "8 kHz, 16 bit, mono: what a telephone carries, so it sounds here as in a call.",
  "small-jpeg": "Small enough for what nearly every carrier passes on.",
  "clean-copy": "The same picture, without position, camera, time and comments.",
};

/** Shows what the page made of a file beside it; taken, it is uploaded as a file of its own. */
export default function FitDialog({
  version,
  fitting,
  versions,
  onClose,
}: {
  version: FileVersion;
  fitting: Fitting;
  versions: FileVersion[];
  onClose: () => void;
}) {
  const taken = new Set(versions.map(({ path }) => pathKey(path)));
  const [path, setPath] = useState(() => fittedPath(version.path, fitting, taken));
  const made = useQuery({
    queryKey: ["fitted", fitting, version.sid],
    queryFn: () => makeFitting(version, fitting),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const original = useQuery({
    queryKey: ["content", version.sid],
    queryFn: ({ signal }) => fetchContent(version, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const wanted = normalisedPath(path.trim());
  const problem =
    pathProblem(wanted) ?? (taken.has(pathKey(wanted)) ? "Another file has this path" : null);
  const onSubmit = () => {
    const content = made.data;
    if (!content || problem) return;
    enqueue([
      {
        kind: "asset",
        serviceSid: version.service_sid,
        path: wanted,
        visibility: version.visibility,
        fileSid: null,
        content,
        size: content.size,
        mode: "upload",
        onDone: (uploaded) => {
          void inspectFile(uploaded, content).catch(() => {});
          notifyDone(`${shownPath(wanted)} is there: deploy it to make it live`);
        },
      },
    ]);
    onClose();
  };
  return (
    <FormDialog
      title={FITTING_WORDS[fitting]}
      width={640}
      submit={{ label: "Take it", disabled: !made.data || problem !== null }}
      onSubmit={onSubmit}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {SAYS[fitting]} The original stays as it is.
      </Text>
      <div className="rb-beside">
        <Media title={`Original, ${formatBytes(version.content_size)}`} content={original.data} />
        {made.isError ? (
          <FailureAlert title="It cannot be made here" error={made.error} />
        ) : (
          <Media
            title={made.data ? `Made of it, ${formatBytes(made.data.size)}` : "Making it…"}
            content={made.data}
          />
        )}
      </div>
      <TextInput
        label="Path"
        classNames={{ input: "rb-mono" }}
        spellCheck={false}
        value={path}
        onChange={(event) => setPath(event.currentTarget.value)}
        error={problem}
      />
    </FormDialog>
  );
}

function Media({ title, content }: { title: string; content: Blob | undefined }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!content) return;
    const made = URL.createObjectURL(content);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content]);
  return (
    <figure className="rb-beside-one">
      {!content || !url ? (
        <Loader role="status" aria-label="Loading" />
      ) : content.type.startsWith("image/") ? (
        <img src={url} alt={title} />
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: nobody wrote what is said in it.
        <audio controls src={url} aria-label={title} />
      )}
      <figcaption className="rb-note">{title}</figcaption>
    </figure>
  );
}
