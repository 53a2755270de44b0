import type { Closure } from "../../contract/closure-format.ts";
import { type LogRecord, logRecord } from "../../contract/log-record.ts";
import type { Flavour, FunctionPackage } from "../../contract/package-format.ts";
import { type FunctionCall, TIMED_OUT } from "../runner/protocol.ts";
import {
  ANY_ROOM,
  type AnswerRoom,
  answerResponse,
  crowdedResponse,
  failureResponse,
} from "./answer-response.ts";
import { callInstance, endInstance } from "./call-instance.ts";
import { deploymentSids, type FunctionDeployment } from "./deployment.ts";
import {
  forgetUnneeded,
  type Instance,
  instanceBusy,
  instanceId,
  instanceLost,
  instanceSpent,
  longestWorking,
  type Pool,
  poolOf,
  returnInstance,
  type Taken,
  takeFreed,
  takeInstance,
} from "./instances.ts";
import { type SharedRead, sharedRead, type UnreadReason } from "./shared-read.ts";
import { isLarge, LARGE_ANSWER, turnToStart } from "./starts.ts";
import { awaitTurn, callTook } from "./turns.ts";
import { type WorkerConnections, workerCode } from "./worker-code.ts";
import { workerId } from "./worker-id.ts";

/** What an invocation needs of its host; every part is called only when the Worker is not warm. */
export type FunctionHost = {
  /** Which all hosts are below of; it may have a port. */
  baseDomain: string;
  loader: WorkerLoader;
  connect(deployment: FunctionDeployment): WorkerConnections;
  /** Throws where the store does not answer; what is not there, or is none, is not `ok`. */
  read(deployment: FunctionDeployment, flavour: Flavour): Promise<ReadPackage>;
  /** Milliseconds that a function may work on after its answer. */
  tail: number;
  /** Takes what goes on behind the answer. */
  background(work: Promise<unknown>): void;
};

/** The package of a build, what it uses of npm, and the bundles of a flavour by SHA-256. */
export type ReadPackage =
  | {
      ok: true;
      package: FunctionPackage;
      libraries: Map<string, string>;
      closure: Closure | null;
    }
  | { ok: false; detail: string };

/** A function of the manifest. */
export type DeployedFunction = {
  /** Canonical. */
  path: string;
  /** Function SID, ZH…. */
  functionSid: string;
  flavour: Flavour;
};

/** The request as the gateway has it after it has decided that the function may answer it. */
export type FunctionRequest = Pick<
  FunctionCall,
  "request" | "method" | "path" | "query" | "headers" | "body" | "domainName"
>;

export type Invocation =
  | {
      started: true;
      response: Response;
      /** What the runner could not log itself, since it is the runner that failed. */
      failure: LogRecord | null;
    }
  /** There is no code to run: the store does not answer, or does not have it. */
  | { started: false; reason: UnreadReason; detail: string };

/** Milliseconds past its time until the host gives up a runner that has not ended by itself. */
const GRACE = 1_000;

const TOO_MANY = "Too many calls of this account's functions at once";

/** Instances that refuse a call, one after the other, before it is refused. */
const MAX_TRIES = 40;

type Outcome =
  | { kind: "answer"; response: Response }
  | { kind: "failure"; status: 500 | 504; shown: string; logged: string }
  | { kind: "crowded" }
  | { kind: "unread"; reason: UnreadReason; detail: string };

/**
 * Runs one function for one request and returns its answer, for which it has `timeout` milliseconds.
 * Whatever the function does, there is one: 500 where its Worker does not start, exits or dies, 504
 * where it never answers. The function's own answer is held in `room`.
 */
export async function invokeFunction(
  host: FunctionHost,
  deployment: FunctionDeployment,
  fn: DeployedFunction,
  request: FunctionRequest,
  timeout: number,
  room: AnswerRoom = ANY_ROOM,
): Promise<Invocation> {
  const call: FunctionCall = {
    ...request,
    function: fn.path,
    functionSid: fn.functionSid,
    serviceSid: deployment.serviceSid,
    environmentSid: deployment.environmentSid,
    timeout,
    tail: host.tail,
  };
  const outcome = await run(host, deployment, fn, call, room);
  switch (outcome.kind) {
    case "answer":
      return { started: true, response: outcome.response, failure: null };
    case "failure": {
      const failure = logRecord(deploymentSids(deployment), {
        functionSid: fn.functionSid,
        requestSid: request.request,
        level: "ERROR",
        message: outcome.logged,
        time: Date.now(),
      });
      const response = failureResponse(outcome.status, outcome.shown);
      return { started: true, response, failure };
    }
    case "crowded":
      return { started: true, response: failureResponse(429, TOO_MANY), failure: null };
    case "unread":
      return { started: false, reason: outcome.reason, detail: outcome.detail };
    default:
      return outcome satisfies never;
  }
}

