/** Raw connections of functions: plain, by TLS, and by TLS that starts in the midst. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectionTime } from "../../src/functions/run/connection.ts";
import { countRequest, MAX_PER_MINUTE } from "../../src/functions/run/outbound.ts";
import { type Deployed, deploy } from "./harness.ts";

const { echo, untrusted, upgrading, mutual, tampered } = env.TLS_SERVERS;

const UNTRUSTED =
  "TLS failed: its certificate is none that a public authority vouches for under this name, or it " +
  "speaks no TLS; one of another authority is checked where that is given as `ca`";
const NOT_VOUCHED = "TLS failed: its certificate is not vouched for by an authority of `ca`";

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
  connectionTime.most = 60_000;
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

  it("is refused where no public authority vouches for the server", async () => {
    const said = await heard(`return talk(tls.connect(at("${untrusted}")), "secret");`);
    expect(said).toEqual({ code: "EPROTO", message: UNTRUSTED });
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
  const upgrade = (later: string, name = `servername: "localhost"`) => `
    const plain = net.connect(at("${upgrading}"));
    const greeting = await answer(plain);
    const [before, go] = await talk(plain, "a", "STARTTLS");
    ${later}
    const socket = tls.connect({ socket: plain, ${name} });
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

  it("is not made under another name than was opened", async () => {
    const said = await heard(upgrade("", `servername: "other.example"`));
    expect(said).toEqual({
      code: "EPROTO",
      message:
        "TLS failed: without `ca` the name that is checked is the one that the connection was opened to",
    });
  });

  it("fails with a sentence where it starts too late", async () => {
    expect(
      await heard(upgrade("await new Promise((resolve) => setTimeout(resolve, 100));")),
    ).toEqual({
      code: "EPROTO",
      message: "TLS failed: the connection was already waiting for more of the server's plain text",
    });
  });
});

describe("TLS with authorities of the client's", () => {
  const { authority, rsaAuthority, client } = env.TLS_MATERIAL;
  const pem = (text: string) => JSON.stringify(text);

  it.each([
    ["untrusted", `ca: ${pem(authority)}`],
    [
      "untrusted",
      `secureContext: tls.createSecureContext({ ca: [Buffer.from(${pem(authority)})] })`,
    ],
    ["untrusted", "rejectUnauthorized: false"],
    ["rsa", `ca: ${pem(rsaAuthority)}`],
    ["rsa", "rejectUnauthorized: false"],
    ["mutual", `ca: ${pem(authority)}, cert: ${pem(client.cert)}, key: ${pem(client.key)}`],
  ] as const)("is made with the server %s by %.40s", async (server, options) => {
    const said = await heard(`
      const socket = tls.connect({ ...at("${env.TLS_SERVERS[server]}"), ${options} });
      const long = "x".repeat(100_000);
      let heard = "";
      socket.write(long);
      for await (const bytes of socket) {
        heard += bytes;
        if (heard.length === long.length) break;
      }
      return { heard: heard === long, authorized: socket.authorized, protocol: socket.getProtocol() };`);
    const authorized = options !== "rejectUnauthorized: false";
    expect(said).toEqual({ heard: true, authorized, protocol: "TLSv1.3" });
  });

  it.each([
    ["another authority", "rsa", `ca: ${pem(authority)}`, NOT_VOUCHED],
    ["no authority at all", "untrusted", "ca: []", NOT_VOUCHED],
    [
      "another name",
      "untrusted",
      `ca: ${pem(authority)}, servername: "other.example"`,
      "TLS failed: its certificate is not for other.example",
    ],
    [
      "another name, by the client's own check",
      "untrusted",
      `ca: ${pem(authority)}, servername: "other.example", checkServerIdentity: tls.checkServerIdentity`,
      "TLS failed: Host: other.example. is not in the cert's altnames: DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    ],
    [
      "a name that the client refuses",
      "untrusted",
      `ca: ${pem(authority)}, checkServerIdentity: (name) => new Error("never " + name)`,
      "TLS failed: never localhost",
    ],
  ] as const)("is refused with %s", async (_name, server, options, message) => {
    const said = await heard(`
      return talk(tls.connect({ ...at("${env.TLS_SERVERS[server]}"), ${options} }), "secret");`);
    expect(said).toEqual({ code: "EPROTO", message });
  });

  it("says what a server that wants a certificate says to none", async () => {
    const said = await heard(`
      return talk(tls.connect({ ...at("${mutual}"), rejectUnauthorized: false }), "secret");`);
    expect(said).toMatchObject({
      message: expect.stringContaining("the server wants a certificate of the client's"),
    });
  });

  it("notices each byte that the wire changes", async () => {
    const said = await heard(`
      const outcomes = [];
      for (let connection = 0; connection < 40; connection++) {
        const socket = tls.connect({ ...at("${tampered}"), rejectUnauthorized: false });
        outcomes.push(await new Promise((resolve) => {
          socket.once("secureConnect", () => resolve("secure"));
          socket.once("error", ({ code }) => resolve(code));
        }));
        socket.destroy();
      }
      return outcomes;`);
    expect(said).toEqual(Array(40).fill("EPROTO"));
  });

  it("starts late, too, and on any stream that goes both ways", async () => {
    const said = await heard(`
      const plain = net.connect(at("${upgrading}"));
      await answer(plain);
      await talk(plain, "STARTTLS");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const late = tls.connect({ socket: plain, rejectUnauthorized: false });
      const { Duplex } = require("stream");
      const carrier = net.connect(at("${untrusted}"));
      const tunnel = new Duplex({
        read() {},
        write(bytes, encoding, done) { carrier.write(bytes, done); },
      });
      carrier.on("data", (bytes) => tunnel.push(bytes));
      const tunnelled = tls.connect({ socket: tunnel, rejectUnauthorized: false });
      return [await talk(late, "a"), await talk(tunnelled, "b")];`);
    expect(said).toEqual([["secured a"], ["b"]]);
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
    expect(connectionTime.most).toBe(60_000);
    connectionTime.most = 100;
    const address = module === "net" ? upgrading : echo;
    const said = await heard(`
      const socket = ${module}.connect(at("${address}"));
      socket.on("data", () => {}).on("error", () => {});
      return new Promise((resolve) => socket.on("close", () => resolve({ closed: true })));`);
    expect(said).toEqual({ closed: true });
  });

  it("of a client that connects again by a timer is another's in the next call", async () => {
    const { call } = await deploy({
      functions: {
        "f.js": `${TALK}
          let ready = open();
          function open() {
            return new Promise((resolve) => {
              const socket = tls.connect(at("${echo}"), () => resolve(socket));
              socket.on("error", () => {});
              socket.on("close", () => {
                ready = new Promise((again) => setTimeout(again, 50)).then(open);
              });
            });
          }
          exports.handler = async (c, e, cb) => cb(null, await talk(await ready, "a"));`,
      },
    });
    expect((await call("/f")).body).toBe('["a"]');
    // The first one's socket is quiet by now, and closed.
    await scheduler.wait(1_000);
    expect((await call("/f", { timeout: 5_000 })).body).toBe('["a"]');
  });
});
