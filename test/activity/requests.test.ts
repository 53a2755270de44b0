import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import schema from "../../docs/api.md?raw";
import { REASONS } from "../../src/activity/reasons.ts";
import type { RequestRecord } from "../../src/contract/request-record.ts";
import {
  addAccount,
  addEnvironment,
  addService,
  BASE,
  basic,
  call,
  OPERATOR,
} from "../api/client.ts";
import { addProject, deploy } from "../api/deployed.ts";
import { quiet } from "../conformance/quiet.ts";

quiet();

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let environment: any;
let url: string;
let host: string;

beforeAll(async () => {
  const project = await addProject("activity");
  environment = project.environment;
  await deploy(environment.url, project.build.sid);
  url = `${environment.url}/Requests`;
  host = `http://${environment.domain_name}`;
});

function record(changes: Partial<RequestRecord>): RequestRecord {
  return {
    ...{ id: crypto.randomUUID(), count: 1, time: Date.now(), method: "GET", path: "/a" },
    ...{
      queryNames: [],
      status: 200,
      reason: null,
      kind: "asset",
      sid: null,
      visibility: "public",
    },
    ...{ signature: "none", bytes: 1, size: 1, range: null, source: "memory", duration: 0 },
    ...{ caller: "curl", country: null, colo: null, deployment: null, build: null },
    ...{ functionRequest: null, ...changes },
  } as RequestRecord;
}

async function listed(query = "") {
  return (await call("GET", `${url}${query}`)).body.requests;
}

