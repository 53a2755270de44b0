import { Anchor, Button, CopyButton, Popover, Text } from "@mantine/core";
import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { serviceChanged } from "../api/query-client.ts";
import { forgetUnsaved, unsavedIn, useUnsavedFiles } from "../editor/unsaved.ts";
import { AddEnvironment } from "../environments/add-environment.tsx";
import { discardChanges } from "../files/draft.ts";
import type { FileRow } from "../files/file-rows.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { samePath, shownPath } from "../files/paths.ts";
import { count } from "../format.ts";
import { useOffered } from "../palette/offered.ts";
import type { Warning } from "../preflight/warnings.ts";
import { closeParameter, openParameter, useParameter } from "../router.tsx";
import { notifyDone, notifyFailure, notifyNote } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import {
  failedUploads,
  forgetFailedUploads,
  isUploading,
  onUploads,
  retryFailedUploads,
} from "../uploads/queue.ts";
import { ChangeList } from "./change-list.tsx";
import {
  type Change,
  changesBetween,
  changesInWords,
  comingBack,
  dependencyChanges,
  deployedAlone,
  type FileChange,
  isExposing,
} from "./changes.ts";
import { useBuildSettings } from "./dependencies.ts";
import { activate, deployDraft, isDeploying, subjectOf, useDeployment } from "./deployment.ts";
import { Outcome } from "./outcome.tsx";
import { useUndoneBuild } from "./rolled-back.ts";

const DeployDialog = lazy(() => import("./deploy-dialog.tsx"));
const DependenciesDialog = lazy(() => import("./dependencies-dialog.tsx"));

/** Never wider than a phone. */
const POPOVER_WIDTH = "min(420px, calc(100vw - 1.5rem))";

type Props = {
  /** What stands before it in the bar. */
  children: ReactNode;
  serviceSid: string;
  environments: EnvironmentRepresentation[] | undefined;
  target: EnvironmentRepresentation | undefined;
  onTarget: (sid: string) => void;
  versions: FileVersion[];
  rows: FileRow[];
  /** What the target serves; undefined where it serves nothing, or that is not loaded yet. */
  targetBuild: BuildRepresentation | undefined;
  ready: boolean;
  /** By version SID. */
  warnings: ReadonlyMap<string, Warning[]>;
  /** Files (SIDs) that are to be deployed alone. */
  alone: ReadonlySet<string> | null;
  onAlone: (files: ReadonlySet<string> | null) => void;
  onShow: (fileSid: string) => void;
  /** Opens a file for editing, at a line where one is known. */
  onEdit: (fileSid: string, line: number | null) => void;
};

