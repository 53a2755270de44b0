import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { appendLogs, expireLogs } from "../../src/activity/logs.ts";
import { createTables } from "../../src/activity/schema.ts";
import { LINES_DROPPED } from "../../src/contract/log-line.ts";
import { type LogRecord, logRecord } from "../../src/contract/log-record.ts";
import type { FunctionDeployment } from "../../src/functions/run/deployment.ts";
import { invocationLogs } from "../../src/functions/run/logs.ts";
import { deploy, storedLogs } from "./harness.ts";

const REQUEST = `RQ${"1".repeat(32)}`;
const FUNCTION = `ZH${"2".repeat(32)}`;

function sids(digit: string): FunctionDeployment {
  const sid = (prefix: string) => prefix + digit.repeat(32);
  return {
    accountSid: sid("AC"),
    serviceSid: sid("ZS"),
    environmentSid: sid("ZE"),
    deploymentSid: sid("ZD"),
    buildSid: sid("ZB"),
    variables: {},
    credentials: null,
  };
}

type Line = [level: string, ...message: unknown[]];

function item(logs: Line[]): TraceItem {
  const lines = logs.map(([level, ...message]) => ({
    level,
    message,
    timestamp: 1_767_225_600_999,
  }));
  return { logs: lines } as unknown as TraceItem;
}

describe("console", () => {
  it("prints as Node's does, at Twilio's levels", async () => {
    const { call, logs } = await deploy({
      functions: {
        "log.js": `exports.handler = (context, event, callback) => {
          console.log("%s is %d%%", "x", 5, { a: [1] });
          console.info("info", undefined, null);
          console.debug("debug");
          console.warn(new Error("warned").message);
          console.error("error", { code: 7 });
          const circle = {}; circle.self = circle;
          console.log(circle);
          console.table([{ a: 1 }]);
          console.dir({ a: 1 });
          console.assert(1 === 2, "one is %d", 1);
          console.assert(true, "silent");
          console.count(); console.count(); console.countReset(); console.count("x");
          console.group("outer"); console.log("a\\nb"); console.groupEnd(); console.log("after");
          console.timeEnd("never started");
          process.stdout.write("out\\n"); process.stderr.write("err\\n");
          callback(null);
        };`,
      },
    });
    await call("/log");
    expect(await logs(18)).toEqual([
      "INFO x is 5% { a: [ 1 ] }",
      "INFO info undefined null",
      "INFO debug",
      "WARN warned",
      "ERROR error { code: 7 }",
      "INFO <ref *1> { self: [Circular *1] }",
      "INFO [ { a: 1 } ]",
      "INFO { a: 1 }",
      "WARN Assertion failed: one is 1",
      "INFO default: 1",
      "INFO default: 2",
      "INFO x: 1",
      "INFO outer",
      "INFO   a\n  b",
      "INFO after",
      "WARN No such label 'never started' for console.timeEnd()",
      "INFO out",
      "ERROR err",
    ]);
  });

  it("files each line under the request that wrote it", async () => {
    const { call, deployment } = await deploy({
      functions: {
        "log.js": `exports.handler = (context, event, callback) => {
          setTimeout(() => { console.log(event.id); callback(); }, 30 - 10 * event.id);
        };`,
      },
    });
    const requests = ["1", "2"].map((digit) => `RQ${digit.repeat(32)}`);
    await Promise.all(requests.map((request, id) => call(`/log?id=${id + 1}`, { request })));
    const rows = async () =>
      (await storedLogs(deployment.environmentSid))
        .map(({ message, request_sid, deployment_sid }) => ({
          message,
          request_sid,
          deployment_sid,
        }))
        .sort((a, b) => (a.message < b.message ? -1 : 1));
    await expect.poll(rows).toHaveLength(2);
    expect(await rows()).toEqual(
      requests.map((request, id) => ({
        message: `${id + 1}`,
        request_sid: request,
        deployment_sid: deployment.deploymentSid,
      })),
    );
  });
});

describe("a flood", () => {
  it("stays in the Worker: of half a million lines only those that are kept leave it", async () => {
    const { call, logs } = await deploy({
      functions: {
        "flood.js": `exports.handler = (c, e, cb) => {
          for (let i = 0; i < 500_000; i++) console.log("%s %o", "x".repeat(100), { i });
          cb(null, "done");
        };`,
      },
    });
    expect((await call("/flood")).body).toBe("done");
    expect((await logs(501)).at(-1)).toBe(
      "WARN 499500 more log lines of this invocation were dropped",
    );
  });
});

describe("a line that comes again", () => {
  it("is counted, and another one written", async () => {
    const { call, logs } = await deploy({
      functions: {
        "repeats.js": `exports.handler = (c, e, cb) => {
          for (let i = 0; i < 1_000; i++) console.log("same");
          console.warn("same");
          for (let i = 0; i < 3; i++) console.log("last");
          cb(null, "");
        };`,
      },
    });
    await call("/repeats");
    expect(await logs(5)).toEqual([
      "INFO same",
      "INFO 999 more lines like the one before",
      "WARN same",
      "INFO last",
      "INFO 2 more lines like the one before",
    ]);
  });
});

describe("a line that is too long", () => {
  it("is cut before it leaves the Worker, and takes no place from the next", async () => {
    const { call, logs } = await deploy({
      functions: {
        "long.js": `exports.handler = (c, e, cb) => {
          console.log("é".repeat(3_000_000));
          console.log("next");
          cb();
        };`,
      },
    });
    await call("/long");
    expect(await logs(2)).toEqual([`INFO ${"é".repeat(16 * 1024)}…`, "INFO next"]);
  });
});

