import { Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { formatDuration } from "../format.ts";
import { essence } from "../preflight/sniff.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { fetchContent } from "./edits.ts";
import type { FileVersion } from "./file-version.ts";
import { isText } from "./text-types.ts";

// Larger than all the rest of the console, and only for who opens a PDF.
const PdfPreview = lazy(() => import("./pdf-preview.tsx"));

/** Characters of a text that are shown. */
const SHOWN_TEXT = 20_000;

type Kind = "audio" | "image" | "video" | "pdf" | "text";

/**
 * Shows or plays a version's bytes. They are strangers' bytes on the console's own origin, so they only
 * ever become a picture, sound, painted pages, or text: never a document.
 */
export function FilePreview({
  version,
  onMeasure,
}: {
  version: FileVersion;
  onMeasure: (measure: string) => void;
}) {
  const kind = kindOf(version.content_type);
  const content = useQuery({
    queryKey: ["content", version.sid],
    queryFn: ({ signal }) => fetchContent(version, signal),
    enabled: kind !== null && version.content_size > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  if (version.content_size === 0) return <NoPreview>The file is empty.</NoPreview>;
  if (kind === null) return <NoPreview>There is no preview of this type.</NoPreview>;
  if (content.isError) {
    return (
      <FailureAlert
        title="There is no preview"
        error={content.error}
        onRetry={() => void content.refetch()}
      />
    );
  }
  if (!content.data) return <Loading />;
  return kind === "text" ? (
    <TextPreview content={content.data} />
  ) : (
    <MediaPreview kind={kind} content={content.data} version={version} onMeasure={onMeasure} />
  );
}

function MediaPreview({
  kind,
  content,
  version,
  onMeasure,
}: {
  kind: Exclude<Kind, "text">;
  content: Blob;
  version: FileVersion;
  onMeasure: (measure: string) => void;
}) {
  const url = useObjectUrl(content, content.type);
  const [broken, setBroken] = useState(false);
  if (url === null) return null;
  if (broken) {
    return <NoPreview>This browser cannot show {essence(version.content_type)}.</NoPreview>;
  }
  const onDuration = (event: React.SyntheticEvent<HTMLMediaElement>) => {
    const { duration } = event.currentTarget;
    if (Number.isFinite(duration)) onMeasure(formatDuration(duration));
  };
  const onError = () => setBroken(true);
  switch (kind) {
    case "audio":
    case "video": {
      const Player = kind;
      return (
        <Player
          className={`rb-${kind}`}
          controls
          preload="metadata"
          src={url}
          aria-label={`Play ${version.path}`}
          onLoadedMetadata={onDuration}
          onError={onError}
        />
      );
    }
    case "image":
      return (
        <div className="rb-preview">
          <img
            src={url}
            alt={version.path}
            onLoad={(event) => {
              const { naturalWidth, naturalHeight } = event.currentTarget;
              onMeasure(`${naturalWidth} × ${naturalHeight} pixels`);
            }}
            onError={onError}
          />
        </div>
      );
    case "pdf":
      return (
        <Suspense fallback={<Loading />}>
          <PdfPreview
            content={content}
            name={version.path}
            onMeasure={onMeasure}
            onError={onError}
          />
        </Suspense>
      );
  }
}

function TextPreview({ content }: { content: Blob }) {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let shown = true;
    void content
      .slice(0, SHOWN_TEXT * 4)
      .text()
      .then((all) => shown && setText(all));
    return () => {
      shown = false;
    };
  }, [content]);
  if (text === null) return null;
  return (
    <>
      <section className="rb-text" aria-label="Text of the file">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
        <pre tabIndex={0}>{text.slice(0, SHOWN_TEXT)}</pre>
      </section>
      {text.length > SHOWN_TEXT && (
        <Text size="xs" c="dimmed">
          The first {SHOWN_TEXT.toLocaleString("en-GB")} characters. Download it to see all.
        </Text>
      )}
    </>
  );
}

function Loading() {
  return (
    <div className="rb-preview">
      <Loader role="status" aria-label="Loading the preview" />
    </div>
  );
}

function NoPreview({ children }: { children: React.ReactNode }) {
  return (
    <div className="rb-preview">
      <Text c="dimmed" size="sm">
        {children}
      </Text>
    </div>
  );
}

/** A URL of `content` as a `type`, as long as it is shown. */
function useObjectUrl(content: Blob, type: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(content.slice(0, content.size, type));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content, type]);
  return url;
}

function kindOf(contentType: string): Kind | null {
  const type = essence(contentType);
  if (type.startsWith("audio/")) return "audio";
  if (type.startsWith("image/")) return "image";
  if (type.startsWith("video/")) return "video";
  if (type === "application/pdf") return "pdf";
  return isText(type) ? "text" : null;
}
