/** Raw connections of functions: plain, by TLS, and by TLS that starts in the midst. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { countRequest, MAX_PER_MINUTE } from "../../src/functions/run/outbound.ts";
import { type Deployed, deploy } from "./harness.ts";

const { echo, untrusted, upgrading } = env.TLS_SERVERS;

/** `talk(socket, ...lines)` says each line once the one before is answered, and gives the answers. */
const TALK = `const net = require("net"), tls = require("tls");
  const at = (address) => {
    const { hostname, port } = new URL("http://" + address);
    return { host: hostname, port: Number(port) };
  };
  const answer = (socket) => new Promise((resolve, reject) => {
    socket.once("data", (bytes) => resolve(String(bytes)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
  });
  const talk = async (socket, ...lines) => {
    const answers = [];
    for (const line of lines) {
      socket.write(line);
      answers.push(await answer(socket));
    }
    return answers;
  };`;

function talking(body: string): Promise<Deployed> {
  return deploy({
    functions: {
      "f.js": `${TALK}
        exports.handler = async (c, e, cb) => {
          try {
            cb(null, await (async () => { ${body} })());
          } catch (error) {
            cb(null, { code: error.code, message: error.message });
          }
        };`,
    },
  });
}

async function heard(body: string): Promise<unknown> {
  const { call } = await talking(body);
  return JSON.parse((await call("/f")).body);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("TLS from the first byte", () => {
  it("is made by the way out", async () => {
    const said = await heard(`
      const socket = tls.connect(at("${echo}"));
      const [hello] = await talk(socket, "hello");
      return { hello, authorized: socket.authorized, encrypted: socket.encrypted };`);
    expect(said).toEqual({ hello: "hello", authorized: true, encrypted: true });
  });

  it("carries more than fits at once, both ways, and its end", async () => {
    const said = await heard(`
      const socket = tls.connect({ ...at("${echo}"), allowHalfOpen: true });
      const sent = Buffer.alloc(3_000_000, "0123456789abcdef");
      const received = [];
      socket.write(sent);
      for await (const bytes of socket) {
        received.push(bytes);
        if (Buffer.concat(received).length === sent.length) socket.end();
      }
      return { whole: Buffer.concat(received).equals(sent) };`);
    expect(said).toEqual({ whole: true });
  });

  it.each([
    ["", ""],
    [
      ", rejectUnauthorized: false, ca: 'PEM'",
      "; the platform makes TLS, so rejectUnauthorized: false changes nothing, an authority of " +
        "one's own (ca) is not known",
    ],
  ])("is refused where nobody vouches for the server%s", async (options, wishes) => {
    const said = await heard(`
      const socket = tls.connect({ ...at("${untrusted}")${options} });
      return talk(socket, "secret");`);
    expect(said).toEqual({
      code: "EPROTO",
      message:
        "TLS failed: its certificate is none that a public authority vouches for under this name, " +
        `or it speaks no TLS${wishes}`,
    });
  });

  it("is refused under a name that the certificate has not", async () => {
    const { port } = new URL(`http://${echo}`);
    const { call } = await talking(`return talk(tls.connect(${port}, "127.0.0.2"), "secret");`);
    expect((await call("/f")).body).toContain(
      "was refused: the host is not on the public internet",
    );
  });

  it("leaves https as it is", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("by fetch"));
    const said = await heard(`
      return new Promise((resolve) => require("https").get("https://example.com/", (answer) => {
        answer.on("data", (bytes) => resolve(String(bytes)));
      })).then((body) => ({ body }));`);
    expect(said).toEqual({ body: "by fetch" });
  });
});

describe("TLS that starts in the midst", () => {
  const upgrade = (later: string) => `
    const plain = net.connect(at("${upgrading}"));
    const greeting = await answer(plain);
    const [before, go] = await talk(plain, "a", "STARTTLS");
    ${later}
    const socket = tls.connect({ socket: plain, servername: "localhost" });
    await new Promise((resolve, reject) => socket.on("secureConnect", resolve).on("error", reject));
    return [greeting, before, go, ...await talk(socket, "b", "c")];`;

  it("is made by the way out, and what was said before stays plain", async () => {
    expect(await heard(upgrade(""))).toEqual([
      "220 hello\r\n",
      "plain a",
      "220 go\r\n",
      "secured b",
      "secured c",
    ]);
  });

  it("fails with a sentence where it starts too late", async () => {
    expect(
      await heard(upgrade("await new Promise((resolve) => setTimeout(resolve, 100));")),
    ).toEqual({
      code: "EPROTO",
      message: "TLS failed: the connection was already waiting for more of the server's plain text",
    });
  });

  it("is not there on what is no connection of node:net", async () => {
    const said = await heard(`
      const { PassThrough } = require("stream");
      return talk(tls.connect({ socket: new PassThrough() }), "a");`);
    expect(said).toEqual({
      code: "EPROTO",
      message: "TLS failed: it is made on connections of node:net alone",
    });
  });
});

describe("a connection", () => {
  it.each([
    ["net", "10.0.0.1:5432", "the host is not on the public internet"],
    ["tls", "10.0.0.1:5432", "the host is not on the public internet"],
    ["tls", "[::1]:5432", "the host is not on the public internet"],
    ["net", "localhost:8787", "functions cannot reach the API of the host they run on"],
    ["tls", "nobody-0000.localhost:8787", "hosts of this installation take requests alone"],
  ])("by %s to %s is refused, and the logs say why", async (module, address, reason) => {
    const { call, logs } = await talking(`
      const { host, port } = at("${address}");
      return talk(${module}.connect({ host: host.replace(/[\\[\\]]/g, ""), port }), "a");`);
    const message = `Outbound connection to ${address} was refused: ${reason}`;
    expect(JSON.parse((await call("/f")).body)).toEqual({ code: "EACCES", message });
    expect(await logs(1)).toEqual([`WARN ${message}`]);
  });

  it("to where nobody listens says so as Node does", async () => {
    const said = await heard(`return talk(tls.connect(1, "nobody.example"), "a");`);
    expect(said).toEqual({
      code: "ECONNREFUSED",
      message: "connect ECONNREFUSED nobody.example:1",
    });
  });

  it("counts as a request", async () => {
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    const { call, deployment } = await talking(
      `return (await talk(tls.connect(at("${echo}")), "a")).concat(await talk(tls.connect(at("${echo}")), "b"));`,
    );
    for (let made = 1; made < MAX_PER_MINUTE; made++) {
      countRequest(deployment.environmentSid, Date.now());
    }
    expect(JSON.parse((await call("/f")).body).message).toBe(
      `Outbound connection to ${echo} was refused: too many requests in a minute`,
    );
  });

  it.each(["net", "tls"])("by %s lasts for a minute at most", async (module) => {
    const { setTimeout: plain } = globalThis;
    const later = (run: () => void, milliseconds?: number) =>
      plain(run, milliseconds === 60_000 ? 100 : milliseconds);
    vi.spyOn(globalThis, "setTimeout").mockImplementation(later as typeof setTimeout);
    const address = module === "net" ? upgrading : echo;
    const said = await heard(`
      const socket = ${module}.connect(at("${address}"));
      socket.on("data", () => {}).on("error", () => {});
      return new Promise((resolve) => socket.on("close", () => resolve({ closed: true })));`);
    expect(said).toEqual({ closed: true });
  });
});
