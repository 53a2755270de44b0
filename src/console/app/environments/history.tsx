import { Button, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type {
  DeploymentChanges,
  DeploymentRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { buildQuery, deploymentsQuery, HISTORY_LENGTH } from "../api/queries.ts";
import { ChangeList } from "../deploy/change-list.tsx";
import { buildChanges, changesInWords } from "../deploy/changes.ts";
import { ROLL_BACK } from "../deploy/undone-build.ts";
import { copy } from "../files/copy.ts";
import { shownPath } from "../files/paths.ts";
import { formatAge, formatTime } from "../format.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Activation } from "./activation.tsx";
import { deployedBy } from "./deployed-by.ts";

/** What was deployed to an environment, newest first, what each changed, and the way back to it. */
export function History({ environment }: { environment: EnvironmentRepresentation }) {
  const { service_sid: serviceSid, sid } = environment;
  const deployments = useQuery(deploymentsQuery(serviceSid, sid));
  const [back, setBack] = useState<string | null>(null);
  if (deployments.isError && !deployments.data) {
    return (
      <FailureAlert
        title="The history cannot be shown"
        error={deployments.error}
        onRetry={() => void deployments.refetch()}
      />
    );
  }
  if (!deployments.data) return <Loader size="sm" role="status" aria-label="Loading" />;
  const list = deployments.data;
  if (list.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing was ever deployed here.
      </Text>
    );
  }
  return (
    <>
      <ol className="rb-history">
        {list.map((deployment, index) => (
          <HistoryLine
            key={deployment.sid}
            serviceSid={serviceSid}
            deployment={deployment}
            previous={list[index + 1]}
            complete={index < list.length - 1 || list.length < HISTORY_LENGTH}
            isCurrent={index === 0}
            currentBuild={environment.build_sid}
            onBack={setBack}
          />
        ))}
      </ol>
      {back !== null && (
        <Activation
          title={`Roll ${environment.unique_name} back`}
          verb="Roll back"
          environment={environment}
          buildSid={back}
          note={ROLL_BACK}
          done={`${environment.unique_name} was rolled back`}
          onClose={() => setBack(null)}
        />
      )}
    </>
  );
}

function HistoryLine({
  serviceSid,
  deployment,
  previous,
  complete,
  isCurrent,
  currentBuild,
  onBack,
}: {
  serviceSid: string;
  deployment: DeploymentRepresentation;
  previous: DeploymentRepresentation | undefined;
  /** Whether `previous` is what stood before, rather than past the end of the page. */
  complete: boolean;
  isCurrent: boolean;
  currentBuild: string | null;
  onBack: (buildSid: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const { build_sid: buildSid, date_created } = deployment;
  return (
    <li>
      <div className="rb-history-line">
        <button
          type="button"
          className="rb-part-button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <span className={open ? "rb-turned" : ""}>
            <Icon name="chevron" size={14} />
          </span>
          <span title={formatTime(date_created)}>
            {buildSid === null ? "Un-deployed" : "Deployed"} {formatAge(date_created)}
          </span>
        </button>
        {isCurrent && buildSid !== null && (
          <span className="rb-state rb-state-live">
            <Icon name="check" size={14} /> Live
          </span>
        )}
        <span className="rb-history-what rb-breakable">
          {deployment.changes && <Summary changes={deployment.changes} />}
          {deployment.deployed_by && (
            <span className="rb-note"> {deployedBy(deployment.deployed_by)}</span>
          )}
        </span>
        {buildSid !== null && (
          <IconButton
            icon="copy"
            size={15}
            label={`Copy the build SID of ${formatTime(date_created)}`}
            title={`Copy the build SID ${buildSid}`}
            onClick={() => void copy(buildSid, "Build SID copied")}
          />
        )}
        {buildSid !== null && buildSid !== currentBuild && (
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<Icon name="history" size={15} />}
            aria-label={`Roll back to the deployment of ${formatTime(date_created)}`}
            onClick={() => onBack(buildSid)}
          >
            Roll back
          </Button>
        )}
      </div>
      {open && (
        <div className="rb-history-changes">
          {complete ? (
            <Difference
              serviceSid={serviceSid}
              before={previous?.build_sid ?? null}
              after={buildSid}
              isSaid={deployment.changes !== null}
            />
          ) : (
            <Text size="sm" c="dimmed">
              What stood before is past the end of this list.
            </Text>
          )}
        </div>
      )}
    </li>
  );
}

/** What a deployment changed, in a line. */
function Summary({ changes }: { changes: DeploymentChanges }) {
  const { exposed, paths } = changes;
  const words = (["added", "changed", "moved", "removed"] as const).flatMap((kind) =>
    changes[kind] > 0 ? [`${changes[kind]} ${kind}`] : [],
  );
  const all = changes.added + changes.changed + changes.moved + changes.removed;
  return (
    <>
      {words.join(", ") || "no difference"}
      {exposed > 0 && <strong className="rb-exposed">, {exposed} more visible</strong>}
      {paths.length > 0 && (
        <span className="rb-note">
          {" "}
          {paths.map(shownPath).join(", ")}
          {all > paths.length && "…"}
        </span>
      )}
    </>
  );
}

function Difference({
  serviceSid,
  before,
  after,
  isSaid,
}: {
  serviceSid: string;
  before: string | null;
  after: string | null;
  /** Whether the line says already how much changed. */
  isSaid: boolean;
}) {
  const old = useQuery({ ...buildQuery(serviceSid, before ?? ""), enabled: before !== null });
  const now = useQuery({ ...buildQuery(serviceSid, after ?? ""), enabled: after !== null });
  if (old.isError || now.isError) {
    return (
      <Text size="sm" c="dimmed">
        The builds of this deployment are no longer kept.
      </Text>
    );
  }
  if ((before !== null && !old.data) || (after !== null && !now.data)) {
    return <Loader size="xs" role="status" aria-label="Loading" />;
  }
  const changes = buildChanges(old.data, now.data);
  return (
    <>
      {!isSaid && (
        <Text size="sm" c="dimmed" mb={4}>
          {changesInWords(changes)}
        </Text>
      )}
      {changes.length > 0 && <ChangeList changes={changes} />}
    </>
  );
}
