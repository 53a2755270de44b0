import type { Closure } from "../../contract/closure-format.ts";
import { type LogRecord, logRecord } from "../../contract/log-record.ts";
import type { FunctionPackage } from "../../contract/package-format.ts";
import {
  type Flavour,
  type FunctionAnswer,
  type FunctionCall,
  TIMED_OUT,
} from "../runner/protocol.ts";
import { answerResponse, failureResponse, type SendBytes } from "./answer-response.ts";
import { deploymentSids, type FunctionDeployment } from "./deployment.ts";
import { failedReads, noteFailedRead, type UnreadReason } from "./failed-reads.ts";
import { RUNNER_VERSION, type WorkerConnections, workerCode } from "./worker-code.ts";

/** What an invocation needs of its host; every part is called only when the Worker is not warm. */
export type FunctionHost = {
  loader: WorkerLoader;
  connect(deployment: FunctionDeployment): WorkerConnections;
  /** Throws where the store does not answer; what is not there, or is none, is not `ok`. */
  read(deployment: FunctionDeployment, flavour: Flavour): Promise<ReadPackage>;
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

type RunnerStub = { invoke(call: FunctionCall): Promise<FunctionAnswer> };

type Outcome =
  | { kind: "answer"; response: Response }
  | { kind: "failure"; status: 500 | 504; shown: string; logged: string }
  | { kind: "unread"; reason: UnreadReason; detail: string };

/**
 * Runs one function for one request and returns its answer, for which it has `timeout` milliseconds.
 * Whatever the function does, there is one: 500 where its Worker does not start, exits or dies, 504
 * where it never answers. `send` takes the bytes of the function's own answer.
 */
export async function invokeFunction(
  host: FunctionHost,
  deployment: FunctionDeployment,
  fn: DeployedFunction,
  request: FunctionRequest,
  timeout: number,
  send?: SendBytes,
): Promise<Invocation> {
  const call: FunctionCall = {
    ...request,
    function: fn.path,
    functionSid: fn.functionSid,
    serviceSid: deployment.serviceSid,
    environmentSid: deployment.environmentSid,
    timeout,
  };
  const outcome = await run(host, deployment, fn, call, send);
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
    case "unread":
      return { started: false, reason: outcome.reason, detail: outcome.detail };
    default:
      return outcome satisfies never;
  }
}

/** The id of a dynamic Worker: it changes with everything the Worker is made from. */
export async function workerId(deployment: FunctionDeployment, flavour: Flavour): Promise<string> {
  const { environmentSid, deploymentSid, variables, credentials } = deployment;
  const secrets = JSON.stringify([Object.entries(variables).sort(), credentials]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secrets));
  const hash = new Uint8Array(digest).toHex();
  return ["fn", environmentSid, deploymentSid, flavour, hash, RUNNER_VERSION].join(":");
}

async function run(
  host: FunctionHost,
  deployment: FunctionDeployment,
  { flavour }: DeployedFunction,
  call: FunctionCall,
  send: SendBytes | undefined,
): Promise<Outcome> {
  const id = await workerId(deployment, flavour);
  const failures = failedReads(id)?.count ?? 0;
  const worker = host.loader.get(`${id}:${failures}`, async () => {
    const read = await readPackage(host, deployment, flavour, id);
    const { variables, credentials } = deployment;
    const env = { variables, credentials };
    const { package: pkg, libraries, closure } = read;
    return workerCode(pkg, flavour, libraries, closure, env, host.connect(deployment));
  });
  const runner = worker.getEntrypoint() as unknown as RunnerStub;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const overdue = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve(timedOut(TIMED_OUT)), call.timeout + GRACE);
  });
  try {
    // The runner shares its isolate with the functions: what comes may be anything, and no answer.
    const answered = runner.invoke(call).then((answer): Outcome => {
      return { kind: "answer", response: answerResponse(answer, call.method, send) };
    });
    return await Promise.race([answered, overdue]);
  } catch (error) {
    const latest = failedReads(id);
    if (latest === undefined || latest.count === failures) return failed(error);
    return { kind: "unread", reason: latest.reason, detail: latest.detail };
  } finally {
    clearTimeout(timer);
  }
}

/** Throws where there is no package: the loader takes no other answer than code. */
async function readPackage(
  host: FunctionHost,
  deployment: FunctionDeployment,
  flavour: Flavour,
  id: string,
): Promise<ReadPackage & { ok: true }> {
  let reason: UnreadReason = "bytes-missing";
  const read = await host.read(deployment, flavour).catch((error: unknown): ReadPackage => {
    reason = "bytes-unavailable";
    return { ok: false, detail: String(error) };
  });
  if (read.ok) return read;
  noteFailedRead(id, reason, read.detail);
  throw new Error(read.detail);
}

/** What the platform says of a Worker that ended without an answer; its text is for the logs. */
function failed(error: unknown): Outcome {
  const text = error instanceof Error ? error.message : String(error);
  if (/had hung|CPU/i.test(text)) return timedOut(text);
  const exit = /process\.exit\((\d*)\)/.exec(text);
  const logged = exit ? `process.exit(${exit[1]}) was called before there was an answer` : text;
  return { kind: "failure", status: 500, shown: "Runtime application exited.", logged };
}

function timedOut(logged: string): Outcome {
  return { kind: "failure", status: 504, shown: TIMED_OUT, logged };
}
