import { Button, Group, Menu, Skeleton, Text, TextInput, Title } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useDeferredValue, useMemo, useRef, useState } from "react";
import type { AssetVersionRepresentation } from "../../../api/representations.ts";
import { buildQuery, draftQuery, environmentsQuery } from "../api/queries.ts";
import { DeployBar } from "../deploy/deploy-bar.tsx";
import { count } from "../format.ts";
import { useInspectionOf, useInspections } from "../preflight/inspections.ts";
import { versionWarnings } from "../preflight/version-warnings.ts";
import type { Warning } from "../preflight/warnings.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { chosenFiles, type IncomingFile } from "../uploads/intake.ts";
import { useFileDrop } from "../uploads/use-file-drop.ts";
import { AssetList } from "./asset-list.tsx";
import { type AssetFilter, assetRows, filteredRows } from "./asset-rows.ts";
import { useDeletions } from "./deletions.ts";
import { useTarget } from "./use-target.ts";

const ReviewUploads = lazy(() => import("../uploads/review-uploads.tsx"));
const TextFile = lazy(() => import("./text-file.tsx"));
const RenameAsset = lazy(() => import("./rename-asset.tsx"));
const AssetDrawer = lazy(() => import("./asset-drawer.tsx"));

export type AssetDialog =
  | { kind: "review"; files: IncomingFile[] }
  | { kind: "text"; version: AssetVersionRepresentation | null }
  | { kind: "rename"; version: AssetVersionRepresentation };

const EVERYTHING: AssetFilter = { text: "", visibility: "all", state: "all" };
const NOTHING: AssetVersionRepresentation[] = [];

/** The files of a service: added, changed, and deployed. */
export function AssetsTab({ serviceSid }: { serviceSid: string }) {
  const draft = useQuery(draftQuery(serviceSid));
  const environments = useQuery(environmentsQuery(serviceSid));
  const deletions = useDeletions();
  const inspections = useInspections();
  const [target, setTarget] = useTarget(serviceSid, environments.data);
  const [filter, setFilter] = useState(EVERYTHING);
  const [dialog, setDialog] = useState<AssetDialog | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const closeDialog = () => setDialog(null);
  const review = (files: IncomingFile[]) => {
    if (files.length > 0) setDialog({ kind: "review", files });
  };
  const dragging = useFileDrop(review);

  const versions = useMemo(
    () => (draft.data ?? NOTHING).filter(({ asset_sid }) => !deletions.has(asset_sid)),
    [draft.data, deletions],
  );
  const deployed = useQueries({
    queries: (environments.data ?? []).flatMap(({ build_sid }) =>
      build_sid ? [buildQuery(serviceSid, build_sid)] : [],
    ),
    combine: (builds) => {
      const found = new Map(builds.flatMap(({ data }) => (data ? [[data.sid, data]] : [])));
      return found;
    },
  });
  const rows = useMemo(() => {
    const serving = (environments.data ?? []).flatMap((environment) => {
      const build = deployed.get(environment.build_sid ?? "");
      return build ? [{ environment, build }] : [];
    });
    return assetRows(versions, serving, target);
  }, [versions, environments.data, deployed, target]);
  const pending = useMemo(
    () => rows.filter(({ state }) => state !== "live").map(({ version }) => version),
    [rows],
  );
  useInspectionOf(pending);
  const warnings = useMemo(
    () =>
      new Map<string, Warning[]>(
        versions.flatMap((version) => {
          const found = versionWarnings(version, inspections);
          return found.length > 0 ? [[version.sid, found]] : [];
        }),
      ),
    [versions, inspections],
  );
  // Typing goes before drawing a thousand rows.
  const wanted = useDeferredValue(filter);
  const filtered = useMemo(() => filteredRows(rows, wanted), [rows, wanted]);
  const shownRow = rows.find(({ version }) => version.asset_sid === shown);

  if (draft.isError && !draft.data) {
    return (
      <FailureAlert
        title="The files cannot be listed"
        error={draft.error}
        onRetry={() => void draft.refetch()}
      />
    );
  }
  return (
    <>
      <div className="rb-toolbar">
        <AddMenu onFiles={review} onText={() => setDialog({ kind: "text", version: null })} />
        <DeployBar
          serviceSid={serviceSid}
          environments={environments.data}
          target={target}
          onTarget={setTarget}
          versions={versions}
          targetBuild={deployed.get(target?.build_sid ?? "")}
          ready={draft.isSuccess && environments.isSuccess}
          warnings={warnings}
          onShow={setShown}
        />
      </div>
      {draft.isPending && <Skeleton height={320} radius="md" mt="md" aria-label="Loading" />}
      {draft.isSuccess && versions.length === 0 && <NoFiles onFiles={review} />}
      {versions.length > 0 && (
        <>
          <FilterBar
            filter={filter}
            onFilter={setFilter}
            found={filtered.length}
            all={versions.length}
          />
          {filtered.length === 0 ? (
            <div className="rb-empty rb-empty-small">
              <Text>No file matches.</Text>
              <Button variant="light" onClick={() => setFilter(EVERYTHING)}>
                Show all files
              </Button>
            </div>
          ) : (
            <AssetList
              rows={filtered}
              target={target}
              warnings={warnings}
              onShow={setShown}
              onDialog={setDialog}
            />
          )}
        </>
      )}
      {dragging && (
        <div className="rb-drop">
          <div>
            <Icon name="upload" size={44} />
            <Text fw={600} size="lg">
              Drop files or folders to upload them
            </Text>
          </div>
        </div>
      )}
      <Suspense>
        {dialog?.kind === "review" && (
          <ReviewUploads
            serviceSid={serviceSid}
            files={dialog.files}
            versions={versions}
            onClose={closeDialog}
          />
        )}
        {dialog?.kind === "text" && (
          <TextFile
            serviceSid={serviceSid}
            version={dialog.version}
            versions={versions}
            onClose={closeDialog}
          />
        )}
        {dialog?.kind === "rename" && (
          <RenameAsset version={dialog.version} versions={versions} onClose={closeDialog} />
        )}
        {shownRow && (
          <AssetDrawer
            row={shownRow}
            target={target}
            warnings={warnings.get(shownRow.version.sid) ?? []}
            onDialog={setDialog}
            onClose={() => setShown(null)}
          />
        )}
      </Suspense>
    </>
  );
}

