import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { type Exchange, exchange, type Latin1 } from "./raw-http.ts";
import { OPERATOR, type StartedServer, startServer } from "./started-server.ts";

/** What comes over the wire to `npm start` reaches the Worker as it was sent, and opens nothing. */

/** Milliseconds. An answer takes a few; this is for a machine that is busy. */
const PATIENCE = 20_000;
const PUBLIC = readFileSync(
  path.join(import.meta.dirname, "../../examples/ahoy/assets/voice.xml"),
  "latin1",
);
/** Of the protected and the private asset, and of files that no asset is. */
const CANARY = /forty-two doubloons|Grace|TWILIO_AUTH_TOKEN|root:/;

/** `{asset}` is the demo's host with its port, `{apex}` the control plane's. */
type Row = [id: string, status: number, target: Latin1, fields: Latin1[]];

const ASSET = "Host: {asset}";
const APEX = "Host: {apex}";
const CLOSE = "Connection: close";
const NOBODY = "Host: nobody-1234.{apex}";

const ROWS: Row[] = [
  ["as-it-is", 200, "/voice.xml", [ASSET]],
  ["query", 200, "/voice.xml?/../balance.xml", [ASSET]],
  ["percent-encoded", 200, "/%76oice.xml", [ASSET]],

  ["dot-dot", 400, "/x/../voice.xml", [ASSET]],
  ["dot-dot-encoded", 400, "/%2e%2e/voice.xml", [ASSET]],
  ["dot-dot-encoded-inside", 400, "/x/%2E%2e/voice.xml", [ASSET]],
  ["dot-dot-past-the-root", 400, "/../../../../etc/passwd", [ASSET]],
  ["dot-dot-to-the-apex", 400, "/../v1/Services", [ASSET]],
  ["dot", 400, "/./voice.xml", [ASSET]],
  ["dot-at-the-end", 400, "/voice.xml/.", [ASSET]],
  ["backslash", 400, "/x\\..\\voice.xml", [ASSET]],
  ["backslash-alone", 400, "/\\voice.xml", [ASSET]],
  ["backslash-encoded", 400, "/%5Cvoice.xml", [ASSET]],
  ["slashes", 404, "//voice.xml", [ASSET]],
  ["slashes-and-a-host", 404, "//{apex}/v1/Services", [ASSET]],
  ["slash-encoded", 404, "/%2Fvoice.xml", [ASSET]],
  ["slash-at-the-end", 404, "/voice.xml/", [ASSET]],
  ["nul", 400, "/voice.xml%00", [ASSET]],
  ["not-encoded-right", 400, "/%zz", [ASSET]],
  ["not-utf-8", 400, "/%ff", [ASSET]],
  ["asterisk", 400, "*", [ASSET]],

  ["host-user", 400, "/voice.xml", ["Host: user@{asset}"]],
  ["host-as-user", 400, "/voice.xml", ["Host: {asset}@nobody-1234.{apex}"]],
  ["host-with-slash", 400, "/voice.xml", ["Host: {asset}/"]],
  ["host-with-path", 400, "/absent", ["Host: {asset}/voice.xml?"]],
  ["host-with-directory", 400, "/index.html", ["Host: {asset}/assets"]],
  ["host-with-dot-encoded", 400, "/voice.xml", ["Host: {name}%2elocalhost"]],
  ["host-with-query", 400, "/voice.xml", ["Host: {asset}?"]],
  ["host-with-fragment", 400, "/voice.xml", ["Host: {asset}#"]],
  ["host-with-backslash", 400, "/voice.xml", ["Host: {asset}\\"]],
  ["host-with-space", 400, "/voice.xml", ["Host: {asset} nobody"]],
  ["hosts-in-one-field", 400, "/voice.xml", ["Host: {asset}, {asset}"]],
  ["hosts-in-two-fields", 400, "/voice.xml", [ASSET, NOBODY]],
  ["hosts-in-two-fields-alike", 400, "/voice.xml", [ASSET, ASSET]],
  ["host-of-nobody", 404, "/voice.xml", [NOBODY]],
  ["host-empty", 400, "/voice.xml", ["Host:"]],
  ["host-missing", 400, "/voice.xml", []],

  ["absolute", 200, "http://{asset}/voice.xml", [ASSET]],
  ["absolute-dot-dot", 400, "http://{asset}/x/../voice.xml", [ASSET]],
  ["absolute-user", 400, "http://user@{asset}/x/../voice.xml", [ASSET]],
  ["absolute-without-host", 400, "http://{asset}/voice.xml", []],

  ...[
    ["X-Forwarded-Host", "{asset}"],
    ["X-Forwarded-Proto", "https"],
    ["Forwarded", "host={asset}"],
    ["X-Original-URL", "/voice.xml"],
    ["X-Rewrite-URL", "/voice.xml"],
    ["MF-Original-URL", "http://{asset}/voice.xml"],
    ["MF-Original-Hostname", "{asset}"],
    ["MF-Op-Original-URL", "http://{asset}/voice.xml"],
    ["MF-Route-Override", "ringback"],
    ["MF-Custom-Fetch-Service", "assets"],
    ["MF-Proxy-Shared-Secret", "guess"],
    ["MF-Loopback-Secret", "guess"],
    ["MF-Dev-Registry-Secret", "guess"],
    ["MF-Op-Secret", "00"],
    ["MF-Op", "GET"],
    ["MF-Op-Target", "{}"],
    ["MF-Disable-Pretty-Error", "true"],
    ["MF-Access-Blob", "{"],
    ["MF-CF-Blob", '{"clientIp":"127.0.0.1"}'],
    ["CF-Connecting-IP", "127.0.0.1"],
  ].flatMap(([name, value]): Row[] => [
    [`${name}-for-nobody`, 404, "/voice.xml", [NOBODY, `${name}: ${value}`]],
    [`${name}-for-the-secret`, 403, "/balance.xml", [ASSET, `${name}: ${value}`]],
    [`${name}-for-all`, 200, "/voice.xml", [ASSET, `${name}: ${value}`]],
    [`${name}-for-the-api`, 401, "/v1/Services", [APEX, `${name}: ${value}`]],
  ]),
  ["cf-unreadable", 400, "/voice.xml", [ASSET, "MF-CF-Blob: {"]],
  ["cf-unreadable-for-the-api", 400, "/v1/Services", [APEX, "MF-CF-Blob: {"]],

  ...[
    "/cdn-cgi/",
    "/cdn-cgi/trace",
    "/cdn-cgi/local/scheduled",
    "/cdn-cgi/local/explorer/api/",
    "/cdn-cgi/local/platform-proxy",
    "/cdn-cgi/local/r2/public/ringback-bytes/balance.xml",
    "/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*",
    "/cdn-cgi/mf/scheduled",
    "/.dev.vars",
    "/core/public-url",
  ].map((target): Row => [`runtime${target}`, 404, target, [ASSET]]),
];

