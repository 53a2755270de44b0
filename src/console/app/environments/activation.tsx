import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { buildQuery } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { ChangeList } from "../deploy/change-list.tsx";
import { buildChanges, changesInWords } from "../deploy/changes.ts";
import { activate } from "../deploy/deployment.ts";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { useFocusGivenBack } from "../shell/focus.ts";

/** Shows what an environment's callers would notice, and makes `buildSid` (null: nothing) what it serves. */
export function Activation({
  title,
  verb,
  environment,
  buildSid,
  done,
  onClose,
}: {
  title: string;
  verb: string;
  environment: EnvironmentRepresentation;
  buildSid: string | null;
  done: string;
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
  const activation = useMutation({
    mutationFn: () => activate(environment, buildSid, setWaiting),
    onSuccess: async () => {
      await serviceChanged(serviceSid);
      const undo = currentSid
        ? () =>
            void activate(environment, currentSid)
              .catch((error) => notifyFailure("It could not be taken back", error))
              .finally(() => serviceChanged(serviceSid))
        : undefined;
      notifyDone(done, undo);
      onClose();
    },
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
