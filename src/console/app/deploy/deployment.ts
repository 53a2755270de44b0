/** Deploying: a build of what is there, then its activation. It goes on whatever page is shown. */
import { useSyncExternalStore } from "react";
import type {
  BuildErrorRepresentation,
  BuildRepresentation,
  BuildStatusRepresentation,
  DeploymentRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { get, pause, post } from "../api/client.ts";
import { ApiFailure, ConnectionLost } from "../api/failures.ts";
import { buildQuery, draftQuery, environmentPath, servicePath } from "../api/queries.ts";
import { queryClient, serviceChanged } from "../api/query-client.ts";
import { unsavedIn } from "../editor/unsaved.ts";
import { draftSettled } from "../files/draft.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { count } from "../format.ts";
import { createListeners } from "../listeners.ts";
import { onSession } from "../session/session.ts";
import { isUploadedHere } from "../uploads/arrivals.ts";
import { failedUploads } from "../uploads/queue.ts";
import { buildErrorsOf } from "./build-errors.ts";
import { type BuildSettings, lastSettings } from "./build-settings.ts";
import { changesBetween, deployedAlone, isExposing } from "./changes.ts";
import { forgetDependencyEdits } from "./dependencies.ts";

/** How a deployment goes, or how it ended; `subject` tells what it was about (subjectOf). */
export type DeploymentState = { subject: string } & Phase;

type Phase =
  | { phase: "checking" | "building" | "activating"; environment: string; waiting: boolean }
  | {
      phase: "done";
      environment: string;
      files: number;
      /** How many files were deployed alone; null for all. */
      alone: number | null;
      /** How many files became more visible. */
      exposed: number;
      /** What was left out: uploads that failed, files with text that is not saved. */
      missing: { failed: number; unsaved: number };
      /** What works otherwise than it may look. */
      warnings: BuildErrorRepresentation[];
      time: number;
    }
  | {
      phase: "build-failed";
      environment: string;
      errors: BuildErrorRepresentation[];
      /** The refusal that told of them; null where a build was made and failed later. */
      refusal: ApiFailure | null;
    }
  | { phase: "changed"; environment: string; reason: string }
  | { phase: "failed"; environment: string; error: unknown };

/** What the person saw when pressing the button. */
export type Seen = {
  versions: FileVersion[];
  buildSid: string | null;
  settings: BuildSettings;
  /** What the environment serves; undefined for nothing. */
  targetBuild: BuildRepresentation | undefined;
};

/** Twilio's clients ask every second (contract 1.7); the first answer is often there sooner. */
const POLL = 1_000;
const FIRST_POLL = 250;

/** Deploying the running build again (contract 1.5). */
const ALREADY_DEPLOYED = 20409;

let states: ReadonlyMap<string, DeploymentState> = new Map();
const { listen, announce } = createListeners();

export function useDeployment(serviceSid: string): DeploymentState | undefined {
  return useSyncExternalStore(listen, () => states.get(serviceSid));
}

export function isDeploying(state: DeploymentState | undefined): boolean {
  return (
    state?.phase === "checking" || state?.phase === "building" || state?.phase === "activating"
  );
}

/** Returns what tells a draft and what is served in its place from any other. */
export function subjectOf(versions: FileVersion[], buildSid: string | null): string {
  return [buildSid, ...versions.map(({ sid }) => sid).sort()].join();
}

/** Forgets how the last deployment ended. */
export function dismissDeployment(serviceSid: string): void {
  const others = new Map(states);
  others.delete(serviceSid);
  states = others;
  announce();
}

onSession(() => {
  states = new Map([...states].filter(([, state]) => isDeploying(state)));
});

/**
 * Builds the draft of every file and activates the build in `environment`; where `only` names files
 * (SIDs), what is live with those of them that changed. Where the service is no longer what the person
 * saw, it stops and says so.
 */
export async function deployDraft(
  environment: EnvironmentRepresentation,
  seen: Seen,
  only: ReadonlySet<string> | null = null,
): Promise<void> {
  const { service_sid: serviceSid, unique_name: name } = environment;
  if (isDeploying(states.get(serviceSid))) return;
  let subject = subjectOf(seen.versions, seen.buildSid);
  const tell = (phase: Phase) => become(serviceSid, { ...phase, subject });
  const working = (phase: "checking" | "building" | "activating") => (waiting: boolean) =>
    tell({ phase, environment: name, waiting });
  try {
    working("checking")(false);
    await draftSettled();
    const { versions, current } = await persistently(working("checking"), async () => ({
      versions: await queryClient.fetchQuery({ ...draftQuery(serviceSid), staleTime: 0 }),
      current: await get<EnvironmentRepresentation>(environmentPath(serviceSid, environment.sid)),
    }));
    subject = subjectOf(versions, current.build_sid);
    const difference = differenceFrom(seen, versions, current, name);
    if (difference) {
      tell({ phase: "changed", environment: name, reason: difference });
      void serviceChanged(serviceSid);
      return;
    }
    working("building")(false);
    const live = filesOfBuild(seen.targetBuild);
    const taken = only ? deployedAlone(live, versions, only) : versions;
    const settings =
      only && seen.targetBuild ? lastSettings(seen.targetBuild, null) : seen.settings;
    const exposed = changesBetween(live, taken).filter(isExposing).length;
    const missing = {
      failed: failedUploads(serviceSid).length,
      unsaved: unsavedIn(serviceSid).length,
    };
    const making = await makeBuild(serviceSid, taken, settings, working("building"));
    if (!making.ok) {
      const { errors, refusal } = making;
      tell({ phase: "build-failed", environment: name, errors, refusal });
      return;
    }
    const { build } = making;
    if (!only) forgetDependencyEdits(serviceSid);
    working("activating")(false);
    const note = only ? `${count(only.size, "file")} alone` : "Deploy All";
    await activate(current, build.sid, note, working("activating"));
    // The list shows its green checks when the message says so.
    queryClient.setQueryData(buildQuery(serviceSid, build.sid).queryKey, build);
    await serviceChanged(serviceSid);
    subject = subjectOf(versions, build.sid);
    const { warnings } = build;
    const files = taken.length;
    const alone = only?.size ?? null;
    const time = Date.now();
    tell({ phase: "done", environment: name, files, alone, exposed, missing, warnings, time });
  } catch (error) {
    tell({ phase: "failed", environment: name, error });
    void serviceChanged(serviceSid);
  }
}

/**
 * Makes `buildSid` what `environment` serves (null: nothing). An answer that got lost is looked for
 * rather than guessed, and deploying what is deployed already is no error.
 */
export async function activate(
  environment: EnvironmentRepresentation,
  buildSid: string | null,
  /** What the history says of it. */
  note: string,
  onWaiting: (waiting: boolean) => void = () => {},
): Promise<void> {
  const path = environmentPath(environment.service_sid, environment.sid);
  let lost = false;
  await persistently(onWaiting, async () => {
    if (lost) {
      const now = await get<EnvironmentRepresentation>(path);
      if (now.build_sid === buildSid) return;
    }
    try {
      const form = { BuildSid: buildSid ?? undefined, Note: note.slice(0, 100) };
      await post<DeploymentRepresentation>(`${path}/Deployments`, form);
    } catch (error) {
      lost = error instanceof ConnectionLost;
      if (!(error instanceof ApiFailure && error.code === ALREADY_DEPLOYED)) throw error;
    }
  });
}

type Making =
  | { ok: true; build: BuildRepresentation }
  | { ok: false; errors: BuildErrorRepresentation[]; refusal: ApiFailure | null };

/** Makes a build; what is wrong with its files is told, anything else is thrown. */
async function makeBuild(
  serviceSid: string,
  versions: FileVersion[],
  { dependencies, runtime }: BuildSettings,
  onWaiting: (waiting: boolean) => void,
): Promise<Making> {
  const path = `${servicePath(serviceSid)}/Builds`;
  const sids = (kind: FileVersion["kind"]) =>
    versions.filter((version) => version.kind === kind).map(({ sid }) => sid);
  let build: BuildRepresentation;
  try {
    // Sent once: a build that was lost on the way is made anew by pressing the button again.
    build = await post<BuildRepresentation>(path, {
      AssetVersions: sids("asset"),
      FunctionVersions: sids("function"),
      Dependencies: JSON.stringify(dependencies),
      Runtime: runtime ?? undefined,
    });
  } catch (error) {
    const refusal = error instanceof ApiFailure && error.status === 400 ? error : null;
    const paths = versions.map((version) => version.path);
    const errors = refusal && buildErrorsOf(refusal.message, paths);
    if (!errors) throw error;
    return { ok: false, errors, refusal };
  }
  let poll = FIRST_POLL;
  for (let status = build.status; status === "building"; ) {
    await pause(poll);
    poll = POLL;
    const url = `${path}/${build.sid}/Status`;
    status = (await persistently(onWaiting, () => get<BuildStatusRepresentation>(url))).status;
  }
  const made = await persistently(onWaiting, () =>
    get<BuildRepresentation>(`${path}/${build.sid}`),
  );
  if (made.status === "failed") return { ok: false, errors: made.errors, refusal: null };
  return { ok: true, build: made };
}

/** Repeats what can be repeated until there is a connection. */
async function persistently<Result>(
  onWaiting: (waiting: boolean) => void,
  action: () => Promise<Result>,
): Promise<Result> {
  for (let lost = false; ; lost = true) {
    try {
      const result = await action();
      if (lost) onWaiting(false);
      return result;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      onWaiting(true);
      await pause(2_000);
    }
  }
}

/** Returns what happened since the person looked, or null. */
function differenceFrom(
  seen: Seen,
  versions: FileVersion[],
  current: EnvironmentRepresentation,
  name: string,
): string | null {
  if (current.build_sid !== seen.buildSid) {
    return `Somebody deployed to ${name} after this page was loaded, perhaps in another tab.`;
  }
  const shown = new Set(seen.versions.map(({ sid }) => sid));
  const files = new Set(versions.map(({ file_sid }) => file_sid));
  const isNews = versions.some(({ sid }) => !shown.has(sid) && !isUploadedHere(sid));
  const isGone = seen.versions.some(({ file_sid }) => !files.has(file_sid));
  if (!isNews && !isGone) return null;
  return "Files were changed after this page was loaded, perhaps in another tab or by a command-line tool.";
}

function become(serviceSid: string, state: DeploymentState): void {
  states = new Map(states).set(serviceSid, state);
  announce();
}
