import { Alert, Anchor, Button, CopyButton, Group, Loader, Popover, Text } from "@mantine/core";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type {
  AssetVersionRepresentation,
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { serviceChanged } from "../api/query-client.ts";
import { shownPath } from "../assets/paths.ts";
import { AddEnvironment } from "../environments/add-environment.tsx";
import { count } from "../format.ts";
import type { Warning } from "../preflight/warnings.ts";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { isUploading, onUploads } from "../uploads/queue.ts";
import { ChangeList } from "./change-list.tsx";
import { type Change, changesBetween, changesInWords } from "./changes.ts";
import {
  activate,
  type DeploymentState,
  deployAll,
  dismissDeployment,
  isDeploying,
  useDeployment,
} from "./deployment.ts";

type Props = {
  serviceSid: string;
  environments: EnvironmentRepresentation[] | undefined;
  target: EnvironmentRepresentation | undefined;
  onTarget: (sid: string) => void;
  versions: AssetVersionRepresentation[];
  /** What the target serves; undefined where it serves nothing, or that is not loaded yet. */
  targetBuild: BuildRepresentation | undefined;
  ready: boolean;
  /** By version SID. */
  warnings: ReadonlyMap<string, Warning[]>;
  onShow: (assetSid: string) => void;
};

/** What deploying would change and would be warned of, and the button that does it. */
export function DeployBar(props: Props) {
  const { serviceSid, environments, target, onTarget, versions, targetBuild, ready } = props;
  const state = useDeployment(serviceSid);
  const [adding, setAdding] = useState(false);
  const busy = isDeploying(state);
  const uploading = useSyncExternalStore(onUploads, () => isUploading(serviceSid));
  const changes = useMemo(
    () => changesBetween(targetBuild?.asset_versions ?? [], versions),
    [targetBuild, versions],
  );
  if (ready && environments?.length === 0) {
    return (
      <div className="rb-deploy">
        <Text size="sm">Deploying needs an environment: a web address to deploy to.</Text>
        <Button onClick={() => setAdding(true)}>Add an environment</Button>
        {adding && <AddEnvironment serviceSid={serviceSid} onClose={() => setAdding(false)} />}
      </div>
    );
  }
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
    void deployAll(target, { versions, buildSid: target.build_sid });
  };
  return (
    <>
      <div className="rb-deploy">
        <div className="rb-deploy-to">
          {target && <Domain environment={target} />}
          <Summary {...props} changes={changes} />
        </div>
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
      {state && target && !(state.phase === "done" && changes.length > 0) && (
        <Outcome state={state} serviceSid={serviceSid} target={target} versions={versions} />
      )}
    </>
  );
}

async function emptyOut(target: EnvironmentRepresentation): Promise<void> {
  const sure = confirm(
    `This service has no files left. Take down what ${target.unique_name} serves now?`,
  );
  if (!sure) return;
  await activate(target, null).catch(() => {});
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
        <Popover position="bottom-end" width={380} withinPortal shadow="md" trapFocus>
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
        <Popover position="bottom-end" width={420} withinPortal shadow="md" trapFocus>
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
                    onClick={() => onShow(version.asset_sid)}
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

function Outcome({
  state,
  serviceSid,
  target,
  versions,
}: {
  state: DeploymentState;
  serviceSid: string;
  target: EnvironmentRepresentation;
  versions: AssetVersionRepresentation[];
}) {
  const dismiss = () => dismissDeployment(serviceSid);
  useEffect(() => {
    if (state.phase !== "done") return;
    const timer = setTimeout(dismiss, 12_000);
    return () => clearTimeout(timer);
  });
  const again = () => void deployAll(target, { versions, buildSid: target.build_sid });
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
        <div className="rb-outcome rb-outcome-done" role="status">
          <Icon name="check" />
          <span>
            Deployed: {count(state.files, "file")} {state.files === 1 ? "is" : "are"} live in{" "}
            {state.environment}.
          </span>
          <button type="button" className="rb-icon-button" aria-label="Dismiss" onClick={dismiss}>
            <Icon name="close" size={15} />
          </button>
        </div>
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
          <ul className="rb-plain-list">
            {(state.errors ?? []).map((error) => (
              <li key={`${error.path}:${error.line}:${error.message}`} className="rb-breakable">
                {error.path && (
                  <strong className="rb-mono">
                    {shownPath(error.path)}
                    {error.line !== undefined && `, line ${error.line}`}:{" "}
                  </strong>
                )}
                {error.message}
              </li>
            ))}
          </ul>
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
            <Button size="compact-sm" onClick={again}>
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
            onRetry={again}
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