/** Passes the call to the first instance that takes it. */
async function run(
  host: FunctionHost,
  deployment: FunctionDeployment,
  { flavour }: DeployedFunction,
  call: FunctionCall,
  room: AnswerRoom,
): Promise<Outcome> {
  const id = await workerId(deployment, flavour);
  // Both flavours of a deployment are its own: neither takes the other's place.
  const pool = poolOf(id, id.replace(`:${flavour}:`, ":"), deployment.environmentSid);
  const patience = call.timeout + GRACE;
  const tried = new Set<Instance>();
  const large = isLarge(call);
  await awaitTurn(pool, Date.now());
  while (tried.size < MAX_TRIES) {
    const now = Date.now();
    const taken = takeInstance(pool, patience, now, tried) ?? (await makeRoom(host, pool, now));
    if (taken === null) break;
    const { isNew } = taken;
    if (isNew) for (const unneeded of forgetUnneeded(pool, now)) inBackground(host, unneeded);
    const goesAlone = () => large || pool.answersLarge;
    const endStart =
      isNew || goesAlone() ? await turnToStart(goesAlone, call.body?.byteLength) : () => {};
    const instance = isNew
      ? takeFreed(pool, taken.instance, patience, Date.now(), tried)
      : taken.instance;
    tried.add(instance);
    const outcome = await runIn(host, deployment, flavour, pool, instance, call, room);
    endStart();
    if (outcome !== null) return outcome;
  }
  return { kind: "crowded" };
}

/** Takes the instance that has worked on for the longest after its answer. */
async function makeRoom(host: FunctionHost, pool: Pool, now: number): Promise<Taken | null> {
  const instance = longestWorking(pool);
  if (instance === null) return null;
  const id = instanceId(pool, instance);
  instanceLost(instance);
  instance.occupiedUntil = now + GRACE;
  await endInstance(host.loader, id, "unneeded");
  return { instance, isNew: false };
}

/** Returns null where the instance takes no call. */
async function runIn(
  host: FunctionHost,
  deployment: FunctionDeployment,
  flavour: Flavour,
  pool: Pool,
  instance: Instance,
  call: FunctionCall,
  room: AnswerRoom,
): Promise<Outcome | null> {
  const id = instanceId(pool, instance);
  let unread: (SharedRead & { ok: false }) | null = null;
  let startedHere = false;
  const worker = host.loader.get(id, async () => {
    startedHere = true;
    const read = await sharedRead(host, deployment, flavour);
    if (!read.ok) {
      unread = read;
      // The loader takes no other answer than code.
      throw new Error(read.detail);
    }
    const { variables, credentials } = deployment;
    const { package: pkg, libraries, closure } = read;
    const env = { variables, credentials };
    return workerCode(pkg, flavour, libraries, closure, env, host.connect(deployment));
  });
  const began = Date.now();
  const outcome = await callInstance(worker, call, call.timeout + GRACE, room);
  const now = Date.now();
  if (outcome.kind !== "answer") room.giveBack();
  switch (outcome.kind) {
    case "answer":
      returnInstance(instance, outcome.state, now, host.tail);
      callTook(pool, startedHere ? { start: now - began } : { call: outcome.took });
      pool.answersLarge = outcome.answer.body.byteLength > LARGE_ANSWER;
      try {
        return {
          kind: "answer",
          response: answerResponse(outcome.answer, call.method, host.baseDomain, room),
        };
      } catch (error) {
        // Header fields that no response can have.
        room.giveBack();
        giveUp(host, id, instance);
        return exited(String(error));
      }
    case "refused":
      if (startedHere) {
        giveUp(host, id, instance);
        return exited("The instance that was started for it refused a call");
      }
      if (outcome.reason === "busy") instanceBusy(instance, now);
      else instanceSpent(instance, now);
      return null;
    case "crowded":
      // It did what it was asked: the next call need not start another.
      pool.answersLarge = true;
      if (outcome.state === "spent") giveUp(host, id, instance);
      else returnInstance(instance, outcome.state, now, host.tail);
      return { kind: "answer", response: crowdedResponse() };
    case "invalid":
      giveUp(host, id, instance);
      return exited(outcome.detail);
    case "overdue":
      giveUp(host, id, instance);
      return timedOut(TIMED_OUT);
    case "died":
      if (unread !== null) {
        // The loader keeps to an id's first answer, a failure too.
        instanceLost(instance);
        const { reason, detail } = unread as SharedRead & { ok: false };
        return { kind: "unread", reason, detail };
      }
      giveUp(host, id, instance);
      return failed(outcome.detail);
    default:
      return outcome satisfies never;
  }
}

/** What is left of an instance that broke down is not used again. */
function giveUp(host: FunctionHost, id: string, instance: Instance): void {
  returnInstance(instance, "spent", Date.now(), host.tail);
  host.background(
    endInstance(host.loader, id, "broken").then((ended) => {
      if (!ended) instanceLost(instance);
    }),
  );
}

function inBackground(host: FunctionHost, id: string): void {
  host.background(endInstance(host.loader, id, "unneeded"));
}

/** What the platform says of a Worker that ended without an answer; its text is for the logs. */
function failed(text: string): Outcome {
  if (/had hung|CPU/i.test(text)) return timedOut(text);
  const exit = /process\.exit\((\d*)\)/.exec(text);
  return exited(exit ? `process.exit(${exit[1]}) was called before there was an answer` : text);
}

function exited(logged: string): Outcome {
  return { kind: "failure", status: 500, shown: "Runtime application exited.", logged };
}

function timedOut(logged: string): Outcome {
  return { kind: "failure", status: 504, shown: TIMED_OUT, logged };
}
