import { Anchor, Button, CopyButton, Popover, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useState, useSyncExternalStore } from "react";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { serviceChanged } from "../api/query-client.ts";
import { AddEnvironment } from "../environments/add-environment.tsx";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { shownPath } from "../files/paths.ts";
import { count } from "../format.ts";
import type { Warning } from "../preflight/warnings.ts";
import { notifyDone, notifyFailure } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { isUploading, onUploads } from "../uploads/queue.ts";
import { ChangeList } from "./change-list.tsx";
import { type Change, changesBetween, changesInWords, dependencyChanges } from "./changes.ts";
import { useBuildSettings } from "./dependencies.ts";
import { activate, deployAll, isDeploying, useDeployment } from "./deployment.ts";
import { Outcome } from "./outcome.tsx";

const DependenciesDialog = lazy(() => import("./dependencies-dialog.tsx"));

/** Never wider than a phone. */
const POPOVER_WIDTH = "min(420px, calc(100vw - 1.5rem))";

type Props = {
  serviceSid: string;
  environments: EnvironmentRepresentation[] | undefined;
  target: EnvironmentRepresentation | undefined;
  onTarget: (sid: string) => void;
  versions: FileVersion[];
  /** What the target serves; undefined where it serves nothing, or that is not loaded yet. */
  targetBuild: BuildRepresentation | undefined;
  ready: boolean;
  /** By version SID. */
  warnings: ReadonlyMap<string, Warning[]>;
  /** How many files of the service are typed and not saved. */
  unsaved: number;
  onShow: (fileSid: string) => void;
  /** Opens a file for editing, at a line where one is known. */
  onEdit: (fileSid: string, line: number | null) => void;
};

/** What deploying would change and would be warned of, and the button that does it. */
export function DeployBar(props: Props) {
  const { serviceSid, environments, target, onTarget, versions, targetBuild, onEdit } = props;
  const settings = useBuildSettings(serviceSid, targetBuild);
  const ready = props.ready && settings.ready;
  const state = useDeployment(serviceSid);
  const [adding, setAdding] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const busy = isDeploying(state);
  const uploading = useSyncExternalStore(onUploads, () => isUploading(serviceSid));
  const changes = useMemo(
    () => [
      ...changesBetween(filesOfBuild(targetBuild), versions),
      ...dependencyChanges(targetBuild?.dependencies ?? [], settings.dependencies),
    ],
    [targetBuild, versions, settings],
  );
  const hasFunctions = versions.some(({ kind }) => kind === "function");
  if (ready && environments?.length === 0) {
    return (
      <div className="rb-deploy">
        <Text size="sm">Deploying needs an environment: a web address to deploy to.</Text>
        <Button onClick={() => setAdding(true)}>Add an environment</Button>
        {adding && <AddEnvironment serviceSid={serviceSid} onClose={() => setAdding(false)} />}
      </div>
    );
  }
  const deploy = (environment: EnvironmentRepresentation) =>
    void deployAll(environment, { versions, buildSid: environment.build_sid, settings });
  const press = () => {
    if (!target) return;
    if (versions.length === 0) {
      if (target.build_sid === null)
        return notifyDone("There is nothing to deploy: add files first");
      return void emptyOut(target);
    }
    if (changes.length === 0 && target.build_sid !== null) {
      return notifyDone(`Everything is live in ${target.unique_name} already`);
    }
    deploy(target);
  };
  return (
    <>
      <div className="rb-deploy">
        <div className="rb-deploy-to">
          {target && <Domain environment={target} />}
          <Summary {...props} ready={ready} changes={changes} />
        </div>
        {(hasFunctions || settings.dependencies.length > 0) && (
          <Button
            variant="default"
            leftSection={<Icon name="package" size={17} />}
            disabled={!ready}
            onClick={() => setChoosing(true)}
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
      {props.unsaved > 0 && !busy && (
        <Text size="xs" className="rb-deploy-hint rb-warn-text" role="status">
          {count(props.unsaved, "file")} with text that is not saved: Deploy All takes what is
          saved.
        </Text>
      )}
      {state && target && !(state.phase === "done" && changes.length > 0) && (
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
            onClose={() => setChoosing(false)}
          />
        )}
      </Suspense>
    </>
  );
}

async function emptyOut(target: EnvironmentRepresentation): Promise<void> {
  const sure = confirm(
    `This service has no files left. Take down what ${target.unique_name} serves now?`,
  );
  if (!sure) return;
  await activate(target, null).then(
    () => notifyDone(`${target.unique_name} serves nothing now`),
    (error) => notifyFailure(`${target.unique_name} was not taken down`, error),
  );
  await serviceChanged(target.service_sid);
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
}: Props & { changes: Change[] }) {
  // The build that is served is not here yet: what would change is not known.
  if (!ready || !target || (target.build_sid !== null && !targetBuild)) return null;
  const warned = versions.filter(({ sid }) => warnings.has(sid));
  return (
    <span className="rb-summary">
      {changes.length === 0 ? (
        <span>
          {target.build_sid === null ? "Nothing deployed yet" : `All live in ${target.unique_name}`}
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
            <ChangeList changes={changes} />
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