/** What deploying would change and would be warned of, and the button that does it. */
export function DeployBar(props: Props) {
  const { serviceSid, environments, target, onTarget, versions, targetBuild, onEdit } = props;
  const { alone, onAlone } = props;
  const settings = useBuildSettings(serviceSid, targetBuild);
  const ready = props.ready && settings.ready;
  const state = useDeployment(serviceSid);
  const [adding, setAdding] = useState(false);
  const choosing = useParameter("panel") === "dependencies";
  const [asking, setAsking] = useState(false);
  const toolbar = useButtonInView();
  const busy = isDeploying(state);
  const uploading = useSyncExternalStore(onUploads, () => isUploading(serviceSid));
  const failed = useSyncExternalStore(onUploads, () => failedUploads(serviceSid)).length;
  const typed = useUnsavedFiles();
  const unsaved = useMemo(
    () => unsavedIn(serviceSid).filter(({ base }) => typed.has(base.file_sid)),
    [serviceSid, typed],
  );
  const live = useMemo(() => filesOfBuild(targetBuild), [targetBuild]);
  const fileChanges = useMemo(() => changesBetween(live, versions), [live, versions]);
  const changes = useMemo(
    () => [
      ...fileChanges,
      ...dependencyChanges(targetBuild?.dependencies ?? [], settings.dependencies),
    ],
    [fileChanges, targetBuild, settings],
  );
  const undone = useUndoneBuild(target, fileChanges.length > 0);
  const returning = useMemo(
    () => (undone?.build ? comingBack(fileChanges, versions, filesOfBuild(undone.build)) : []),
    [undone, fileChanges, versions],
  );
  const hasFunctions = versions.some(({ kind }) => kind === "function");
  useOffered(
    ready && target && !busy
      ? [
          {
            id: "deploy",
            label: `Deploy All to ${target.unique_name}`,
            hint: "Action",
            icon: "cloud",
            run: () => press(),
          },
          {
            id: "dependencies",
            label: "Dependencies",
            hint: "Action",
            icon: "package",
            run: () => openParameter("panel", "dependencies"),
          },
        ]
      : [],
  );
  if (ready && environments?.length === 0) {
    return (
      <div className="rb-toolbar">
        {props.children}
        <div className="rb-deploy">
          <Text size="sm">Deploying needs an environment: a web address to deploy to.</Text>
          <Button onClick={() => setAdding(true)}>Add an environment</Button>
          {adding && <AddEnvironment serviceSid={serviceSid} onClose={() => setAdding(false)} />}
        </div>
      </div>
    );
  }
  const deploy = (
    environment: EnvironmentRepresentation,
    only: ReadonlySet<string> | null = null,
  ) => {
    const seen = { versions, buildSid: environment.build_sid, settings, targetBuild };
    void deployDraft(environment, seen, only);
  };
  const missing = failed + unsaved.length;
  const press = () => {
    if (!target) return;
    if (versions.length === 0 && missing === 0) {
      if (target.build_sid === null)
        return notifyNote("There is nothing to deploy: add files first");
      return void emptyOut(target);
    }
    if (changes.length === 0 && target.build_sid !== null && missing === 0) {
      return notifyNote(`Everything is live in ${target.unique_name} already`);
    }
    if (missing > 0 || undone || changes.some(isExposing)) return setAsking(true);
    deploy(target);
  };
  const closeDialog = () => {
    setAsking(false);
    onAlone(null);
  };
  const taken = alone ? deployedAlone(live, versions, alone) : versions;
  const takenChanges = alone ? changesBetween(live, taken) : changes;
  return (
    <>
      <div className="rb-toolbar" ref={toolbar}>
        {props.children}
        <div className="rb-deploy">
          <div className="rb-deploy-to">
            {target && <Domain environment={target} />}
            <Summary
              {...props}
              ready={ready}
              changes={changes}
              missing={missing}
              returning={returning}
            />
          </div>
          {(hasFunctions || settings.dependencies.length > 0) && (
            <Button
              variant="default"
              leftSection={<Icon name="package" size={17} />}
              disabled={!ready}
              onClick={() => openParameter("panel", "dependencies")}
            >
              {settings.dependencies.length === 0
                ? "Dependencies"
                : count(settings.dependencies.length, "dependency")}
            </Button>
          )}
          {environments && environments.length > 1 && (
            <Picker
              label="Environment to deploy to"
              value={target?.sid ?? ""}
              options={environments.map(({ sid, unique_name }) => [sid, unique_name] as const)}
              onChange={onTarget}
              disabled={busy}
            />
          )}
          <Button
            data-deploy
            leftSection={<Icon name="cloud" />}
            loading={busy}
            disabled={!ready || !target}
            onClick={press}
          >
            Deploy All
          </Button>
        </div>
        {uploading && !busy && changes.length > 0 && (
          <Text size="xs" c="dimmed" className="rb-deploy-hint">
            Files are still being uploaded: Deploy All takes those that are done.
          </Text>
        )}
        {failed > 0 && !busy && (
          <Text size="xs" className="rb-deploy-hint rb-warn-text" role="status">
            {count(failed, "file")} failed to upload and {failed === 1 ? "is" : "are"} missing here.{" "}
            <button type="button" className="rb-link-button" onClick={retryFailedUploads}>
              Try again
            </button>{" "}
            <button
              type="button"
              className="rb-link-button"
              onClick={() => forgetFailedUploads(serviceSid)}
            >
              Do without
            </button>
          </Text>
        )}
        {unsaved.length > 0 && !busy && (
          <Text size="xs" className="rb-deploy-hint rb-warn-text" role="status">
            {count(unsaved.length, "file")} with text that is not saved: Deploy All takes what is
            saved.
          </Text>
        )}
      </div>
      {state && target && (busy || state.subject === subjectOf(versions, target.build_sid)) && (
        <Outcome
          state={state}
          serviceSid={serviceSid}
          versions={versions}
          onAgain={() => deploy(target)}
          onEdit={onEdit}
        />
      )}
      <Suspense>
        {choosing && (
          <DependenciesDialog
            serviceSid={serviceSid}
            settings={settings}
            onClose={() => closeParameter("panel")}
          />
        )}
        {(asking || alone) && target && (
          <DeployDialog
            environment={target}
            changes={takenChanges}
            returning={alone ? returning.filter(({ file }) => alone.has(file)) : returning}
            rolledBack={undone?.date ?? null}
            unsaved={alone ? unsaved.filter(({ base }) => alone.has(base.file_sid)) : unsaved}
            alone={alone?.size ?? null}
            onDeploy={() => deploy(target, alone)}
            onClose={closeDialog}
          />
        )}
      </Suspense>
    </>
  );
}

/** The bar stays in view as far as its button needs: on a phone it has several lines. */
function useButtonInView(): (bar: HTMLDivElement | null) => (() => void) | undefined {
  return useCallback((bar: HTMLDivElement | null) => {
    if (!bar) return undefined;
    const place = () => {
      const button = bar.querySelector<HTMLElement>("[data-deploy]");
      const above = button ? button.offsetTop - 12 : 0;
      bar.style.setProperty("--rb-toolbar-top", `${-Math.max(0, above - 24)}px`);
    };
    const watcher = new ResizeObserver(place);
    watcher.observe(bar);
    place();
    return () => watcher.disconnect();
  }, []);
}

