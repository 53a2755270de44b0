import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { basicAuthorization } from "../../operator.ts";
import { LARGE_ASSET, type Tenant, type World } from "./world.ts";

/** What one tenant, or anyone who knows its addresses, does to the isolate that it shares. */
export type Attack = { name: string; run(world: World): Promise<unknown> };

const MB = 1024 * 1024;
const FORM = "application/x-www-form-urlencoded";

/** Milliseconds for which a client withholds what it owes. */
const PATIENCE = 4_000;

export const ATTACKS: Attack[] = [
  { name: "idle", run: () => setTimeout(PATIENCE) },
  {
    name: "40 POSTs of 6 MB, last byte withheld",
    run: ({ port, attacker }) =>
      times(40, () => withheld(port, attacker.host, "/echo-length", 6 * MB, 6 * MB - 1)),
  },
  {
    name: "40 POSTs of 6 MB, a KB a second",
    run: ({ port, attacker }) => times(40, () => trickled(port, attacker.host, "/echo-length")),
  },
  {
    name: "40 signed POSTs of 64 KB, withheld",
    run: ({ port, attacker }) =>
      times(40, () =>
        withheld(port, attacker.host, "/guarded", 65_536, 65_000, {
          "X-Twilio-Signature": `${"A".repeat(27)}=`,
        }),
      ),
  },
  {
    name: "200 uploads of 25 MB, 6 bytes sent",
    run: async (world) => {
      const versions = await newVersions(world.attacker);
      await times(200, () =>
        withheld(world.port, "localhost", versions, 25 * MB, 6, uploadFields(world.attacker)),
      );
    },
  },
  {
    name: "30 uploads of 10 MB at once",
    run: async ({ port, attacker }) => {
      const versions = await newVersions(attacker);
      const body = uploadBody(Buffer.alloc(10 * MB, 1));
      const statuses = await times(30, () =>
        ask(port, "localhost", versions, body, uploadFields(attacker)),
      );
      if (statuses.some((status) => status !== 201)) throw new Error(`uploads: ${statuses}`);
    },
  },
  {
    name: "80 who do not read 5.9 MB of a function",
    run: ({ port, attacker }) => times(80, () => unread(port, attacker.host, "/large")),
  },
  {
    name: "80 who do not read 20 MB of an asset",
    run: async ({ port, attacker }) => {
      // Out of the cache, as the second caller has it: the local R2 is a part of the same process.
      await ask(port, attacker.host, LARGE_ASSET, null);
      await setTimeout(1_000);
      await times(80, () => unread(port, attacker.host, LARGE_ASSET));
    },
  },
  {
    name: "4 forms of 6 MB of 0xFF, wrongly signed",
    run: ({ port, attacker }) => {
      const query = Array.from({ length: 400 }, (_, at) => `a%27${at}=%C3%A9+'`).join("&");
      return times(4, () =>
        ask(port, attacker.host, `/guarded?${query}`, Buffer.alloc(6 * MB, 0xff), {
          "Content-Type": FORM,
          "X-Twilio-Signature": `${"A".repeat(27)}=`,
        }),
      ).then(() => {});
    },
  },
  {
    name: "20 forms of 64 KB of 0xFF, wrongly signed",
    run: ({ port, attacker }) => {
      const query = Array.from({ length: 100 }, (_, at) => `a%27${at}=%C3%A9+'`).join("&");
      return times(20, () =>
        ask(port, attacker.host, `/guarded?${query}`, Buffer.alloc(64 * 1024, 0xff), {
          "Content-Type": FORM,
          "X-Twilio-Signature": `${"A".repeat(27)}=`,
        }),
      ).then(() => {});
    },
  },
  {
    name: "3 API forms of 499,000 fields",
    run: ({ port, attacker }) =>
      times(3, () =>
        ask(port, "localhost", "/v1/Services", Buffer.from("a&".repeat(499_000)), {
          Authorization: basicAuthorization(attacker.api),
          "Content-Type": FORM,
        }),
      ),
  },
  {
    name: "12 lists of builds at once",
    run: async (world) => {
      await layBuilds(world);
      const { port, attacker } = world;
      const target = `/v1${attacker.service}/Builds?PageSize=1000`;
      await times(12, () =>
        ask(port, "localhost", target, null, { Authorization: basicAuthorization(attacker.api) }),
      );
    },
  },
  {
    name: "2,000 failed logins",
    run: async ({ port, attacker }) => {
      const wrong = basicAuthorization({ ...attacker.api, authToken: "wrong" });
      for (let sent = 0; sent < 2_000; sent += 50) {
        await times(50, () =>
          ask(port, "localhost", "/v1/Services", null, {
            ...{ Authorization: wrong, "CF-Connecting-IP": "192.0.2.2" },
          }),
        );
      }
    },
  },
  {
    name: "3 functions that answer 30 MB",
    run: ({ port, attacker }) => times(3, () => ask(port, attacker.host, "/huge", null)),
  },
  {
    name: "4 calls of 1,000 refused fetches",
    run: ({ port, attacker }) => times(4, () => ask(port, attacker.host, "/refused-fetches", null)),
  },
  { name: "a script that declares 30,000 names", run: (world) => hostileBuild(world, 1, 30_000) },
  {
    name: "a function of 10,000 imports, called",
    run: ({ port, attacker }) => times(3, () => ask(port, attacker.host, "/imports", null)),
  },
  { name: "10 scripts of 2 MB in one build", run: (world) => largeBuilds(world, 1) },
  { name: "3 such builds at once", run: (world) => largeBuilds(world, 3) },
];

