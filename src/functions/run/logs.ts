import { WorkerEntrypoint } from "cloudflare:workers";
import { LINES_DROPPED, MAX_LOG_LINES } from "../../contract/log-line.ts";
import {
  type DeploymentSids,
  type LogLevel,
  type LogRecord,
  logRecord,
} from "../../contract/log-record.ts";

const LEVELS: Record<string, LogLevel> = {
  debug: "INFO",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
};

/** Receives what the dynamic Workers of one deployment log, after each invocation. */
export class FunctionLogs extends WorkerEntrypoint<Env, DeploymentSids> {
  override async tail(items: TraceItem[]): Promise<void> {
    const records = items.flatMap((item) => invocationLogs(item, this.ctx.props));
    if (records.length > 0) await storeLogs(this.env, records);
  }
}

/**
 * Hands `records`, all of one environment, to its activity: the one place that every line passes. While
 * that does not answer they are lost: no function waits for its logs.
 */
export async function storeLogs(env: Env, records: LogRecord[]): Promise<void> {
  const { environmentSid } = records[0] as LogRecord;
  try {
    await env.ACTIVITY.getByName(environmentSid).appendLogs(environmentSid, records);
  } catch (error) {
    const lost = { environmentSid, lines: records.length, message: String(error) };
    console.error(JSON.stringify({ event: "logs-lost", ...lost }));
  }
}

/**
 * Returns the log records of one invocation. The runner's lines name their request and function;
 * the platform's own (a log that is full) go with the line before. Exceptions are left out: the
 * runner logs what a function throws, and the gateway what ends a Worker.
 */
export function invocationLogs(item: TraceItem, deployment: DeploymentSids): LogRecord[] {
  let owner = { requestSid: "", functionSid: "" };
  const records = item.logs.slice(0, MAX_LOG_LINES).map(({ level, message, timestamp }) => {
    const line = runnerLine(message);
    if (line !== null) owner = { requestSid: line[0], functionSid: line[1] };
    return logRecord(deployment, {
      ...owner,
      level: LEVELS[level] ?? "INFO",
      message: line === null ? text(message) : line[2],
      time: timestamp,
    });
  });
  const dropped = item.logs
    .slice(MAX_LOG_LINES)
    .reduce((sum, { message }) => sum + linesIn(message), 0);
  if (dropped > 0) {
    const message = `${dropped} ${LINES_DROPPED}`;
    records.push(logRecord(deployment, { ...owner, level: "WARN", message, time: Date.now() }));
  }
  return records;
}

/** One, or as many as the runner says that it held back. */
function linesIn(message: unknown): number {
  const [, , line = ""] = runnerLine(message) ?? [];
  const [number, ...rest] = line.split(" ");
  return rest.join(" ") === LINES_DROPPED ? Number(number) : 1;
}

function runnerLine(message: unknown): [string, string, string] | null {
  if (!Array.isArray(message) || message.length !== 3) return null;
  const [request, fn, line] = message as unknown[];
  const named =
    /^(?:RQ[0-9a-f]{32})?$/.test(`${request}`) && /^(?:ZH[0-9a-fA-F]{32})?$/.test(`${fn}`);
  return named && typeof line === "string" ? [request as string, fn as string, line] : null;
}

function text(message: unknown): string {
  return (Array.isArray(message) ? message : [message]).map(String).join(" ");
}