describe("requests to an environment's host", () => {
  it("are listed within three seconds, newest first, with every field", async () => {
    await exports.default.fetch(`${host}/ahoy.txt?who=me`, { headers: { "User-Agent": "curl/8" } });
    const refusal = await exports.default.fetch(`${host}/nothing`);
    await vi.waitFor(async () => expect(await listed()).toHaveLength(2), { timeout: 3_000 });
    const [missing, served] = await listed();
    expect(missing).toMatchObject({
      sid: refusal.headers.get("X-Request-Id"),
      path: "/nothing",
      status: 404,
      reason: "path-unknown",
      reason_text: "Nothing public or protected is deployed at this path.",
      advice: expect.stringContaining("not deployed"),
      asset_version_sid: null,
    });
    expect(served).toEqual({
      sid: expect.any(String),
      account_sid: OPERATOR.username,
      service_sid: environment.service_sid,
      environment_sid: environment.sid,
      deployment_sid: expect.stringMatching(/^ZD/),
      build_sid: expect.stringMatching(/^ZB/),
      count: 1,
      method: "GET",
      path: "/ahoy.txt",
      query_names: ["who"],
      status: 200,
      reason: null,
      reason_text: null,
      advice: null,
      asset_version_sid: expect.stringMatching(/^ZN/),
      function_sid: null,
      visibility: "public",
      signature: "none",
      bytes_sent: 4,
      asset_size: 4,
      range: null,
      source: "bucket",
      duration: expect.any(Number),
      caller: "curl",
      country: null,
      data_center: null,
      request_sid: null,
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      url: `${url}/${served.sid}`,
    });
    expect((await call("GET", served.url)).body).toEqual(served);
  });

  it("are filtered, and paged with their filters", async () => {
    const now = Date.now();
    const records = Array.from({ length: 30 }, (_, index) =>
      record({
        path: index % 3 === 0 ? "/menu/a.xml" : "/menu/b.xml",
        status: index % 2 === 0 ? 200 : 403,
        reason: index % 2 === 0 ? null : "signature-invalid",
        sid: index % 5 === 0 ? `ZN${"7".repeat(32)}` : null,
        time: now - index * 1000,
      }),
    );
    const activity = env.ACTIVITY.getByName(environment.sid);
    for (let at = 0; at < 30; at += 7) {
      await activity.appendRequests({
        environment: environment.sid,
        records: records.slice(at, at + 7),
      });
    }
    const count = async (query: string) => (await listed(`?PageSize=1000&${query}`)).length;
    expect(await count("Path=/menu/*")).toBe(30);
    expect(await count("Path=/menu/a.xml")).toBe(10);
    expect(await count("Path=/menu/a.xml&Status=4xx")).toBe(5);
    expect(await count("Path=/menu/*&Status=200")).toBe(15);
    expect(await count("Reason=signature-invalid")).toBe(15);
    expect(await count(`AssetVersionSid=ZN${"7".repeat(32)}`)).toBe(6);
    const to = new Date(now - 10_000).toISOString();
    expect(await count(`Path=/menu/*&EndDate=${to}`)).toBe(20);
    expect(await count(`Path=/menu/*&StartDate=${to}&EndDate=${to}`)).toBe(1);

    const sids: string[] = [];
    let next: string | null = `${url}?Path=/menu/*&PageSize=4`;
    let previous = "";
    while (next !== null) {
      const { body } = await call("GET", next);
      sids.push(...body.requests.map(({ sid }: { sid: string }) => sid));
      previous = body.meta.previous_page_url ?? previous;
      next = body.meta.next_page_url;
    }
    expect(sids).toEqual(records.map(({ id }) => id).toReversed());
    const { body } = await call("GET", previous);
    expect(body.requests.map(({ sid }: { sid: string }) => sid)).toEqual(sids.slice(24, 28));
  });

  it.each([
    ["Status", "40"],
    ["Status", "9xx"],
    ["Reason", "A b"],
    ["FunctionSid", "ZN1"],
    ["AssetVersionSid", "ZH1"],
    ["StartDate", "yesterday"],
  ])("with a wrong %s are a 20001: %s", async (name, value) => {
    const { status, body } = await call("GET", `${url}?${name}=${value}`);
    expect([status, body.code]).toEqual([400, 20001]);
  });

  it("are nothing that another account, or another environment, has", async () => {
    const other = await addAccount("activity");
    const [{ url: one }] = await listed("?PageSize=1");
    for (const path of [url, one, `${environment.url}/Statistics`]) {
      expect((await call("GET", path, undefined, other)).status).toBe(404);
    }
    expect((await call("POST", `${url}/Stream`, {}, other)).status).toBe(404);
    const service = await addService("activity-other");
    const elsewhere = await addEnvironment(service.sid, { UniqueName: "dev" });
    const id = one.split("/").at(-1);
    expect((await call("GET", `${elsewhere.url}/Requests/${id}`)).status).toBe(404);
    expect((await call("GET", `${elsewhere.url}/Requests`)).body.requests).toEqual([]);
  });

  it("can fail for no reason that docs/api.md does not list", () => {
    const table = schema.split("### Reasons")[1]?.split("\n## ")[0] ?? "";
    const named = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, reason]) => reason);
    expect(named.sort()).toEqual(Object.keys(REASONS).sort());
  });
});

describe("the stream", () => {
  async function open(protocols: string[], headers: Record<string, string> = {}) {
    return exports.default.fetch(`${url}/Stream`, {
      headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": protocols.join(", "), ...headers },
    });
  }

  it("shows what comes as it comes, to who has a ticket or credentials", async () => {
    const ticket = await call("POST", `${url}/Stream`, {});
    expect(ticket.status).toBe(201);
    for (const opened of [
      await open(ticket.body.protocols),
      await open(["ringback.requests"], { Authorization: basic(OPERATOR) }),
    ]) {
      expect(opened.status).toBe(101);
      expect(opened.headers.get("Sec-WebSocket-Protocol")).toBe("ringback.requests");
      const socket = opened.webSocket as WebSocket;
      socket.accept();
      const message = new Promise<string>((resolve) => {
        socket.addEventListener("message", ({ data }) => resolve(String(data)));
      });
      await exports.default.fetch(`${host}/live`);
      const { requests } = JSON.parse(await message);
      expect(requests[0]).toMatchObject({ path: "/live", status: 404, reason: "path-unknown" });
      expect(requests[0].url).toBe(`${url}/${requests[0].sid}`);
      socket.close();
    }
  });

  it("opens to no ticket of another environment, nor to a made up or an old one", async () => {
    const service = await addService("activity-ticket");
    const elsewhere = await addEnvironment(service.sid, { UniqueName: "dev" });
    const { body } = await call("POST", `${elsewhere.url}/Requests/Stream`, {});
    expect((await open(body.protocols)).status).toBe(401);
    expect((await open(["ringback.requests"])).status).toBe(401);
    expect((await open(["ringback.requests", "ringback.ticket.AAAA"])).status).toBe(401);
    const own = await call("POST", `${url}/Stream`, {});
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await open(own.body.protocols)).status).toBe(401);
    vi.useRealTimers();
    // A ticket opens the stream alone.
    const answer = await exports.default.fetch(url, {
      headers: { "Sec-WebSocket-Protocol": own.body.protocols.join(", ") },
    });
    expect(answer.status).toBe(401);
  });

  it("is asked for with a WebSocket", async () => {
    const { status, body } = await call("GET", `${url}/Stream`);
    expect([status, body.code]).toEqual([400, 20001]);
  });
});