function AddMenu({
  onFiles,
  onText,
}: {
  onFiles: (files: IncomingFile[]) => void;
  onText: () => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <>
      <FileInput ref={files} label="Files to upload" onFiles={onFiles} />
      <FileInput ref={folder} label="Folder to upload" folder onFiles={onFiles} />
      <Menu position="bottom-start" withInitialFocusPlaceholder={false} width={220}>
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="add" size={16} />}>
            Add
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Icon name="upload" size={16} />}
            onClick={() => files.current?.click()}
          >
            Upload files
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="folder" size={16} />}
            onClick={() => folder.current?.click()}
          >
            Upload a folder
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={onText}>
            New text file
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function FileInput({
  ref,
  label,
  folder = false,
  onFiles,
}: {
  ref: React.Ref<HTMLInputElement>;
  label: string;
  folder?: boolean;
  onFiles: (files: IncomingFile[]) => void;
}) {
  return (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      aria-label={label}
      {...(folder ? { webkitdirectory: "" } : {})}
      onChange={(event) => {
        onFiles(chosenFiles(event.currentTarget.files ?? []));
        event.currentTarget.value = "";
      }}
    />
  );
}

function NoFiles({ onFiles }: { onFiles: (files: IncomingFile[]) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <div className="rb-empty rb-dropzone">
      <FileInput ref={files} label="Files to upload" onFiles={onFiles} />
      <FileInput ref={folder} label="Folder to upload" folder onFiles={onFiles} />
      <Icon name="upload" size={44} />
      <Title order={2}>Drop files or a folder here</Title>
      <Text c="dimmed" maw={460}>
        Greetings, hold music, images for messages, TwiML. They are uploaded now and can be fetched
        once you press Deploy All.
      </Text>
      <Group justify="center">
        <Button onClick={() => files.current?.click()}>Choose files</Button>
        <Button variant="default" onClick={() => folder.current?.click()}>
          Choose a folder
        </Button>
      </Group>
    </div>
  );
}

function FilterBar({
  filter,
  onFilter,
  found,
  all,
}: {
  filter: AssetFilter;
  onFilter: (filter: AssetFilter) => void;
  found: number;
  all: number;
}) {
  return (
    <div className="rb-filters">
      <TextInput
        type="search"
        aria-label="Filter by name or path"
        placeholder="Filter by name or path"
        leftSection={<Icon name="search" size={16} />}
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        className="rb-filter-text"
      />
      <Picker
        label="Visibility"
        value={filter.visibility}
        options={[
          ["all", "Any visibility"],
          ["public", "Public"],
          ["protected", "Protected"],
          ["private", "Private"],
        ]}
        onChange={(visibility) => onFilter({ ...filter, visibility })}
      />
      <Picker
        label="State"
        value={filter.state}
        options={[
          ["all", "Any state"],
          ["live", "Live"],
          ["changed", "Changed"],
          ["new", "Not deployed"],
        ]}
        onChange={(state) => onFilter({ ...filter, state })}
      />
      <Text size="sm" c="dimmed" role="status" className="rb-filter-count">
        {found === all ? count(all, "file") : `${found} of ${count(all, "file")}`}
      </Text>
    </div>
  );
}