async function emptyOut(target: EnvironmentRepresentation): Promise<void> {
  const sure = confirm(
    `This service has no files left. Take down what ${target.unique_name} serves now?`,
  );
  if (!sure) return;
  await activate(target, null, "Taken down").then(
    () => notifyDone(`${target.unique_name} serves nothing now`),
    (error) => notifyFailure(`${target.unique_name} was not taken down`, error),
  );
  await serviceChanged(target.service_sid);
}

/** The files of a change: of one that stands in another's place, that other too. */
function rowsOf(change: Change, rows: FileRow[]): FileRow[] {
  if (change.kind === "dependency") return [];
  const meant = (path: string) => samePath(path, change.path);
  return rows.filter(
    ({ version, live }) =>
      version.file_sid === change.file ||
      meant(version.path) ||
      (live !== null && meant(live.path)),
  );
}

function discard(rows: FileRow[]): void {
  void discardChanges(rows);
  for (const { version } of rows) forgetUnsaved(version.file_sid);
}

function Domain({ environment }: { environment: EnvironmentRepresentation }) {
  const url = `${location.protocol}//${environment.domain_name}`;
  return (
    <span className="rb-domain">
      <Anchor href={`${url}/`} target="_blank" rel="noreferrer" size="sm" className="rb-mono">
        {environment.domain_name}
      </Anchor>
      <CopyButton value={url}>
        {({ copied, copy }) => (
          <button
            type="button"
            className="rb-icon-button"
            aria-label={copied ? "Address copied" : "Copy the address"}
            title="Copy the address"
            onClick={copy}
          >
            <Icon name={copied ? "check" : "copy"} size={15} />
          </button>
        )}
      </CopyButton>
    </span>
  );
}

function Summary({
  target,
  targetBuild,
  versions,
  warnings,
  onShow,
  changes,
  ready,
  rows,
  missing,
  returning,
}: Props & { changes: Change[]; missing: number; returning: FileChange[] }) {
  // The build that is served is not here yet: what would change is not known.
  if (!ready || !target || (target.build_sid !== null && !targetBuild)) return null;
  const warned = versions.filter(({ sid }) => warnings.has(sid));
  return (
    <span className="rb-summary">
      {changes.length === 0 ? (
        <span>
          {target.build_sid === null
            ? "Nothing deployed yet"
            : missing > 0
              ? `All that is here is live in ${target.unique_name}`
              : `All live in ${target.unique_name}`}
        </span>
      ) : (
        <Popover position="bottom-end" width={POPOVER_WIDTH} withinPortal shadow="md" trapFocus>
          <Popover.Target>
            <button type="button" className="rb-link-button">
              {count(changes.length, "change")} for {target.unique_name}
            </button>
          </Popover.Target>
          <Popover.Dropdown>
            <Text size="sm" fw={600} mb={6}>
              Deploying changes: {changesInWords(changes)}
            </Text>
            {returning.length > 0 && (
              <Text size="sm" mb={6} className="rb-warn-text">
                {target.unique_name} was rolled back: {count(returning.length, "change")} of these
                would come back.
              </Text>
            )}
            <ChangeList
              changes={changes}
              {...(target.build_sid === null
                ? {}
                : { onDiscard: (change) => discard(rowsOf(change, rows)) })}
            />
            {target.build_sid !== null && (
              <Button
                mt="xs"
                size="compact-sm"
                variant="default"
                leftSection={<Icon name="undo" size={15} />}
                onClick={() => discard(rows.filter(({ state }) => state !== "live"))}
              >
                Discard all changes
              </Button>
            )}
          </Popover.Dropdown>
        </Popover>
      )}
      {warned.length > 0 && (
        <Popover position="bottom-end" width={POPOVER_WIDTH} withinPortal shadow="md" trapFocus>
          <Popover.Target>
            <button type="button" className="rb-link-button rb-warn-text">
              <Icon name="warning" size={14} /> {count(warned.length, "file")} with warnings
            </button>
          </Popover.Target>
          <Popover.Dropdown>
            <Text size="sm" fw={600} mb={6}>
              Worth a look before deploying
            </Text>
            <ul className="rb-warning-list">
              {warned.map((version) => (
                <li key={version.sid}>
                  <button
                    type="button"
                    className="rb-link-button"
                    onClick={() => onShow(version.file_sid)}
                  >
                    {shownPath(version.path)}
                  </button>
                  {(warnings.get(version.sid) ?? []).map((warning) => (
                    <p key={warning.kind}>
                      <strong>{warning.title}.</strong> {warning.detail}
                    </p>
                  ))}
                </li>
              ))}
            </ul>
            <Text size="xs" c="dimmed" mt="xs">
              Warnings do not stop a deployment.
            </Text>
          </Popover.Dropdown>
        </Popover>
      )}
    </span>
  );
}
