import { MAX_LOG_MESSAGE } from "./log-line.ts";

/** Whose deployment something is of: what its log lines and outbound requests are filed under. */
export type DeploymentSids = {
  accountSid: string;
  serviceSid: string;
  environmentSid: string;
  deploymentSid: string;
  buildSid: string;
};

export type LogLevel = "INFO" | "WARN" | "ERROR";

/** One line of a deployment's logs, as the API lists it. */
export type LogRecord = DeploymentSids & {
  /** NO…. */
  sid: string;
  /** ZH…; empty where no request was running. */
  functionSid: string;
  /** RQ…; likewise. */
  requestSid: string;
  level: LogLevel;
  message: string;
  /** ISO 8601, UTC, whole seconds. */
  dateCreated: string;
};

/** Returns a record with a new SID; `time` in milliseconds since 1970, an overlong message is cut. */
export function logRecord(
  deployment: DeploymentSids,
  line: Pick<LogRecord, "functionSid" | "requestSid" | "level" | "message"> & { time: number },
): LogRecord {
  const { time, message, ...rest } = line;
  return {
    ...deployment,
    ...rest,
    sid: `NO${crypto.randomUUID().replaceAll("-", "")}`,
    message: message.length <= MAX_LOG_MESSAGE ? message : `${message.slice(0, MAX_LOG_MESSAGE)}…`,
    dateCreated: new Date(time).toISOString().replace(/\.\d+Z$/, "Z"),
  };
}
