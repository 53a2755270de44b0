import { Button, Text } from "@mantine/core";
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
import { unsavedIn, useUnsavedFiles } from "../editor/unsaved.ts";
import { AddEnvironment } from "../environments/add-environment.tsx";
import type { FileRow } from "../files/file-rows.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { count } from "../format.ts";
import { useOffered } from "../palette/offered.ts";
import type { Warning } from "../preflight/warnings.ts";
import { closeParameter, openParameter, useParameter } from "../router.tsx";
import { notifyDone, notifyFailure, notifyNote } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { failedUploads, onUploads } from "../uploads/queue.ts";
import {
  changesBetween,
  comingBack,
  dependencyChanges,
  deployedAlone,
  isExposing,
} from "./changes.ts";
import { useBuildSettings } from "./dependencies.ts";
import { DeployHints } from "./deploy-hints.tsx";
import { DeploySummary } from "./deploy-summary.tsx";
import { activate, deployDraft, isDeploying, subjectOf, useDeployment } from "./deployment.ts";
import { DomainLink } from "./domain-link.tsx";
import { Outcome } from "./outcome.tsx";
import { useUndoneBuild } from "./rolled-back.ts";

const DeployDialog = lazy(() => import("./deploy-dialog.tsx"));
const DependenciesDialog = lazy(() => import("./dependencies-dialog.tsx"));

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
  const adding = useParameter("dialog") === "environment";
  const choosing = useParameter("panel") === "dependencies";
  const [asking, setAsking] = useState(false);
  const toolbar = useButtonInView();
  const busy = isDeploying(state);
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
          <Button onClick={() => openParameter("dialog", "environment")}>Add an environment</Button>
          {adding && (
            <AddEnvironment serviceSid={serviceSid} onClose={() => closeParameter("dialog")} />
          )}
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
      // A file that was sent again, because its bytes were lost, is no change, and yet to be deployed.
      return notifyNote(`Everything is live in ${target.unique_name} already`, {
        label: "Deploy again",
        run: () => deploy(target),
      });
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
            {target && <DomainLink environment={target} />}
            <DeploySummary
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
        {!busy && (
          <DeployHints
            serviceSid={serviceSid}
            failed={failed}
            unsaved={unsaved.length}
            changed={changes.length > 0}
          />
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
