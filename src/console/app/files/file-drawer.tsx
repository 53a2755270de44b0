import { Alert, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useEffect, useEffectEvent, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { formatBytes, formatTime } from "../format.ts";
import { FITTING_WORDS, type Fitting, fittingFor } from "../media/fittings.ts";
import type { Warning } from "../preflight/warnings.ts";
import { useFocusGivenBack } from "../shell/focus.ts";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { canSign, copyCurl, copyMediaUrl, copyPlay, copyUrl, copyWebhook, urlOf } from "./copy.ts";
import { discardChanges } from "./draft.ts";
import { EarlierVersions } from "./earlier-versions.tsx";
import { download } from "./edits.ts";
import type { FileActions } from "./file-actions.ts";
import { StateMark } from "./file-line.tsx";
import { FilePreview } from "./file-preview.tsx";
import type { FileRow } from "./file-rows.ts";
import { isEditableText } from "./text-types.ts";

const LastRequests = lazy(() => import("../activity/last-requests.tsx"));

/** One file: what it looks and sounds like, what is known of it, and how to use it. */
export default function FileDrawer({
  row,
  target,
  warnings,
  actions,
  onClose,
  onStep,
}: {
  row: FileRow;
  target: EnvironmentRepresentation | undefined;
  warnings: Warning[];
  actions: FileActions;
  onClose: () => void;
  /** Goes to the file before, or after, in the list. */
  onStep: (step: 1 | -1) => void;
}) {
  useFocusGivenBack();
  const { version, path } = row;
  const [measure, setMeasure] = useState<string | null>(null);
  const step = useEffectEvent(onStep);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const by = ({ ArrowRight: 1, ArrowLeft: -1 } as const)[event.key];
      const isTaken =
        event.target instanceof HTMLElement &&
        event.target.closest("input, select, textarea, audio, video, [role=menu], pre");
      if (by === undefined || isTaken || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      step(by);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  const isThere = row.state !== "deleted";
  const [listing, setListing] = useState(false);
  const isFunction = version.kind === "function";
  const reachable = target !== undefined && version.visibility !== "private";
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={
        <span className="rb-drawer-title">
          <span className="rb-breakable">{path}</span>
          <span className="rb-rigid">
            <IconButton
              icon="arrowLeft"
              size={16}
              label="Previous file"
              title="Previous (←)"
              onClick={() => onStep(-1)}
            />
            <IconButton
              icon="arrowLeft"
              size={16}
              className="rb-mirrored"
              label="Next file"
              title="Next (→)"
              onClick={() => onStep(1)}
            />
          </span>
        </span>
      }
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        {isThere ? (
          <FilePreview key={version.sid} version={version} onMeasure={setMeasure} />
        ) : (
          <Alert color="yellow" icon={<Icon name="trash" />} title="Deleted, still live">
            <Text size="sm">{target?.unique_name} serves it until the next deployment.</Text>
            <Button
              mt="xs"
              size="compact-sm"
              variant="default"
              onClick={() => void discardChanges([row])}
            >
              Bring it back
            </Button>
          </Alert>
        )}
        {warnings.map((warning) => (
          <Alert
            key={warning.kind}
            color="yellow"
            variant="light"
            title={warning.title}
            icon={<Icon name="warning" />}
          >
            {warning.detail}
            <FitButton
              fitting={fittingFor(warning.kind, version.content_type)}
              onFit={(fitting) => actions.onDialog({ kind: "fit", version, fitting })}
            />
          </Alert>
        ))}
        {reachable && (
          <section aria-label="Use it">
            <Text size="sm" className="rb-mono rb-breakable rb-url">
              {urlOf(row, target)}
            </Text>
            <Group gap="xs" mt="xs">
              <Button
                size="xs"
                leftSection={<Icon name="copy" size={16} />}
                onClick={() => void copyUrl(row, target)}
              >
                Copy URL
              </Button>
              {version.content_type.startsWith("audio/") && (
                <Button size="xs" variant="default" onClick={() => void copyPlay(row, target)}>
                  {"Copy <Play>"}
                </Button>
              )}
              {isFunction && (
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => void copyWebhook(row, target, "voiceUrl")}
                >
                  Copy voiceUrl
                </Button>
              )}
              {/^(image|video|audio)\/|^application\/pdf/.test(version.content_type) && (
                <Button size="xs" variant="default" onClick={() => void copyMediaUrl(row, target)}>
                  Copy mediaUrl
                </Button>
              )}
              {version.visibility === "protected" && canSign() && (
                <Button size="xs" variant="default" onClick={() => void copyCurl(row, target)}>
                  Copy signed curl
                </Button>
              )}
            </Group>
            {version.visibility === "protected" && (
              <Text size="sm" c="dimmed" mt="xs">
                Protected: answers only requests that carry Twilio’s signature, as its calls and
                messages do.
                {!canSign() &&
                  " To try it from a terminal, sign in with the auth token: an API key’s secret cannot sign."}
              </Text>
            )}
          </section>
        )}
        {reachable && (
          <Suspense fallback={null}>
            <LastRequests version={version} environment={target} />
          </Suspense>
        )}
        {version.visibility === "private" && (
          <Text size="sm" c="dimmed">
            Private: it has no URL. Your functions{" "}
            {isFunction
              ? "require it by Runtime.getFunctions()."
              : "read it with Runtime.getAssets()."}
          </Text>
        )}
        <dl className="rb-details">
          <dt>State</dt>
          <dd>
            <StateMark row={row} target={target} />
          </dd>
          <dt>Size</dt>
          <dd>
            {formatBytes(version.content_size)}
            {version.content_size >= 1000 && (
              <span className="rb-note"> {version.content_size.toLocaleString("en-GB")} bytes</span>
            )}
          </dd>
          <dt>Type</dt>
          <dd>{isFunction ? "Function" : version.content_type}</dd>
          {measure && (
            <>
              <dt>{measureName(measure)}</dt>
              <dd>{measure}</dd>
            </>
          )}
          <dt>Uploaded</dt>
          <dd>{formatTime(version.date_created)}</dd>
          <dt>SHA-256</dt>
          <dd className="rb-mono">{version.content_sha256}</dd>
          <dt>Version</dt>
          <dd className="rb-mono">{version.sid}</dd>
        </dl>
        {isThere && (
          <>
            <Group gap="xs">
              <Button
                variant="default"
                size="xs"
                leftSection={<Icon name="download" size={16} />}
                onClick={() => void download(version)}
              >
                Download
              </Button>
              <Button
                variant="default"
                size="xs"
                leftSection={<Icon name="edit" size={16} />}
                onClick={() => actions.onDialog({ kind: "rename", version })}
              >
                Rename
              </Button>
              {isEditableText(version) && (
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<Icon name="code" size={16} />}
                  onClick={() => actions.onEdit(version.file_sid, null)}
                >
                  {isFunction ? "Edit code" : "Edit text"}
                </Button>
              )}
            </Group>
            <section aria-label="Earlier versions">
              <button
                type="button"
                className="rb-part-button"
                aria-expanded={listing}
                onClick={() => setListing(!listing)}
              >
                <span className={listing ? "rb-turned" : ""}>
                  <Icon name="chevron" size={14} />
                </span>
                Earlier versions
              </button>
              {listing && <EarlierVersions row={row} />}
            </section>
          </>
        )}
      </Stack>
    </Drawer>
  );
}

function FitButton({
  fitting,
  onFit,
}: {
  fitting: Fitting | null;
  onFit: (fitting: Fitting) => void;
}) {
  if (!fitting) return null;
  return (
    <div>
      <Button mt="xs" size="compact-sm" variant="default" onClick={() => onFit(fitting)}>
        {FITTING_WORDS[fitting]}
      </Button>
    </div>
  );
}

/** What a preview has measured: pixels, pages or time. */
function measureName(measure: string): string {
  if (/×/.test(measure)) return "Dimensions";
  return /page/.test(measure) ? "Length" : "Duration";
}
