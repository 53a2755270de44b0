import { Alert, Button, Checkbox, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type {
  EnvironmentRepresentation,
  VariableRepresentation,
} from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { buildQuery, draftQuery, environmentPath, variablesQuery } from "../api/queries.ts";
import { queryClient, serviceChanged } from "../api/query-client.ts";
import { ChangeList } from "../deploy/change-list.tsx";
import { buildChanges, changesInWords } from "../deploy/changes.ts";
import { activate } from "../deploy/deployment.ts";
import { ROLL_BACK } from "../deploy/undone-build.ts";
import { changeDraft } from "../files/draft.ts";
import type { DraftChange } from "../files/draft-change.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { count } from "../format.ts";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { useFocusGivenBack } from "../shell/focus.ts";
import { Icon } from "../shell/icons.tsx";
import "@mantine/core/styles/Radio.css";

/** Shows what an environment's callers would notice, and makes `buildSid` (null: nothing) what it serves. */
export function Activation({
  title,
  verb,
  environment,
  buildSid,
  note,
  done,
  from,
  onClose,
}: {
  title: string;
  verb: string;
  environment: EnvironmentRepresentation;
  buildSid: string | null;
  /** What the history says of it. */
  note: string;
  done: string;
  /** The environment whose build it is, where one is promoted. */
  from?: EnvironmentRepresentation;
  onClose: () => void;
}) {
  useFocusGivenBack();
  const { service_sid: serviceSid, build_sid: currentSid } = environment;
  const current = useQuery({
    ...buildQuery(serviceSid, currentSid ?? ""),
    enabled: currentSid !== null,
  });
  const next = useQuery({ ...buildQuery(serviceSid, buildSid ?? ""), enabled: buildSid !== null });
  const loaded = (currentSid === null || current.data) && (buildSid === null || next.data);
  const changes = loaded ? buildChanges(current.data, next.data) : null;
  const [waiting, setWaiting] = useState(false);
  const lacking = useLackingVariables(from, environment);
  const [copying, setCopying] = useState(true);
  const isRollBack = note === ROLL_BACK;
  const [discarding, setDiscarding] = useState(isRollBack);
  const activation = useMutation({
    mutationFn: async () => {
      if (copying) await copyVariables(environment, lacking);
      await activate(environment, buildSid, note, setWaiting);
      return discarding ? await draftLike(serviceSid, filesOfBuild(next.data)) : null;
    },
    onSuccess: async (back) => {
      await serviceChanged(serviceSid);
      const undo = currentSid
        ? () =>
            void activate(environment, currentSid, `Undone: ${note}`)
              .then(() => back && changeDraft(serviceSid, back))
              .catch((error) => notifyFailure("It could not be taken back", error))
              .finally(() => serviceChanged(serviceSid))
        : undefined;
      notifyDone(done, undo);
      onClose();
    },
    onError: () => serviceChanged(serviceSid),
  });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      {next.isError && (
        <FailureAlert title="This build is no longer kept" error={next.error}>
          <Text size="sm" mt={4}>
            Builds that no environment serves are deleted after a while. Deploy All makes a new one.
          </Text>
        </FailureAlert>
      )}
      {currentSid === buildSid ? (
        <Text size="sm">{environment.unique_name} serves this build already.</Text>
      ) : (
        changes && (
          <>
            <Text size="sm" mb="xs">
              Changes for {environment.unique_name}: {changesInWords(changes)}
            </Text>
            <ChangeList changes={changes} />
            {lacking.length > 0 && (
              <Alert
                mt="md"
                color="yellow"
                icon={<Icon name="key" />}
                title={`${environment.unique_name} lacks ${count(lacking.length, "variable")} that ${from?.unique_name} has`}
              >
                <Text size="sm" className="rb-mono rb-breakable">
                  {lacking.map(({ key }) => key).join(", ")}
                </Text>
                <Checkbox
                  mt="xs"
                  label="Copy them first, with their values"
                  checked={copying}
                  onChange={(event) => setCopying(event.currentTarget.checked)}
                />
              </Alert>
            )}
            {isRollBack && (
              <Radio.Group
                mt="md"
                label="The draft, what Functions & Assets shows"
                value={discarding ? "discard" : "keep"}
                onChange={(value) => setDiscarding(value === "discard")}
              >
                <Stack gap="xs" mt="xs">
                  <Radio
                    value="discard"
                    label="Discard it: it becomes what is rolled back to"
                    description="The usual choice. Nothing comes back with the next Deploy All."
                  />
                  <Radio
                    value="keep"
                    label="Keep it"
                    description="The next Deploy All puts its changes back, and says so before."
                  />
                </Stack>
              </Radio.Group>
            )}
          </>
        )
      )}
      {activation.isPending && waiting && (
        <Text size="sm" mt="md" role="status">
          The connection is lost. Waiting for it: this goes on by itself…
        </Text>
      )}
      {activation.isError && <FailureAlert title="It was not done" error={activation.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          data-autofocus
          disabled={currentSid === buildSid || next.isError}
          loading={activation.isPending}
          {...(buildSid === null ? { color: "red" } : {})}
          onClick={() => activation.mutate()}
        >
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}

/** Makes the draft of a service `wanted`, and nothing else; returns what takes that back. */
async function draftLike(serviceSid: string, wanted: FileVersion[]): Promise<DraftChange> {
  const draft = await queryClient.fetchQuery({ ...draftQuery(serviceSid), staleTime: 0 });
  const drafted = new Map(draft.map((version) => [version.file_sid, version]));
  const files = new Set(wanted.map(({ file_sid }) => file_sid));
  const differing = wanted.filter(({ file_sid, sid }) => drafted.get(file_sid)?.sid !== sid);
  const surplus = draft.filter(({ file_sid }) => !files.has(file_sid));
  await changeDraft(serviceSid, {
    versions: differing.map(({ sid }) => sid),
    removed: surplus.map(({ file_sid }) => file_sid),
  });
  const before = differing.flatMap(({ file_sid }) => drafted.get(file_sid)?.sid ?? []);
  return {
    versions: [...before, ...surplus.map(({ sid }) => sid)],
    removed: differing.flatMap(({ file_sid }) => (drafted.has(file_sid) ? [] : [file_sid])),
  };
}

/** Variables that `from` has and `to` has not; those that cannot be read are not among them. */
function useLackingVariables(
  from: EnvironmentRepresentation | undefined,
  to: EnvironmentRepresentation,
): VariableRepresentation[] {
  const enabled = from !== undefined;
  const { service_sid: serviceSid } = to;
  const there = useQuery({ ...variablesQuery(serviceSid, from?.sid ?? ""), enabled }).data;
  const here = useQuery({ ...variablesQuery(serviceSid, to.sid), enabled }).data;
  if (!there || !here) return [];
  const known = new Set(here.map(({ key }) => key));
  return there.filter(({ key, value }) => value !== null && !known.has(key));
}

async function copyVariables(
  to: EnvironmentRepresentation,
  variables: VariableRepresentation[],
): Promise<void> {
  const path = `${environmentPath(to.service_sid, to.sid)}/Variables`;
  for (const { key, value } of variables) {
    await post(path, { Key: key, Value: value ?? undefined });
  }
}
