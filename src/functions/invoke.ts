import { dateField } from "../gateway/http-date.ts";
import { admit, MAX_CONCURRENT, release } from "./admission.ts";
import { deploymentSids, type FunctionDeployment } from "./deployment.ts";
import { type LogRecord, logRecord } from "./log-record.ts";
import type { FunctionPackage } from "./package-format.ts";
import { type Flavour, type FunctionAnswer, type FunctionCall, TIMED_OUT } from "./protocol.ts";
import { RUNNER_VERSION, type WorkerConnections, workerCode } from "./worker-code.ts";

/** What an invocation needs of its host; every part is called only when the Worker is not warm. */
export type FunctionHost = {
  loader: WorkerLoader;
  connect(deployment: FunctionDeployment): WorkerConnections;
  /** Throws where the store does not answer; what is not there, or is none, is not `ok`. */
  read(deployment: FunctionDeployment, flavour: Flavour): Promise<ReadPackage>;
};

/** The package of a build, and the libraries of a flavour by SHA-256. */
export type ReadPackage =
  | { ok: true; package: FunctionPackage; libraries: Map<string, string> }
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
  | { started: false; reason: "bytes-unavailable" | "bytes-missing"; detail: string };

/** How much later the host stops waiting for a runner that does not keep its own time. */
const GRACE = 1_000;

type RunnerStub = { invoke(call: FunctionCall): Promise<FunctionAnswer> };

type Outcome =
  | { kind: "answer"; response: Response }
  | { kind: "failure"; status: 429 | 500 | 504; shown: string; logged: string }
  | { kind: "unread"; reason: UnreadPackage["reason"]; detail: string };

/**
 * Runs one function for one request and returns its answer, for which it has `timeout` milliseconds.
 * Whatever the function does, there is one: 500 where its Worker does not start, exits or dies, 504
 * where it never answers, 429 where the account already runs as many as it may.
 */
export async function invokeFunction(
  host: FunctionHost,
  deployment: FunctionDeployment,
  fn: DeployedFunction,
  request: FunctionRequest,
  timeout: number,
): Promise<Invocation> {
  const outcome = await admitted(deployment.accountSid, () =>
    run(host, deployment, fn, {
      ...request,
      function: fn.path,
      functionSid: fn.functionSid,
      serviceSid: deployment.serviceSid,
      environmentSid: deployment.environmentSid,
      timeout,
    }),
  );
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

async function admitted(accountSid: string, work: () => Promise<Outcome>): Promise<Outcome> {
  if (!admit(accountSid)) {
    const logged = `More than ${MAX_CONCURRENT} functions of this account at once`;
    return { kind: "failure", status: 429, shown: "Too many requests", logged };
  }
  try {
    return await work();
  } finally {
    release(accountSid);
  }
}

async function run(
  host: FunctionHost,
  deployment: FunctionDeployment,
  { flavour }: DeployedFunction,
  call: FunctionCall,
): Promise<Outcome> {
  const id = await workerId(deployment, flavour);
  const failures = unread.get(id)?.count ?? 0;
  const worker = host.loader.get(`${id}:${failures}`, async () => {
    const read = await readPackage(host, deployment, flavour, id);
    const { variables, credentials } = deployment;
    const env = { variables, credentials };
    return workerCode(read.package, flavour, read.libraries, env, host.connect(deployment));
  });
  const runner = worker.getEntrypoint() as unknown as RunnerStub;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const overdue = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve(timedOut(TIMED_OUT)), call.timeout + GRACE);
  });
  try {
    // The runner shares its isolate with the functions: what comes may be anything, and no answer.
    const answered = runner.invoke(call).then((answer): Outcome => {
      return { kind: "answer", response: answerResponse(answer, call.method) };
    });
    return await Promise.race([answered, overdue]);
  } catch (error) {
    const known = unread.get(id);
    if (known === undefined || known.count === failures) return failed(error);
    return { kind: "unread", reason: known.reason, detail: known.detail };
  } finally {
    clearTimeout(timer);
  }
}

type UnreadPackage = {
  count: number;
  reason: "bytes-unavailable" | "bytes-missing";
  detail: string;
};

/**
 * How often the package of a Worker could not be read, and why not the last time. The loader keeps to
 * an id's first answer, a failure too: a read that failed once must not fail every later request, so
 * the id changes with it. Only plain data: it outlives a request.
 */
const unread = new Map<string, UnreadPackage>();

/** Ids kept there: more than fail at once in any outage, and little memory. */
const MAX_UNREAD = 1_000;

async function readPackage(
  host: FunctionHost,
  deployment: FunctionDeployment,
  flavour: Flavour,
  id: string,
): Promise<ReadPackage & { ok: true }> {
  let reason: UnreadPackage["reason"] = "bytes-missing";
  const read = await host.read(deployment, flavour).catch((error: unknown): ReadPackage => {
    reason = "bytes-unavailable";
    return { ok: false, detail: String(error) };
  });
  if (read.ok) return read;
  if (unread.size >= MAX_UNREAD) unread.clear();
  unread.set(id, { count: (unread.get(id)?.count ?? 0) + 1, reason, detail: read.detail });
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

/** Fields of one connection (RFC 9110, 7.6.1), and what the HTTP layer sets itself. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
]);

/** Throws where no HTTP message can carry `answer`. */
function answerResponse(answer: FunctionAnswer, method: string): Response {
  const headers = new Headers();
  for (const [name, value] of answer.headers) {
    if (!DROPPED.has(name.toLowerCase())) headers.append(name, value);
  }
  // A function's answer is made for its request: nothing keeps it unless the function says so.
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  if (!headers.has("Date")) headers.set("Date", now());
  const { status } = answer;
  const bodiless = method === "HEAD" || status === 204 || status === 205 || status === 304;
  // As bytes: a string would bring a media type of its own.
  const body = bodiless ? null : new TextEncoder().encode(answer.body);
  return new Response(body, { status, headers });
}

function failureResponse(status: number, text: string): Response {
  const headers = new Headers({ "Content-Type": "text/plain", "Cache-Control": "no-store" });
  headers.set("Date", now());
  if (status === 429) headers.set("Retry-After", "1");
  return new Response(text, { status, headers });
}

/** An origin with a clock says when it answered (RFC 9110, 6.6.1). */
function now(): string {
  return dateField(Math.floor(Date.now() / 1000));
}
