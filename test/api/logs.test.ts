import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { expireLogs } from "../../src/activity/logs.ts";
import { newSid } from "../../src/api/sids.ts";
import { MAX_LOG_MESSAGE } from "../../src/contract/log-line.ts";
import { logRecord } from "../../src/contract/log-record.ts";
import { addEnvironment, addService, call } from "./client.ts";
import { findDeployed } from "./openapi-world.ts";

const HOUR = 3600 * 1000;
const NOW = Date.now();
const FN = `ZH${"1".repeat(32)}`;
const OTHER = `ZH${"2".repeat(32)}`;
const REQUEST = newSid("RQ");

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let environment: any;
let url: string;

/** Hours ago, function, message: in the order they were written. */
const LINES: [number, string, string][] = [
  [30 * 24 + 1, FN, "a month ago"],
  [25, FN, "yesterday"],
  [2, FN, "first"],
  [2, OTHER, "second"],
  [1, FN, "third"],
  [0, "", "of no request"],
];

beforeAll(async () => {
  const service = await addService("logs");
  environment = await addEnvironment(service.sid, { UniqueName: "dev" });
  url = environment.links.logs;
  const owner = { ...(await findDeployed(environment.sid)), deploymentSid: "ZD1", buildSid: "ZB1" };
  const records = LINES.map(([hours, functionSid, message]) =>
    logRecord(owner, {
      ...{ functionSid, message, level: "WARN", time: NOW - hours * HOUR },
      requestSid: functionSid === "" ? "" : REQUEST,
    }),
  );
  await activity(environment.sid).appendLogs(environment.sid, records);
});

function activity(environmentSid: string) {
  return env.ACTIVITY.getByName(environmentSid);
}

function date(hours: number): string {
  return new Date(NOW - hours * HOUR).toISOString();
}

async function messages(query: Record<string, string>): Promise<string[]> {
  const { status, body } = await call("GET", `${url}?${new URLSearchParams(query)}`);
  expect(status).toBe(200);
  return body.logs.map(({ message }: { message: string }) => message);
}

describe("the logs of an environment", () => {
  it("are the last day's, newest first, with every field of the contract", async () => {
    const { body } = await call("GET", url);
    expect(body.meta.key).toBe("logs");
    expect(body.logs.map(({ message }: { message: string }) => message)).toEqual([
      "of no request",
      "third",
      "second",
      "first",
    ]);
    const [unowned, third] = body.logs;
    expect(third).toEqual({
      sid: expect.stringMatching(/^NO[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: environment.service_sid,
      environment_sid: environment.sid,
      build_sid: "ZB1",
      deployment_sid: "ZD1",
      function_sid: FN,
      request_sid: REQUEST,
      level: "WARN",
      message: "third",
      date_created: date(1).replace(/\.\d+Z$/, "Z"),
      url: `${url}/${third.sid}`,
    });
    expect(unowned).toMatchObject({ function_sid: null, request_sid: null });
    expect((await call("GET", third.url)).body).toEqual(third);
  });

  it("are filtered by function and dates, the ends included", async () => {
    expect(await messages({ FunctionSid: FN })).toEqual(["third", "first"]);
    expect(await messages({ StartDate: date(26) })).toHaveLength(5);
    expect(await messages({ StartDate: date(2), EndDate: date(2) })).toEqual(["second", "first"]);
    expect(await messages({ StartDate: date(26), EndDate: date(24) })).toEqual(["yesterday"]);
    expect(await messages({ EndDate: date(1.5), FunctionSid: OTHER })).toEqual(["second"]);
  });

  it("keep their filters from page to page", async () => {
    const query = new URLSearchParams({ FunctionSid: FN, StartDate: date(26), PageSize: "2" });
    const { body: first } = await call("GET", `${url}?${query}`);
    const next = new URL(first.meta.next_page_url).searchParams;
    expect([next.get("FunctionSid"), next.get("StartDate")]).toEqual([FN, date(26)]);
    const { body: second } = await call("GET", first.meta.next_page_url);
    expect(second.logs.map(({ message }: { message: string }) => message)).toEqual(["yesterday"]);
    const { body: back } = await call("GET", second.meta.previous_page_url);
    expect(back.logs).toEqual(first.logs);
  });

  it.each([
    ["FunctionSid", "ZS1"],
    ["StartDate", "yesterday"],
    ["EndDate", "2026-13-40"],
  ])("with a wrong %s are a 20001", async (name, value) => {
    const { status, body } = await call("GET", `${url}?${name}=${value}`);
    expect([status, body.code]).toEqual([400, 20001]);
  });

  it("are no other environment's", async () => {
    const other = await addService("logs-other");
    const elsewhere = await addEnvironment(other.sid, { UniqueName: "dev" });
    const { body } = await call("GET", url);
    const { status } = await call("GET", `${elsewhere.links.logs}/${body.logs[0].sid}`);
    expect(status).toBe(404);
    expect((await call("GET", elsewhere.links.logs)).body.logs).toEqual([]);
  });

  it("are kept for 30 days, and not shown after them while they are still there", async () => {
    expect(await messages({ StartDate: "2000-01-01" })).toHaveLength(5);
    await runInDurableObject(activity(environment.sid), (_, { storage }) => {
      expireLogs(storage.sql, NOW);
      expect(storage.sql.exec("SELECT * FROM logs").toArray()).toHaveLength(5);
    });
    expect(await messages({ StartDate: "2000-01-01" })).toHaveLength(5);
  });
});

describe("a page of long lines", () => {
  it("is shorter than asked for, and the pages together have all of them, both ways", async () => {
    const service = await addService("long-logs");
    const { sid, links } = await addEnvironment(service.sid, { UniqueName: "dev" });
    const owner = { ...(await findDeployed(sid)), deploymentSid: "ZD1", buildSid: "ZB1" };
    const line = { functionSid: FN, requestSid: REQUEST, level: "INFO", time: NOW } as const;
    const records = Array.from({ length: 300 }, () =>
      logRecord(owner, { ...line, message: "語".repeat(MAX_LOG_MESSAGE) }),
    );
    await activity(sid).appendLogs(sid, records);
    const newestFirst = records.map((record) => record.sid).reverse();

    const seen: string[][] = [];
    let next: string | null = `${links.logs}?PageSize=1000`;
    let last = "";
    while (next !== null) {
      const { body, text } = await call("GET", next);
      expect(new TextEncoder().encode(text).byteLength).toBeLessThan(1_010_000);
      seen.push(body.logs.map((log: { sid: string }) => log.sid));
      last = body.meta.previous_page_url ?? last;
      next = body.meta.next_page_url;
    }
    expect(seen.map(({ length }) => length)).toEqual(Array(15).fill(20));
    expect(seen.flat()).toEqual(newestFirst);
    const { body } = await call("GET", last);
    expect(body.logs.map((log: { sid: string }) => log.sid)).toEqual(newestFirst.slice(260, 280));
  });
});