describe("the statistics", () => {
  it("add up by day, path and status, whether counted already or not", async () => {
    const service = await addService("statistics");
    const { sid, url: at } = await addEnvironment(service.sid, { UniqueName: "dev" });
    const activity = env.ACTIVITY.getByName(sid);
    const noon = `${new Date().toISOString().slice(0, 10)}T00:00:01.000Z`;
    const time = Date.parse(noon);
    const append = (...records: RequestRecord[]) =>
      activity.appendRequests({ environment: sid, records });
    await append(
      record({ path: "/a", time, bytes: 10 }),
      record({ path: "/a", time, count: 5, bytes: 50 }),
    );
    await append(record({ path: "/a", time, status: 403, bytes: null }));
    await runInDurableObject(activity, (instance) => instance.alarm());
    await append(record({ path: "/a", time, bytes: 1, caller: "twilio" }));
    await append(record({ path: "/made/up", time, status: 404, kind: null }));
    const { body } = await call("GET", `${at}/Statistics`);
    const date = noon.slice(0, 10);
    expect(body.days.toSorted(bySize)).toEqual([
      { date, path: "/a", status: 200, requests: 7, errors: 0, bytes: 61 },
      { date, path: null, status: 404, requests: 1, errors: 1, bytes: 1 },
      { date, path: "/a", status: 403, requests: 1, errors: 1, bytes: 0 },
    ]);
    const hour = `${date}T00:00:00Z`;
    expect(body.hours.toSorted(bySize)[0]).toEqual({
      ...{ date: hour, status: 200, requests: 7, errors: 0, bytes: 61 },
    });
    expect(body.last_requests).toEqual([{ path: "/a", date: noon, status: 200, caller: "twilio" }]);
    expect((await call("GET", `${at}/Statistics?Path=/b`)).body.days).toEqual([]);
  });

  function bySize(a: { requests: number; bytes: number }, b: { requests: number; bytes: number }) {
    return b.requests - a.requests || b.bytes - a.bytes;
  }
});