describe("a tail's lines", () => {
  it("become records, the platform's own under the request before", () => {
    const { variables: _, credentials: __, ...deployment } = sids("3");
    const records = invocationLogs(
      item([
        ["log", REQUEST, FUNCTION, "first"],
        ["warn", "Log size limit exceeded"],
        ["error", "", "", "at start"],
        ["log", "RQ1", FUNCTION, "made up"],
      ]),
      deployment,
    );
    const dateCreated = "2026-01-01T00:00:00Z";
    const line = { ...deployment, dateCreated, sid: expect.stringMatching(/^NO[0-9a-f]{32}$/) };
    expect(records).toEqual([
      { ...line, requestSid: REQUEST, functionSid: FUNCTION, level: "INFO", message: "first" },
      {
        ...line,
        requestSid: REQUEST,
        functionSid: FUNCTION,
        level: "WARN",
        message: "Log size limit exceeded",
      },
      { ...line, requestSid: "", functionSid: "", level: "ERROR", message: "at start" },
      {
        ...line,
        requestSid: "",
        functionSid: "",
        level: "INFO",
        message: `RQ1 ${FUNCTION} made up`,
      },
    ]);
  });

  it("are cut where they flood", () => {
    const flood = Array.from({ length: 600 }, () => ["log", REQUEST, FUNCTION, "x"] as Line);
    const records = invocationLogs(item(flood), sids("3"));
    expect(records).toHaveLength(501);
    expect(records.at(-1)?.message).toBe("100 more log lines of this invocation were dropped");
    const counted = [...flood, ["warn", REQUEST, FUNCTION, `7 ${LINES_DROPPED}`] as Line];
    expect(invocationLogs(item(counted), sids("3")).at(-1)?.message).toBe(`107 ${LINES_DROPPED}`);
    const [long] = invocationLogs(
      item([["log", REQUEST, FUNCTION, "x".repeat(20_000)]]),
      sids("3"),
    );
    expect(long?.message).toHaveLength(16 * 1024 + 1);
  });
});

describe("the store", () => {
  function record(deployment: FunctionDeployment, message: string, time = Date.now()): LogRecord {
    const { variables: _, credentials: __, ...owner } = deployment;
    const line = {
      functionSid: FUNCTION,
      requestSid: REQUEST,
      level: "INFO",
      message,
      time,
    } as const;
    return logRecord(owner, line);
  }

  async function messages({ environmentSid }: FunctionDeployment): Promise<unknown[]> {
    return (await storedLogs(environmentSid)).map(({ message }) => message);
  }

  function activity({ environmentSid }: FunctionDeployment) {
    return env.ACTIVITY.getByName(environmentSid);
  }

  /** Appends lines of which the newest `bound` are kept. */
  async function append(digit: string, bound: number, lines: string[]): Promise<void> {
    const records = lines.map((line) => record(sids(digit), line));
    await runInDurableObject(activity(sids(digit)), (_, { storage }) => {
      createTables(storage.sql);
      appendLogs(storage.sql, records, bound);
    });
  }

  it("keeps the order of what comes at once", async () => {
    const numbers = Array.from({ length: 120 }, (_, index) => `${index}`);
    const records = numbers.map((number) => record(sids("4"), number));
    await activity(sids("4")).appendLogs(sids("4").environmentSid, records);
    expect(await messages(sids("4"))).toEqual(numbers);
  });

  it("drops the lines of an environment that is gone, with it or after it", async () => {
    const { environmentSid } = sids("5");
    await activity(sids("5")).appendLogs(environmentSid, [record(sids("5"), "before")]);
    await activity(sids("5")).erase();
    await activity(sids("5")).appendLogs(environmentSid, [record(sids("5"), "after")]);
    expect(await messages(sids("5"))).toEqual([]);
  });

  it("keeps the newest of an environment with every line it takes, and its neighbours'", async () => {
    await append("7", 3, ["a", "b", "c"]);
    await append("6", 3, ["a", "b"]);
    expect(await messages(sids("6"))).toEqual(["a", "b"]);
    for (const line of ["c", "d", "e"]) await append("6", 3, [line]);
    expect(await messages(sids("6"))).toEqual(["c", "d", "e"]);
    await append("6", 3, ["f", "g", "h", "i"]);
    expect(await messages(sids("6"))).toEqual(["g", "h", "i"]);
    expect(await messages(sids("7"))).toEqual(["a", "b", "c"]);
  });

  it("counts a long line as several, by its bytes", async () => {
    const begins = async () => (await messages(sids("a"))).map((message) => String(message)[0]);
    await append("a", 4, ["a", "b", "c"]);
    await append("a", 4, ["語".repeat(1_000)]);
    expect(await begins()).toEqual(["b", "c", "語"]);
    await append("a", 4, ["d", "語".repeat(2_000)]);
    expect(await begins()).toEqual(["語"]);
  });

  it("keeps a line for thirty days", async () => {
    const now = Date.UTC(2026, 5, 30);
    const days = (count: number) => now - count * 86_400_000;
    await activity(sids("8")).appendLogs(sids("8").environmentSid, [
      record(sids("8"), "too old", days(30) - 1_000),
      record(sids("8"), "just kept", days(30)),
    ]);
    await runInDurableObject(activity(sids("8")), (_, { storage }) => expireLogs(storage.sql, now));
    expect(await messages(sids("8"))).toEqual(["just kept"]);
  });
});
