import { Button, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  lazy,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { useWatchedRefusals } from "../activity/refused.ts";
import { draftQuery, environmentsQuery } from "../api/queries.ts";
import { queryClient } from "../api/query-client.ts";
import { DeployBar } from "../deploy/deploy-bar.tsx";
import type { Jump } from "../editor/code-editor.tsx";
import { useUnsavedFiles } from "../editor/unsaved.ts";
import { useOffered } from "../palette/offered.ts";
import {
  closeParameter,
  navigate,
  openParameter,
  pathOf,
  searchWith,
  useParameter,
} from "../router.tsx";
import { FailureAlert, notifyWarning } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { prefetchEditor } from "../shell/prefetch.ts";
import type { IncomingFile } from "../uploads/intake.ts";
import { useFileDrop } from "../uploads/use-file-drop.ts";
import { AddMenu, FileInput, NoFiles } from "./add-files.tsx";
import { dialogAddress, dialogAt } from "./dialog-address.ts";
import { useLeaving } from "./draft.ts";
import type { FileActions, FileDialog } from "./file-actions.ts";
import { OpenDialog } from "./file-dialogs.tsx";
import { FileTable } from "./file-table.tsx";
import { filesOfBuild } from "./file-version.ts";
import { EVERYTHING, filteredRows, sortedRows } from "./filter.ts";
import { FilterBar } from "./filter-bar.tsx";
import { useFileList } from "./use-file-list.ts";
import { useFilter } from "./use-filter.ts";
import { useTarget } from "./use-target.ts";

const FileDrawer = lazy(() => import("./file-drawer.tsx"));
const FileEditor = lazy(() => import("../editor/file-editor.tsx"));
const LostFile = lazy(() => import("../editor/lost-file.tsx"));

const NONE: EnvironmentRepresentation[] = [];

/** The functions and assets of a service: added, changed, and deployed; `open` is in the editor. */
export function FilesTab({ serviceSid, open }: { serviceSid: string; open: string | null }) {
  const draft = useQuery(draftQuery(serviceSid));
  const environments = useQuery(environmentsQuery(serviceSid));
  const leaving = useLeaving();
  const [target, setTarget] = useTarget(serviceSid, environments.data);
  useWatchedRefusals(serviceSid, target?.sid);
  const [filter, setFilter] = useFilter();
  /** One that has no address. */
  const [dialogHere, setDialogHere] = useState<FileDialog | null>(null);
  const asked = useParameter("dialog");
  const shown = useParameter("file");
  const upload = useRef<HTMLInputElement>(null);
  const [uploadTo, setUploadTo] = useState("/");
  const [alone, setAlone] = useState<ReadonlySet<string> | null>(null);
  const [jump, setJump] = useState<Jump | null>(null);
  const unsaved = useUnsavedFiles();
  const edit = useCallback(
    (fileSid: string, { line = null as number | null, replace = false } = {}) => {
      setJump({ fileSid, line });
      // What is edited is the newest there is.
      void queryClient.invalidateQueries({ queryKey: draftQuery(serviceSid).queryKey });
      navigate(
        pathOf({ page: "service", serviceSid, tab: "files", item: fileSid }) +
          searchWith({ file: null, dialog: null }),
        { replace },
      );
    },
    [serviceSid],
  );
  const actions: FileActions = useMemo(
    () => ({
      onShow: (fileSid) => openParameter("file", fileSid),
      onEdit: (fileSid, line) => edit(fileSid, { line }),
      onDialog: (dialog) => {
        const address = dialogAddress(dialog);
        if (address === null) setDialogHere(dialog);
        else openParameter("dialog", address);
      },
      onDeploy: (fileSids) => setAlone(new Set(fileSids)),
      onUpload: (folder) => {
        setUploadTo(folder);
        upload.current?.click();
      },
      onZip: (versions, folder) =>
        void import("./download-zip.ts").then(({ downloadZip }) => downloadZip(versions, folder)),
    }),
    [edit],
  );
  const closeEditor = () =>
    navigate(pathOf({ page: "service", serviceSid, tab: "files", item: null }) + searchWith({}));
  const { versions, rows, warnings, targetBuild } = useFileList(
    serviceSid,
    draft.data,
    environments.data,
    target,
  );
  const dialog = dialogHere ?? (draft.data ? dialogAt(asked, rows) : null);
  const closeDialog = () => {
    if (dialogHere) setDialogHere(null);
    else closeParameter("dialog");
  };
  const isTyping = dialog !== null && dialog.kind !== "review";
  const review = (files: IncomingFile[], into = "/") => {
    if (isTyping)
      notifyWarning("Finish or close the open dialog first, then drop the files again.");
    else if (files.length === 0) notifyWarning("There is no file in what was chosen or dropped.");
    else {
      setDialogHere((before) => ({
        kind: "review",
        files: before?.kind === "review" ? [...before.files, ...files] : files,
        into: before?.kind === "review" ? before.into : into,
      }));
    }
  };
  useOffered([
    {
      id: "new-function",
      label: "New function",
      hint: "Action",
      icon: "function",
      run: () => actions.onDialog({ kind: "function" }),
    },
    {
      id: "new-text",
      label: "New text file",
      hint: "Action",
      icon: "edit",
      run: () => actions.onDialog({ kind: "text" }),
    },
    {
      id: "upload",
      label: "Upload files",
      hint: "Action",
      icon: "upload",
      run: () => actions.onUpload("/"),
    },
  ]);
  const drag = useFileDrop(review);
  const dragging = drag.over && !isTyping;

  const live = useMemo(() => filesOfBuild(targetBuild), [targetBuild]);
  // Typing goes before drawing a thousand rows.
  const wanted = useDeferredValue(filter);
  const filtered = useMemo(
    () => sortedRows(filteredRows(rows, wanted, warnings), wanted),
    [rows, wanted, warnings],
  );
  const shownRow = rows.find(({ version }) => version.file_sid === shown);

  useEffect(() => {
    const timer = setTimeout(prefetchEditor, 1_000);
    return () => clearTimeout(timer);
  }, []);
  const openRow = rows.find(
    ({ version, state }) => version.file_sid === open && state !== "deleted",
  );
  const isLeaving = open !== null && leaving.has(open);
  useEffect(() => {
    if (isLeaving) navigate(pathOf({ page: "service", serviceSid, tab: "files", item: null }));
  }, [isLeaving, serviceSid]);

  if (draft.isError && !draft.data) {
    return (
      <FailureAlert
        title="The files cannot be listed"
        error={draft.error}
        onRetry={() => void draft.refetch()}
      />
    );
  }
  const listed = draft.data !== undefined;
  return (
    <>
      <DeployBar
        serviceSid={serviceSid}
        environments={environments.data}
        target={target}
        onTarget={setTarget}
        versions={versions}
        targetBuild={targetBuild}
        ready={listed && environments.data !== undefined}
        warnings={warnings}
        rows={rows}
        alone={alone}
        onAlone={setAlone}
        onShow={actions.onShow}
        onEdit={actions.onEdit}
      >
        <AddMenu
          onFiles={(files) => review(files)}
          onFunction={() => actions.onDialog({ kind: "function" })}
          onText={() => actions.onDialog({ kind: "text" })}
        />
      </DeployBar>
      {draft.isPending && (
        <Skeleton height={320} radius="md" mt="md" role="status" aria-label="Loading" />
      )}
      {open !== null && listed && !isLeaving && (
        <Suspense
          fallback={<Skeleton height={320} radius="md" role="status" aria-label="Loading" />}
        >
          {openRow ? (
            <FileEditor
              key={open}
              row={openRow}
              target={target}
              versions={versions}
              environments={environments.data ?? NONE}
              jump={jump?.fileSid === open ? jump : null}
              actions={actions}
              onClose={closeEditor}
            />
          ) : (
            <LostFile
              fileSid={open}
              onOpen={(fileSid) => actions.onEdit(fileSid, null)}
              onClose={closeEditor}
            />
          )}
        </Suspense>
      )}
      {open === null && listed && rows.length === 0 && (
        <NoFiles
          onFiles={(files) => review(files)}
          onFunction={() => actions.onDialog({ kind: "function" })}
        />
      )}
      {open === null && rows.length > 0 && (
        <>
          <FilterBar
            filter={filter}
            onFilter={setFilter}
            found={filtered.length}
            all={rows.length}
          />
          {filtered.length === 0 ? (
            <div className="rb-empty rb-empty-small">
              <Text>No file matches.</Text>
              <Button variant="light" onClick={() => setFilter(EVERYTHING)}>
                Show all files
              </Button>
            </div>
          ) : (
            <FileTable
              rows={filtered}
              filter={filter}
              onFilter={setFilter}
              target={target}
              warnings={warnings}
              unsaved={unsaved}
              actions={actions}
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
              {drag.folder !== "/" && ` to ${drag.folder}`}
            </Text>
          </div>
        </div>
      )}
      <FileInput
        ref={upload}
        label="Upload into the folder"
        onFiles={(files) => review(files, uploadTo)}
      />
      <Suspense>
        {dialog && (
          <OpenDialog
            dialog={dialog}
            serviceSid={serviceSid}
            versions={versions}
            rows={rows}
            live={live}
            environments={environments.data ?? NONE}
            onCreated={(fileSid) => edit(fileSid, { replace: true })}
            onClose={closeDialog}
          />
        )}
        {shownRow && (
          <FileDrawer
            row={shownRow}
            target={target}
            warnings={warnings.get(shownRow.version.sid) ?? []}
            actions={actions}
            onClose={() => closeParameter("file")}
            onStep={(step) => {
              const at = filtered.indexOf(shownRow);
              const next = filtered[at + step];
              if (at !== -1 && next) openParameter("file", next.version.file_sid);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