describe("what is kept", () => {
  async function emptyEnvironment(name: string) {
    const service = await addService(name);
    return addEnvironment(service.sid, { UniqueName: "dev" });
  }

  it("is the newest 50,000 records; what is forgotten stays counted", async () => {
    const { sid, url: at } = await emptyEnvironment("bounded");
    const activity = env.ACTIVITY.getByName(sid);
    const records = Array.from({ length: 1_000 }, () => record({ path: "/a", bytes: 1 }));
    for (let batch = 0; batch < 51; batch++) {
      await activity.appendRequests({ environment: sid, records });
    }
    const held = await runInDurableObject(activity, (_, { storage }) =>
      storage.sql.exec("SELECT sum(count) AS held FROM requests").one(),
    );
    expect(held).toEqual({ held: 50_000 });
    const { body } = await call("GET", `${at}/Statistics`);
    expect(body.days[0]).toMatchObject({ requests: 51_000, bytes: 51_000 });
  });

  it("is of seven days, and of lines 30", async () => {
    const { sid } = await emptyEnvironment("expiring");
    const activity = env.ACTIVITY.getByName(sid);
    await activity.appendRequests({ environment: sid, records: [record({})] });
    const DAY = 86_400_000;
    await runInDurableObject(activity, async (instance, { storage }) => {
      storage.sql.exec("UPDATE facts SET value = '0' WHERE name = 'checked'");
      storage.sql.exec("UPDATE requests SET date = date - ?", 7 * DAY + 60_000);
      await instance.alarm();
      expect(storage.sql.exec("SELECT * FROM requests").toArray()).toEqual([]);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + DAY - 60_000);
    });
  });

  it("goes with the environment, and nothing that comes late is kept", async () => {
    const { sid, url: at } = await emptyEnvironment("erased");
    const activity = env.ACTIVITY.getByName(sid);
    const batch = { environment: sid, records: [record({})] };
    await activity.appendRequests(batch);
    expect((await call("DELETE", at)).status).toBe(204);
    await activity.appendRequests(batch);
    await runInDurableObject(activity, async (instance, { storage }) => {
      expect(storage.sql.exec("SELECT * FROM requests").toArray()).toEqual([]);
      await instance.alarm();
      expect(storage.sql.exec("SELECT * FROM facts").toArray()).toEqual([]);
    });
  });

  it("is found by itself where its environment's deletion missed it", async () => {
    const { sid } = await emptyEnvironment("missed");
    const activity = env.ACTIVITY.getByName(sid);
    await activity.appendRequests({ environment: sid, records: [record({})] });
    await env.DB.prepare("DELETE FROM environments WHERE sid = ?").bind(sid).run();
    await runInDurableObject(activity, async (instance, { storage }) => {
      storage.sql.exec("UPDATE facts SET value = '0' WHERE name = 'checked'");
      await instance.alarm();
      expect(storage.sql.exec("SELECT * FROM requests").toArray()).toEqual([]);
    });
  });

  it("survives that its object is evicted", async () => {
    const { sid, url: at } = await emptyEnvironment("evicted");
    const activity = env.ACTIVITY.getByName(sid);
    await activity.appendRequests({ environment: sid, records: [record({ path: "/kept" })] });
    await runInDurableObject(activity, (_, state) => state.abort("evicted")).catch(() => {});
    const { body } = await call("GET", `${at}/Requests`);
    expect(body.requests.map(({ path }: RequestRecord) => path)).toEqual(["/kept"]);
  });
});

describe("a test request", () => {
  it("is answered as a caller is, and shows up as one", async () => {
    const { status, body } = await call("POST", `${environment.url}/TestRequests`, {
      ...{ Path: "/ahoy.txt?test=1", Method: "POST", Body: "From=%2B1555" },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...{ method: "POST", path: "/ahoy.txt?test=1", status: 200, body: "ahoy" },
      ...{ content_type: expect.stringMatching(/^text\/plain/), request_sid: null },
    });
    await vi.waitFor(async () => {
      const [shown] = await listed("?Path=/ahoy.txt&PageSize=1");
      expect(shown).toMatchObject({ method: "POST", query_names: ["test"], caller: "other" });
    });
  });

  it.each([
    ["/../v1/Services", 404],
    ["/nothing", 404],
  ])("%s is answered %i", async (path, status) => {
    const { body } = await call("POST", `${environment.url}/TestRequests`, { Path: path });
    expect(body.status).toBe(status);
  });

  it.each(["ahoy.txt", "@example.com/", ":80/"])("for %s is refused", async (path) => {
    const { status, body } = await call("POST", `${environment.url}/TestRequests`, { Path: path });
    expect([status, body.code]).toEqual([400, 20001]);
  });
});

it("an unknown environment is a 404", async () => {
  const path = `${BASE}/v1/Services/activity/Environments/ZE${"0".repeat(32)}`;
  for (const list of ["Requests", "Statistics"]) {
    expect((await call("GET", `${path}/${list}`)).status).toBe(404);
  }
});
