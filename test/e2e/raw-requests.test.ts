import { readFileSync } from "node:fs";
import { connect } from "node:net";
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

  function send(message: Latin1): Promise<Exchange> {
    const to = { port: server.port, host: "127.0.0.1", allowHalfOpen: true };
    const socket =
      scheme === "https"
        ? connectTls({ ...to, ca: readFileSync(ca), servername: asset.replace(/:.*/, "") })
        : connect(to);
    return exchange(socket, message, PATIENCE);
  }

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
});