describe.each(["http", "https"])("npm start, %s", (scheme) => {
  let server: StartedServer;
  let asset: string;
  let ca: string;

  beforeAll(async () => {
    server = await startServer({ args: scheme === "https" ? ["--https"] : [] });
    asset = /ahoy-\d{4}-demo\.localhost:\d+/.exec(server.output())?.[0] ?? "";
    ca = /^Certificate authority: (\S+)$/m.exec(server.output())?.[1] ?? "";
    return async () => {
      await server.stop();
    };
  });

  const fill = (template: Latin1) =>
    template
      .replaceAll("{asset}", asset)
      .replaceAll("{apex}", `localhost:${server.port}`)
      .replaceAll("{name}", asset.replace(/\..*/, ""));

  const get = (target: Latin1, fields: Latin1[]) =>
    fill(`${[`GET ${target} HTTP/1.1`, ...fields].join("\r\n")}\r\n\r\n`);

  function open(): Socket {
    const to = { port: server.port, host: "127.0.0.1", allowHalfOpen: true };
    return scheme === "https"
      ? connectTls({ ...to, ca: readFileSync(ca), servername: asset.replace(/:.*/, "") })
      : connect(to);
  }

  const send = (message: Latin1): Promise<Exchange> => exchange(open(), message, PATIENCE);

  const ask = (target: Latin1, fields: Latin1[]) => send(get(target, [...fields, CLOSE]));

  it.each(ROWS)("RAW-%s: %i", async (_id, status, target, fields) => {
    const { received, closed } = await ask(target, fields);
    expect([/^HTTP\/1\.1 (\d+) /.exec(received)?.[1], closed]).toEqual([String(status), true]);
    expect(received).not.toMatch(CANARY);
    if (status === 200) expect(received.slice(received.indexOf("\r\n\r\n") + 4)).toBe(PUBLIC);
  });

  // The console's page keeps its place in the path: it is all that there is on the apex.
  it.each([
    "/cdn-cgi/local/scheduled",
    "/cdn-cgi/local/r2/public/ringback-bytes/balance",
    "/cdn-cgi/local/explorer/",
    "/../dev",
    "/console/../../ahoy",
  ])("RAW-apex %s is the console's page", async (target) => {
    const { received } = await ask(target, [APEX]);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*<title>Ringback<\/title>/s);
    expect(received).not.toMatch(CANARY);
  });

  // The runtime takes the path from such a target and the host from the field: see docs/running.md.
  it("RAW-absolute-for-another-host: never another host's bytes", async () => {
    const { received } = await ask(`${scheme}://${asset}/voice.xml`, [NOBODY]);
    expect(received).toMatch(/^HTTP\/1\.1 40[04] /);
  });

  // As a request of its own it would be made by the server, past whatever looks at the first.
  it("RAW-framing: a body is never read as a request, whatever Connection names", async () => {
    const credentials = `${OPERATOR.TWILIO_ACCOUNT_SID}:${OPERATOR.TWILIO_AUTH_TOKEN}`;
    const fields = [APEX, `Authorization: Basic ${btoa(credentials)}`];
    const form = "UniqueName=smuggled&FriendlyName=x";
    const inner = fill(
      [
        `POST ${scheme}://{apex}/v1/Services HTTP/1.1`,
        ...fields,
        "Content-Type: application/x-www-form-urlencoded",
        `Content-Length: ${form.length}`,
        "",
        form,
      ].join("\r\n"),
    );
    const outer = [
      "POST /voice.xml HTTP/1.1",
      ASSET,
      "Connection: transfer-encoding, close",
      "Transfer-Encoding: chunked",
      "",
      `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
    ];
    const { received } = await send(fill(outer.join("\r\n")));
    expect(received.match(/^HTTP\/1\.1 \d+/gm)).toEqual(["HTTP/1.1 200"]);
    const services = await ask("/v1/Services", fields);
    expect(services.received).toContain('"unique_name":"ahoy"');
    expect(services.received).not.toContain("smuggled");
  });

  it("RAW-several: one connection carries several requests", async () => {
    const targets = ["/voice.xml", "/x/../voice.xml", "/%zz"];
    const messages = targets.map((target) => get(target, [ASSET]));
    const { received } = await send(messages.join("") + get("/absent", [ASSET, CLOSE]));
    expect(received.match(/^HTTP\/1\.1 \d+/gm)).toEqual([
      "HTTP/1.1 200",
      "HTTP/1.1 400",
      "HTTP/1.1 400",
      "HTTP/1.1 404",
    ]);
  });

  describe("a WebSocket", () => {
    const CREDENTIALS = `Authorization: Basic ${btoa(
      `${OPERATOR.TWILIO_ACCOUNT_SID}:${OPERATOR.TWILIO_AUTH_TOKEN}`,
    )}`;
    const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];
    const HANDSHAKE = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="];
    const statuses = (received: Latin1) => received.match(/HTTP\/1\.1 \d+/g);
    /** Of the demo's environment, below the API. */
    let environment: string;

    beforeAll(async () => {
      const read = async (target: string) => {
        const { received } = await ask(target, [APEX, CREDENTIALS]);
        return JSON.parse(received.slice(received.indexOf("\r\n\r\n") + 4));
      };
      const { services } = await read("/v1/Services");
      const { environments } = await read(`/v1/Services/${services[0].sid}/Environments`);
      environment = `/v1/Services/${services[0].sid}/Environments/${environments[0].sid}`;
    });

    it("RAW-socket: opens, carries what comes in either direction, and ends", async () => {
      const socket = open();
      let received = "";
      socket.setEncoding("latin1").on("data", (text) => {
        received += text;
      });
      const ended = once(socket, "end");
      socket.write(
        get(`${environment}/Requests/Stream`, [APEX, CREDENTIALS, ...UPGRADE, ...HANDSHAKE]),
      );
      // RFC 6455 1.3: the answer to that key.
      const accepted =
        /^HTTP\/1\.1 101 .*\r\nSec-WebSocket-Accept: BACScCJPNqyz\+UBoqMH89VmURoA=\r\n/s;
      await expect.poll(() => received, { timeout: PATIENCE }).toMatch(accepted);
      await ask("/voice.xml?over-a-socket", [ASSET]);
      const record = /"path":"\/voice.xml","query_names":\["over-a-socket"\]/;
      await expect.poll(() => received, { timeout: PATIENCE }).toMatch(record);
      // "Closed normally" (1000), masked with zeros, as a client must (RFC 6455 5.5.1).
      socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
      await ended;
      socket.destroy();
    });

    it.each<[string, number, Latin1, Latin1[]]>([
      ["without credentials", 401, "{environment}/Requests/Stream", [APEX, ...UPGRADE]],
      ["of what is no stream", 200, "/v1/Services", [APEX, CREDENTIALS, ...UPGRADE]],
      ["of an asset", 200, "/voice.xml", [ASSET, ...UPGRADE]],
      ["of a protected asset", 403, "/balance.xml", [ASSET, ...UPGRADE]],
      ["of two hosts", 400, "/voice.xml", [ASSET, NOBODY, ...UPGRADE]],
      ["with a path that leaves its host", 400, "/x/../voice.xml", [ASSET, ...UPGRADE]],
      [
        "or something else",
        401,
        "/v1/Services",
        [APEX, "Connection: Upgrade", "Upgrade: websocket, h2c"],
      ],
      ["or HTTP/2", 401, "/v1/Services", [APEX, "Connection: Upgrade", "Upgrade: h2c"]],
      ["in one word alone", 401, "/v1/Services", [APEX, CLOSE, "Upgrade: websocket"]],
    ])("RAW-socket asked for %s is not opened: %i", async (_why, status, target, fields) => {
      const { received } = await send(
        get(target.replace("{environment}", environment), [...fields, ...HANDSHAKE]),
      );
      expect(statuses(received)).toEqual([`HTTP/1.1 ${status}`]);
      expect(received).not.toMatch(CANARY);
    });

    // What the runtime does with it by itself, without TLS before it, is its own affair.
    it.runIf(scheme === "https").each<[string, number, Latin1[]]>([
      ["refused", 401, [APEX, ...UPGRADE]],
      ["no stream", 404, [NOBODY, ...UPGRADE]],
    ])(
      "RAW-socket %s: what stands behind the request is never read as one",
      async (_, status, fields) => {
        const first = get(`${environment}/Requests/Stream`, [...fields, ...HANDSHAKE]);
        const { received, closed } = await send(first + get("/v1/Services", [APEX, CREDENTIALS]));
        expect([statuses(received), closed]).toEqual([[`HTTP/1.1 ${status}`], true]);
      },
    );

    it.runIf(scheme === "https")(
      "RAW-socket with a body is a request as any other, and the last",
      async () => {
        const stream = [APEX, CREDENTIALS, ...UPGRADE, ...HANDSHAKE, "Content-Length: 4"];
        const first = `${get(`${environment}/Requests/Stream`, stream)}body`;
        const { received, closed } = await send(first + get("/v1/Services", [APEX, CREDENTIALS]));
        expect([statuses(received), closed]).toEqual([["HTTP/1.1 400"], true]);
      },
    );

    it.runIf(scheme === "https")(
      "RAW-socket before an answer that is due is not opened",
      async () => {
        const stream = [APEX, CREDENTIALS, ...UPGRADE, ...HANDSHAKE];
        const { received, closed } = await send(
          get("/v1/Services", [APEX, CREDENTIALS]) + get(`${environment}/Requests/Stream`, stream),
        );
        expect([statuses(received), closed]).toEqual([["HTTP/1.1 200", "HTTP/1.1 400"], true]);
      },
    );
  });
});