async function times<Result>(count: number, act: () => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, act));
}

type Fields = Record<string, string>;

function head(method: string, host: string, target: string, fields: Fields): string {
  const lines = Object.entries({ Host: host, ...fields }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

function open(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  // A server that gives a client up closes the connection under it.
  socket.on("error", () => {});
  return socket;
}

/** Announces `length` bytes, sends `sent` of them, and waits. */
async function withheld(
  port: number,
  host: string,
  target: string,
  length: number,
  sent: number,
  fields: Fields = {},
): Promise<void> {
  const socket = open(port);
  socket.resume();
  socket.write(head("POST", host, target, { ...fields, "Content-Length": String(length) }));
  socket.write(Buffer.alloc(sent, "a"));
  await setTimeout(PATIENCE);
  socket.destroy();
}

async function trickled(port: number, host: string, target: string): Promise<void> {
  const socket = open(port);
  socket.resume();
  socket.write(head("POST", host, target, { "Content-Length": String(6 * MB) }));
  for (let sent = 0; sent < 4; sent++) {
    socket.write(Buffer.alloc(1024, "a"));
    await setTimeout(PATIENCE / 4);
  }
  socket.destroy();
}

/** Asks, reads the first bytes of the answer and no more. */
async function unread(port: number, host: string, target: string): Promise<void> {
  const socket = open(port);
  socket.once("data", () => socket.pause());
  socket.write(head("GET", host, target, {}));
  await setTimeout(PATIENCE);
  socket.destroy();
}

/** Sends one request and returns the status of the answer, 0 where there is none. */
function ask(
  port: number,
  host: string,
  target: string,
  body: Buffer | null,
  fields: Fields = {},
): Promise<number> {
  const length = body === null ? {} : { "Content-Length": String(body.length) };
  const method = body === null ? "GET" : "POST";
  return new Promise((resolve) => {
    const socket = open(port);
    let first: Buffer | null = null;
    socket.on("data", (data) => {
      first ??= data;
    });
    socket.on("close", () => resolve(Number(first?.subarray(9, 12).toString() ?? 0)));
    socket.write(head(method, host, target, { ...fields, ...length, Connection: "close" }));
    if (body !== null) socket.write(body);
  });
}

const BOUNDARY = "boundary";

function uploadFields({ api }: Tenant): Fields {
  return {
    Authorization: basicAuthorization(api),
    "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
  };
}

function uploadBody(content: Buffer, name = "/a.bin", type = "application/octet-stream"): Buffer {
  const part = (field: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"`;
  const fields = `${part("Path")}\r\n\r\n${name}\r\n${part("Visibility")}\r\n\r\npublic\r\n`;
  const file = `${part("Content")}; filename="a"\r\nContent-Type: ${type}\r\n\r\n`;
  return Buffer.concat([
    ...[Buffer.from(fields + file), content, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)],
  ]);
}

type Json = { sid: string; status?: string };

async function post(tenant: Tenant, target: string, form: URLSearchParams): Promise<Json> {
  const { url } = tenant.api;
  const headers = { Authorization: basicAuthorization(tenant.api) };
  const answer = await fetch(`${url}/v1${target}`, { method: "POST", headers, body: form });
  return (await answer.json()) as Json;
}

async function newVersions(tenant: Tenant, collection = "Assets"): Promise<string> {
  const form = new URLSearchParams({ FriendlyName: "attack" });
  const { sid } = await post(tenant, `${tenant.service}/${collection}`, form);
  return `/v1${tenant.service}/${collection}/${sid}/Versions`;
}

/** 40 builds of a thousand versions each, as no client could make in a minute. */
async function layBuilds({ sql, attacker }: World): Promise<void> {
  const service = attacker.service.slice("/Services/".length);
  const { accountSid } = attacker.api;
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)";
  const date = "2026-01-01T00:00:00Z";
  const resource = `ZH${"f".repeat(32)}`;
  await sql(
    `INSERT INTO resources (sid, account_sid, service_sid, kind, friendly_name, date_created,
       date_updated) VALUES (?1, ?2, ?3, 'asset', 'a', ?4, ?4)`,
    ...[resource, accountSid, service, date],
  );
  await sql(
    `${numbers} INSERT INTO versions (sid, account_sid, service_sid, resource_sid, kind, path,
       visibility, content_type, content_size, content_sha256, date_created)
     SELECT printf('ZN%032x', i), ?1, ?2, ?4, 'asset', printf('/%0250d', i), 'public',
       'application/octet-stream', 1, printf('%064x', i), ?5 FROM n`,
    ...[accountSid, service, 1_000, resource, date],
  );
  await sql(
    `${numbers} INSERT INTO builds (sid, account_sid, service_sid, status, runtime, dependencies,
       errors, date_created, date_updated)
     SELECT printf('ZB%032x', i), ?1, ?2, 'completed', 'node22', '[]', '[]', ?4, ?4 FROM n`,
    ...[accountSid, service, 40, date],
  );
  await sql(
    `INSERT INTO build_versions (build_sid, version_sid)
     SELECT builds.sid, versions.sid FROM builds, versions
     WHERE builds.date_created = ?1 AND versions.date_created = ?1`,
    date,
  );
}

async function functionVersion(tenant: Tenant, name: string, source: string): Promise<string> {
  const { port } = new URL(tenant.api.url);
  const versions = await newVersions(tenant, "Functions");
  const headers = uploadFields(tenant);
  const body = uploadBody(Buffer.from(source), name, "application/javascript");
  const answer = await fetch(`http://localhost:${port}${versions}`, {
    method: "POST",
    headers,
    body: new Uint8Array(body),
  });
  return ((await answer.json()) as Json).sid;
}

async function build(tenant: Tenant, versions: string[]): Promise<void> {
  const form = new URLSearchParams(versions.map((sid) => ["FunctionVersions", sid]));
  const target = `${tenant.service}/Builds`;
  let made = await post(tenant, target, form);
  while (made.status === "building") {
    await setTimeout(250);
    const headers = { Authorization: basicAuthorization(tenant.api) };
    const answer = await fetch(`${tenant.api.url}/v1${target}/${made.sid}/Status`, { headers });
    made = (await answer.json()) as Json;
  }
}

async function hostileBuild({ attacker }: World, builds: number, names: number): Promise<void> {
  const declared = Array.from({ length: names }, (_, at) => `_${at.toString(36)}`);
  const sid = await functionVersion(attacker, "/names", `let ${declared.join(",")};`);
  await times(builds, () => build(attacker, [sid]));
}

async function largeBuilds({ attacker }: World, builds: number): Promise<void> {
  const source = `exports.handler = (c, e, cb) => cb(null, [${"0,".repeat(190_000)}]);`;
  const sids: string[] = [];
  for (let at = 0; at < 10; at++) {
    sids.push(await functionVersion(attacker, `/large-${at}`, source));
  }
  await times(builds, () => build(attacker, sids));
}
