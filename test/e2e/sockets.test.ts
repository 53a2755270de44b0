import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AssetHosts, startAssetHosts } from "./asset-hosts.ts";
import { Connection, exchange, type RawResponse } from "./raw-http.ts";

/** What only the wire shows: lengths, connections that stay open, large and slow bodies. */

const HOST = "sockets-1234.localhost";
const FUNCTIONS = "functions-1234.localhost";
const KIB = 1024;
const MIB = 1024 * KIB;
/** The largest asset that a client may upload (contract 4). */
const LARGE = pattern(25 * MIB, 1);
/** Past what is kept in memory. */
const MEDIUM = pattern(3 * MIB, 2);
const RANGED = pattern(8 * MIB, 3);
/** Past what sockets buffer: whoever does not read it holds it up. */
const SLOW = pattern(8 * MIB, 4);
const ABORTED = pattern(8 * MIB, 5);

let server: AssetHosts;

beforeAll(async () => {
  server = await startAssetHosts();
  await server.deploy(HOST, {
    "/ten": { body: "0123456789" },
    "/none": { body: "" },
    "/text": { body: "é".repeat(600), type: "text/plain; charset=utf-8" },
    "/protected": { body: "0123456789", visibility: "protected" },
    "/medium": { body: MEDIUM },
    "/large": { body: LARGE },
    "/ranged": { body: RANGED },
    "/slow": { body: SLOW },
    "/aborted": { body: ABORTED },
  });
  const echo = `exports.handler = (context, event, callback) => {
    delete event.request;
    callback(null, event);
  };`;
  const multi = `exports.handler = (context, event, callback) => {
    const response = new Twilio.Response();
    response.appendHeader("X-List", ["1", "2"]);
    response.appendHeader("X-Twice", "3").appendHeader("X-Twice", "4");
    response.setCookie("a", "5").setCookie("b", "6");
    callback(null, response);
  };`;
  const secret = "exports.handler = (context, event, callback) => callback(null, 'canary');";
  await server.deploy(
    FUNCTIONS,
    {},
    {
      "/echo": { source: echo },
      "/multi": { source: multi },
      "/kept": { source: secret, visibility: "protected" },
      "/hidden": { source: secret, visibility: "private" },
    },
  );
});

afterAll(() => server?.close());

/** `length` bytes that repeat only after 251 of them, so that an offset by one shows. */
function pattern(length: number, seed: number): Buffer {
  const unit = Buffer.from(Array.from({ length: 251 }, (_, at) => (at * 7 + seed) & 0xff));
  const bytes = Buffer.alloc(length, unit);
  // Each 64 KiB has its own number: two of them swapped would show, too.
  for (let at = 0; at + 4 <= length; at += 64 * KIB) bytes.writeUInt32LE(at + seed, at);
  return bytes;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Nothing compresses: a local runtime would, where production does not. */
function request(
  method: string,
  path: string,
  fields: Record<string, string> = {},
  body = "",
): string {
  const lines = Object.entries({ Host: HOST, "Accept-Encoding": "identity", ...fields });
  if (body !== "") lines.push(["Content-Length", String(body.length)]);
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

async function ask(...args: Parameters<typeof request>): Promise<RawResponse> {
  const connection = new Connection(server.port);
  connection.write(request(...args));
  try {
    return await connection.read(args[0]);
  } finally {
    connection.close();
  }
}

type Step = {
  id: string;
  method: string;
  path: string;
  fields?: Record<string, string>;
  body?: string;
  status: number;
  /** Content-Length as the answer says it; null where there must be none. */
  length: number | null | "text";
};

/** One after the other on one connection: an answer that is cut wrong spoils the next. */
const STEPS: Step[] = [
  { id: "8.6-get", method: "GET", path: "/ten", status: 200, length: 10 },
  { id: "8.6-head", method: "HEAD", path: "/ten", status: 200, length: 10 },
  { id: "8.6-get-none", method: "GET", path: "/none", status: 200, length: 0 },
  { id: "8.6-head-none", method: "HEAD", path: "/none", status: 200, length: 0 },
  { id: "8.6-octets-not-characters", method: "GET", path: "/text", status: 200, length: 1200 },
  { id: "8.6-head-octets", method: "HEAD", path: "/text", status: 200, length: 1200 },
  { id: "8.6-medium", method: "GET", path: "/medium", status: 200, length: 3 * MIB },
  { id: "8.6-medium-again", method: "GET", path: "/medium", status: 200, length: 3 * MIB },
  { id: "8.6-head-medium", method: "HEAD", path: "/medium", status: 200, length: 3 * MIB },
  { id: "8.6-post", method: "POST", path: "/ten", body: "a=b", status: 200, length: 10 },
  {
    id: "8.6-post-no-body",
    method: "POST",
    path: "/ten",
    fields: { "Content-Length": "0" },
    status: 200,
    length: 10,
  },
  {
    id: "8.6-post-large-body",
    method: "POST",
    path: "/ten",
    body: "x".repeat(200_000),
    status: 200,
    length: 10,
  },
  {
    id: "8.6-partial",
    method: "GET",
    path: "/ten",
    fields: { Range: "bytes=2-4" },
    status: 206,
    length: 3,
  },
  {
    id: "8.6-partial-one",
    method: "GET",
    path: "/ten",
    fields: { Range: "bytes=-1" },
    status: 206,
    length: 1,
  },
  {
    id: "8.6-partial-medium",
    method: "GET",
    path: "/medium",
    fields: { Range: "bytes=1000-2000999" },
    status: 206,
    length: 2_000_000,
  },
  {
    id: "8.6-several",
    method: "GET",
    path: "/ten",
    fields: { Range: "bytes=0-1,8-9" },
    status: 200,
    length: 10,
  },
  {
    id: "8.6-head-range",
    method: "HEAD",
    path: "/ten",
    fields: { Range: "bytes=2-4" },
    status: 200,
    length: 10,
  },
  {
    id: "8.6-unsatisfiable",
    method: "GET",
    path: "/ten",
    fields: { Range: "bytes=10-" },
    status: 416,
    length: "text",
  },
  {
    id: "8.6-not-modified",
    method: "GET",
    path: "/ten",
    fields: { "If-None-Match": "*" },
    status: 304,
    length: null,
  },
  {
    id: "8.6-head-not-modified",
    method: "HEAD",
    path: "/ten",
    fields: { "If-None-Match": "*" },
    status: 304,
    length: null,
  },
  {
    id: "8.6-failed",
    method: "GET",
    path: "/ten",
    fields: { "If-Match": '"x"' },
    status: 412,
    length: "text",
  },
  { id: "8.6-options", method: "OPTIONS", path: "/ten", status: 204, length: null },
  { id: "8.6-method", method: "DELETE", path: "/ten", status: 405, length: "text" },
  { id: "9.3.8-trace", method: "TRACE", path: "/ten", status: 405, length: "text" },
  { id: "8.6-absent", method: "GET", path: "/absent", status: 404, length: "text" },
  { id: "8.6-head-absent", method: "HEAD", path: "/absent", status: 404, length: "text" },
  { id: "8.6-forbidden", method: "GET", path: "/protected", status: 403, length: "text" },
  {
    id: "8.6-forbidden-post",
    method: "POST",
    path: "/protected",
    body: "x".repeat(200_000),
    status: 403,
    length: "text",
  },
  { id: "8.6-malformed", method: "GET", path: "/%zz", status: 400, length: "text" },
  { id: "8.6-still-right", method: "GET", path: "/ten", status: 200, length: 10 },
];

function isFramedRight(step: Step, { status, fields, body }: RawResponse): void {
  expect([step.id, status]).toEqual([step.id, step.status]);
  const length = fields["content-length"] ?? null;
  if (step.length !== "text") {
    expect([step.id, length]).toEqual([step.id, step.length === null ? null : String(step.length)]);
  } else if (step.method === "HEAD") {
    // Whether it is GET's is asked below.
    expect([step.id, Number(length) > 0]).toEqual([step.id, true]);
  } else {
    expect([step.id, Number(length)]).toEqual([step.id, body.length]);
    expect(body.toString()).toMatch(/^4\d\d [A-Z].*\nRequest: \S+\n$/s);
  }
  expect([step.id, fields["transfer-encoding"]]).toEqual([step.id, undefined]);
  expect(fields.date).toMatch(/ GMT$/);
}

describe("RFC 9112 6: an answer ends where it says", () => {
  it("WIRE-keep-alive: one request after the other on one connection", async () => {
    const connection = new Connection(server.port);
    for (const step of STEPS) {
      connection.write(request(step.method, step.path, step.fields, step.body));
      isFramedRight(step, await connection.read(step.method));
    }
    connection.close();
  });

  it("WIRE-pipelined: all at once on one connection, answered in their order", async () => {
    // RFC 9112 9.3.2: what has a body may be refused the pipeline; these have none.
    const steps = STEPS.filter(({ body }) => body === undefined);
    const connection = new Connection(server.port);
    connection.write(steps.map((s) => request(s.method, s.path, s.fields)).join(""));
    for (const step of steps) isFramedRight(step, await connection.read(step.method));
    connection.close();
  });

  it("WIRE-close: a client that asks to close is closed upon", async () => {
    const connection = new Connection(server.port);
    connection.write(request("GET", "/ten", { Connection: "close" }));
    expect((await connection.read("GET")).body.toString()).toBe("0123456789");
    if (!connection.socket.closed) await once(connection.socket, "close");
  });

  it("WIRE-split: a request that arrives byte by byte is one request", async () => {
    const connection = new Connection(server.port);
    connection.socket.setNoDelay(true);
    for (const byte of request("GET", "/ten", { Range: "bytes=2-4" })) {
      connection.write(byte);
      await new Promise(setImmediate);
    }
    expect((await connection.read("GET")).body.toString()).toBe("234");
    connection.close();
  });

  it("WIRE-early: a signed body past the limit is refused, and the next request is not spoilt", async () => {
    const connection = new Connection(server.port);
    const signature = { "X-Twilio-Signature": `${"A".repeat(27)}=` };
    connection.write(request("POST", "/protected", signature, "x".repeat(MIB)));
    expect((await connection.read("POST")).status).toBe(413);
    connection.close();
    expect((await ask("GET", "/ten")).body.toString()).toBe("0123456789");
  });
});

describe("a function on the wire", () => {
  const FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
  const JSON_TYPE = "Content-Type: application/json\r\n";
  const CHUNKED = "Transfer-Encoding: chunked\r\n";
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const long = `Content-Length: ${6 * MIB + 1}\r\n`;
  const smuggled = `GET /kept HTTP/1.1\r\nHost: ${FUNCTIONS}\r\n\r\n`;

  it.each<[id: string, line: string, fields: string, body: string, status: number, text?: RegExp]>([
    ["get", "GET /echo?a=1", "", "", 200, /^\{"a":"1"\}$/],
    ["head", "HEAD /echo", "", "", 405],
    ["trace", "TRACE /echo", "", "", 405],
    ["post", "POST /echo", `${FORM}Content-Length: 3\r\n`, "a=1", 200, /^\{"a":"1"\}$/],
    [
      "chunked",
      "POST /echo",
      FORM + CHUNKED,
      `${chunk("a=")}${chunk("1")}0\r\n\r\n`,
      200,
      /^\{"a":"1"\}$/,
    ],
    [
      "trailers",
      "POST /kept",
      `${FORM}${CHUNKED}Trailer: X-Twilio-Signature\r\n`,
      `${chunk("a=1")}0\r\nX-Twilio-Signature: ${"A".repeat(27)}=\r\n\r\n`,
      403,
    ],
    ["too-long", "POST /echo", long, "x".repeat(6 * MIB + 1), 413],
    [
      "too-long-chunked",
      "POST /echo",
      CHUNKED,
      `${chunk("x".repeat(MIB)).repeat(7)}0\r\n\r\n`,
      413,
    ],
    ["two-types", "POST /echo", `${JSON_TYPE}${FORM}Content-Length: 1\r\n`, "{", 200, /^\{\}$/],
    ["not-read", "POST /hidden", `Content-Length: ${smuggled.length}\r\n`, smuggled, 404],
    ["not-allowed", "PUT /echo", `Content-Length: ${smuggled.length}\r\n`, smuggled, 405],
    ["unsigned", "POST /kept", `Content-Length: ${smuggled.length}\r\n`, smuggled, 403],
    ["get-body", "GET /echo", `Content-Length: ${smuggled.length}\r\n`, smuggled, 200, /^\{\}$/],
    ["options-body", "OPTIONS /kept", `Content-Length: ${smuggled.length}\r\n`, smuggled, 204],
    ["16-KiB-path", `GET /${"a".repeat(16 * KIB)}`, "", "", 400],
    ["upper-case-host", "GET /echo?b=2", "", "", 200, /^\{"b":"2"\}$/],
  ])(
    "FUNCTION-%s: has its one answer, and spoils none after it",
    async (id, line, fields, body, status, text) => {
      const host = id === "upper-case-host" ? FUNCTIONS.toUpperCase() : FUNCTIONS;
      const head = `${line} HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: identity\r\n${fields}\r\n`;
      const connection = new Connection(server.port);
      connection.write(head + body);
      const answer = await connection.read(line.split(" ")[0] as string);
      expect(answer.status).toBe(status);
      expect(answer.fields.date).toMatch(/ GMT$/);
      expect(answer.body.toString()).not.toContain("canary");
      if (text) expect(answer.body.toString()).toMatch(text);
      // Whoever refuses a body may close; whoever does not must have read it to its end.
      const next = `GET /echo?next=1 HTTP/1.1\r\nHost: ${FUNCTIONS}\r\nAccept-Encoding: identity\r\n\r\n`;
      connection.write(next);
      const after = await connection.read("GET").catch(async (closed) => {
        expect(String(closed)).toContain("closed after 0 bytes");
        const another = new Connection(server.port);
        another.write(next);
        return another.read("GET").finally(() => another.close());
      });
      expect(after.body.toString()).toBe('{"next":"1"}');
      connection.close();
    },
  );

  it("FUNCTION-lines: a header that was appended twice is two lines", async () => {
    const message = `GET /multi HTTP/1.1\r\nHost: ${FUNCTIONS}\r\nConnection: close\r\n\r\n`;
    const { received } = await exchange(server.port, message, 20_000);
    expect(
      received.match(/^(?:x-|set-cookie).*(?=\r$)/gim)?.map((line) => line.toLowerCase()),
    ).toEqual(
      expect.arrayContaining([
        ...["x-list: 1", "x-list: 2", "x-twice: 3", "x-twice: 4"],
        ...["set-cookie: a=5", "set-cookie: b=6"],
      ]),
    );
  });

  it("FUNCTION-expect: a client that waits is told to go on", async () => {
    const fields = `${FORM}Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n`;
    const message = `POST /echo HTTP/1.1\r\nHost: ${FUNCTIONS}\r\n${fields}\r\na=1`;
    const { received } = await exchange(server.port, message, 20_000);
    expect(received).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\{"a":"1"\}$/s,
    );
  });
});

describe("RFC 9110 9.3.2: HEAD has GET's fields on the wire", () => {
  it.each([
    ["ok", "/ten", {}],
    ["medium", "/medium", {}],
    ["none", "/none", {}],
    ["absent", "/absent", {}],
    ["forbidden", "/protected", {}],
    ["failed", "/ten", { "If-Match": '"x"' }],
    ["not-modified", "/ten", { "If-None-Match": "*" }],
  ])("WIRE-head-%s", async (_id, path, fields) => {
    await ask("GET", path, fields as Record<string, string>);
    const get = await ask("GET", path, fields as Record<string, string>);
    const head = await ask("HEAD", path, fields as Record<string, string>);
    const lasting = ({ status, fields: all }: RawResponse) => {
      const { date: _date, "x-request-id": _id, ...rest } = all;
      return { status, ...rest };
    };
    expect(lasting(head)).toEqual(lasting(get));
  });
});

describe("a body that is not held in memory arrives byte for byte", () => {
  it("WIRE-large-cold-and-cached", async () => {
    const read = async () => {
      const { status, fields, body } = await ask("GET", "/large");
      expect([status, fields["content-length"]]).toEqual([200, String(25 * MIB)]);
      expect(fields.etag).toBe(`"${sha256(LARGE)}"`);
      expect(sha256(body)).toBe(sha256(LARGE));
      return fields["cache-status"];
    };
    expect(await read()).toBe("Ringback; fwd=miss; stored");
    // The cache is filled behind the answer: the client may have its last byte first.
    await expect.poll(read, { timeout: 10_000 }).toBe("Ringback; hit");
  });

  const RANGES: [id: string, start: number, end: number, field?: string][] = [
    ["first-byte", 0, 0],
    ["across-chunks", 65_535, 65_536],
    ["a-megabyte-inside", 5 * MIB + 3, 6 * MIB + 2],
    ["joined", 0, 199_999, "bytes=0-99999,100000-199999"],
    ["last-byte", 8 * MIB - 1, 8 * MIB - 1, "bytes=-1"],
    ["open", 8 * MIB - 70_000, 8 * MIB - 1, `bytes=${8 * MIB - 70_000}-`],
    ["past-the-end", 7 * MIB, 8 * MIB - 1, `bytes=${7 * MIB}-${30 * MIB}`],
    ["whole", 0, 8 * MIB - 1, "bytes=0-"],
  ];

  /** Asks for a range and returns how the caches took part. */
  async function isServed(
    path: string,
    bytes: Buffer,
    [, start, end, range]: (typeof RANGES)[number],
  ) {
    const { status, fields, body } = await ask("GET", path, {
      Range: range ?? `bytes=${start}-${end}`,
    });
    expect([status, fields["content-range"]]).toEqual([
      206,
      `bytes ${start}-${end}/${bytes.length}`,
    ]);
    expect(fields["content-length"]).toBe(String(end - start + 1));
    expect(Buffer.compare(body, bytes.subarray(start, end + 1))).toBe(0);
    return fields["cache-status"];
  }

  it("WIRE-range-cold: a range of what no cache has, and then the same cached", async () => {
    const [first] = RANGES as [(typeof RANGES)[number]];
    expect(await isServed("/ranged", RANGED, first)).toBe("Ringback; fwd=miss");
    await expect.poll(() => isServed("/ranged", RANGED, first)).toBe("Ringback; hit");
  });

  it.each(RANGES)("WIRE-range-%s", async (...range) => {
    expect(await isServed("/ranged", RANGED, range)).toBe("Ringback; hit");
  });

  it.each([
    ["first-byte", 0, 0],
    ["inside", 20 * MIB + 3, 21 * MIB + 2],
    ["last-byte", 25 * MIB - 1, 25 * MIB - 1, "bytes=-1"],
  ] satisfies typeof RANGES)("WIRE-large-range-%s", async (...range) => {
    expect(await isServed("/large", LARGE, range)).toBe("Ringback; hit");
  });

  it("WIRE-slow-reader: a client that reads slowly gets all of it", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(request("GET", "/slow", { Connection: "close" }));
    const chunks: Buffer[] = [];
    let pauses = 0;
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (pauses === 20) return;
      pauses += 1;
      socket.pause();
      setTimeout(() => socket.resume(), 50);
    });
    await once(socket, "close");
    const received = Buffer.concat(chunks);
    const body = received.subarray(received.indexOf("\r\n\r\n") + 4);
    expect(pauses).toBe(20);
    expect(sha256(body)).toBe(sha256(SLOW));
  });

  it.each(["cold", "again", "and again"])(
    "WIRE-abort-%s: a client that goes away mid-body hurts nobody after it",
    async () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(request("GET", "/aborted"));
      await once(socket, "data");
      socket.destroy();
      const { status, body } = await ask("GET", "/aborted");
      expect(status).toBe(200);
      expect(sha256(body)).toBe(sha256(ABORTED));
    },
  );

  it("WIRE-many: eight at once get their own bytes", async () => {
    const answers = await Promise.all(
      ["/large", "/medium", "/ten", "/aborted", "/medium", "/none", "/text", "/medium"].map(
        async (path) => [path, sha256((await ask("GET", path)).body)],
      ),
    );
    const medium = sha256(MEDIUM);
    expect(answers).toEqual([
      ["/large", sha256(LARGE)],
      ["/medium", medium],
      ["/ten", sha256(Buffer.from("0123456789"))],
      ["/aborted", sha256(ABORTED)],
      ["/medium", medium],
      ["/none", sha256(Buffer.alloc(0))],
      ["/text", sha256(Buffer.from("é".repeat(600)))],
      ["/medium", medium],
    ]);
  });
});
