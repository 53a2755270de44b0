import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import { openCertificateAuthority } from "../../scripts/start/certificates.ts";
import { StartFailure } from "../../scripts/start/failure.ts";
import { startRuntime } from "../../scripts/start/runtime.ts";
import { readSecrets } from "../../scripts/start/secrets.ts";
import { readSettings } from "../../scripts/start/settings.ts";
import { openState } from "../../scripts/start/state.ts";
import {
  alive,
  commandOf,
  freePort,
  newStateDirectory,
  OPERATOR,
  runStart,
  type StartedServer,
  startAndFail,
  startServer,
} from "./started-server.ts";

const root = path.join(import.meta.dirname, "../..");
const ahoy = path.join(root, "examples/ahoy/assets");
const hasCurl = succeeds("curl", ["--version"]);

/** One state for two servers, one after the other. */
const stateDirectory = newStateDirectory();
let domain: string;

describe("npm start", () => {
  let server: StartedServer;

  beforeAll(async () => {
    server = await startServer({ stateDirectory });
    domain = /ahoy-\d{4}-demo/.exec(server.output())?.[0] ?? "";
  });

  it("is ready under localhost and its port", () => {
    expect(server.output()).toMatch(new RegExp(`^Ready on http://localhost:${server.port}$`, "m"));
  });

  it.each([
    ["localhost", 401],
    ["127.0.0.1", 401],
    ["serverless.localhost", 401],
    ["nobody-1234.localhost", 404],
  ])("answers under %s: %i", async (host, status) => {
    const answer = await request(`http://${host}:${server.port}/v1/Services`);
    expect(answer.status).toBe(status);
  });

  it("prints the demo's URLs, by visibility", () => {
    const site = `http://${domain}.localhost:${server.port}`;
    expect(server.output()).toContain(`
Demo: ${site}/
  public, for everyone
    ${site}/ahoy.mp3
    ${site}/ahoy.png
    ${site}/anchor.svg
    ${site}/assets/index.html
    ${site}/ringback.wav
    ${site}/voice.xml
  protected, for requests that carry Twilio's signature
    ${site}/balance.xml
  private, for nobody: answers as if it were not there
    ${site}/crew.json
`);
  });

  it.each([
    ["/", 200, "assets/index.html", "text/html; charset=utf-8"],
    ["/ahoy.mp3", 200, "ahoy.mp3", "audio/mpeg"],
    ["/ahoy.png", 200, "ahoy.png", "image/png"],
    ["/anchor.svg", 200, "anchor.svg", "image/svg+xml"],
    ["/assets/index.html", 200, "assets/index.html", "text/html; charset=utf-8"],
    ["/ringback.wav", 200, "ringback.wav", "audio/wav"],
    ["/voice.xml", 200, "voice.xml", "text/xml"],
    ["/balance.xml", 403, null, "text/plain; charset=utf-8"],
    ["/crew.json", 404, null, "text/plain; charset=utf-8"],
  ])("serves %s of the demo: %i", async (assetPath, status, file, type) => {
    const answer = await request(`http://${domain}.localhost:${server.port}${assetPath}`);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe(type);
    if (file) expect(answer.body).toEqual(readFileSync(path.join(ahoy, file)));
  });

  it.skipIf(!hasCurl)("prints curl lines that show what protected means", () => {
    expect(runCurlLines(server.output())).toEqual([
      expect.stringMatching(/^HTTP\/1.1 403 Forbidden\r\n/),
      expect.stringMatching(/^HTTP\/1.1 200 OK\r\n.*forty-two doubloons/s),
    ]);
  });

  it("prints where the console and the API are, and whose they are", () => {
    expect(server.output()).toContain(`
Console: http://localhost:${server.port}/
API:     http://localhost:${server.port}/v1
Account: ${OPERATOR.TWILIO_ACCOUNT_SID}, `);
  });

  it("prints what the Worker logs, a line each, and nothing of its own", async () => {
    await request(`http://${domain}.localhost:${server.port}/balance.xml?logged`);
    // Query strings are in no log.
    await expect.poll(() => server.output()).toContain("/balance.xml");
    expect(server.output()).not.toContain("?logged");
    const [, said = ""] = server.output().split(/^Ready on .*\n/m);
    for (const line of said.trimEnd().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ reason: "signature-missing", status: 403 });
    }
  });

  it("prints no secret", () => {
    expect(server.output()).not.toContain(OPERATOR.TWILIO_AUTH_TOKEN);
  });

  it("keeps all local state in RINGBACK_STATE, without the secrets", () => {
    expect(readdirSync(server.stateDirectory).sort()).toEqual(["lock.json", "v3"]);
  });

  it("refuses a port that is in use", async () => {
    const second = await startAndFail({
      environment: { PORT: String(server.port), RINGBACK_STATE: newStateDirectory() },
    });
    expect(second.code).toBe(1);
    expect(second.output).toBe(
      `Port ${server.port} is in use by another program.\nPORT=<number> npm start listens elsewhere\n`,
    );
  });

  it("refuses a state that another server uses", async () => {
    const second = await startAndFail({
      environment: { PORT: String(await freePort()), RINGBACK_STATE: server.stateDirectory },
    });
    expect(second.code).toBe(1);
    expect(second.output).toContain(`in use by the server on port ${server.port}`);
  });

  it.each(outsideAddresses())("does not listen on %s", async (address) => {
    const socket = connect(server.port, address);
    const [error] = await once(socket, "error").catch((thrown) => [thrown]);
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("ends with all its children on SIGINT", async () => {
    const processes = server.processes();
    expect(processes.length).toBeGreaterThan(2);
    expect(await server.stop("SIGINT")).toBe(0);
    expect(alive(processes)).toEqual([]);
    expect(existsSync(path.join(server.stateDirectory, "lock.json"))).toBe(false);
    await expect(request(server.origin)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("what npm start does not understand", () => {
  it("says that npm ci comes first", () => {
    const checkout = newStateDirectory();
    mkdirSync(path.join(checkout, "scripts"));
    for (const file of ["package.json", "scripts/installed.mjs", "scripts/start.ts"]) {
      copyFileSync(path.join(root, file), path.join(checkout, file));
    }
    const { status, stderr } = spawnSync("npm", ["start"], { cwd: checkout, encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringContaining("Run `npm ci` first")]);
  });

  it.each([
    [{ PORT: "http" }, [], 'PORT is a number from 0 to 65535 (0: any free port), not "http"'],
    [{ PORT: "65536" }, [], 'PORT is a number from 0 to 65535 (0: any free port), not "65536"'],
    [{}, ["--http2"], "Usage: npm start [-- --https]"],
    [{}, ["8080"], "Usage: npm start [-- --https]"],
  ])("%j %j is told in a sentence", (environment, args, sentence) => {
    expect(() => readSettings(args, environment)).toThrow(StartFailure);
    expect(() => readSettings(args, environment)).toThrow(sentence);
  });

  it("says which directory cannot keep its state", async () => {
    const file = path.join(newStateDirectory(), "file");
    writeFileSync(file, "");
    await expect(openState(file, 1)).rejects.toThrow(`Cannot keep state in ${file}`);
  });

  it("says that the local database is broken, and where it is", async () => {
    const storage = path.join(newStateDirectory(), "v3");
    const start = () =>
      startRuntime(
        {
          configPath: path.join(root, "wrangler.toml"),
          port: 0,
          absoluteTargets: false,
          storage,
          variables: {},
        },
        () => {},
      );
    await (await start()).stop();
    const databases = path.join(storage, "d1/miniflare-D1DatabaseObject");
    for (const name of readdirSync(databases)) {
      if (/^[0-9a-f]{64}\.sqlite$/.test(name)) {
        writeFileSync(path.join(databases, name), "no database".repeat(1000));
      } else if (/^[0-9a-f]{64}/.test(name)) {
        rmSync(path.join(databases, name));
      }
    }
    await expect(start()).rejects.toThrow(
      `The local database in ${storage} cannot be brought up to date`,
    );
  });
});

describe("the local database", () => {
  it("is brought to the newest migration once, and wrangler finds that it is", async () => {
    const state = newStateDirectory();
    const configPath = path.join(root, "wrangler.toml");
    const runtime = await startRuntime(
      {
        configPath,
        port: 0,
        absoluteTargets: false,
        storage: path.join(state, "v3"),
        variables: {},
      },
      () => {},
    );
    const names = readdirSync(path.join(root, "src/store/migrations")).sort();
    const database = await runtime.miniflare.getD1Database("DB", "ringback");
    const { results } = await database.prepare("SELECT name FROM d1_migrations ORDER BY id").all();
    expect(results).toEqual(names.map((name) => ({ name })));
    await runtime.stop();
    const wrangler = createRequire(import.meta.url).resolve("wrangler");
    const list = ["d1", "migrations", "list", "DB", "--local", "--persist-to", state];
    const output = execFileSync(process.execPath, [wrangler, ...list, "--config", configPath], {
      encoding: "utf8",
      stdio: "pipe",
    });
    expect(output).toContain("No migrations to apply");
  });
});

describe("RINGBACK_DEMO=0", () => {
  it("deploys no demo", async () => {
    const server = await startServer({ environment: { RINGBACK_DEMO: "0" } });
    expect(server.output()).toContain("Console: ");
    expect(server.output()).not.toMatch(/demo|ahoy/i);
    const processes = server.processes();
    await server.stop("SIGKILL");
    // Killed outright it can stop nothing itself.
    await expect.poll(() => alive(processes), { timeout: 10_000 }).toEqual([]);
  });
});

describe("stopping", () => {
  it("leaves no child when npm alone is told to stop", async () => {
    const npm = await startServer({
      command: ["npm", "start"],
      environment: { RINGBACK_DEMO: "0" },
    });
    const processes = npm.processes();
    expect(await npm.stop("SIGTERM")).toBe(0);
    expect(alive(processes)).toEqual([]);
  });

  it("fails, and leaves no child, when the gateway ends by itself", async () => {
    const server = await startServer({ environment: { RINGBACK_DEMO: "0" } });
    const processes = server.processes();
    const gateway = processes.find((pid) => commandOf(pid).includes("gateway-process"));
    process.kill(gateway as number, "SIGKILL");
    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/^The gateway has ended\.$/m);
    expect(alive(processes)).toEqual([]);
  });

  it("leaves no child when it is stopped while it starts", async () => {
    const server = runStart({ environment: { PORT: "0", RINGBACK_STATE: newStateDirectory() } });
    await new Promise((resolve) => server.child.stdout.once("data", resolve));
    await setTimeout(1500);
    const processes = server.processes();
    await server.stop("SIGTERM");
    await expect.poll(() => alive(processes), { timeout: 10_000 }).toEqual([]);
  });
});

describe("npm start -- --https, on the same state", () => {
  let server: StartedServer;
  let ca: string;

  beforeAll(async () => {
    server = await startServer({ args: ["--https"], stateDirectory });
    ca = /^Certificate authority: (\S+)$/m.exec(server.output())?.[1] ?? "";
  });

  it("says where the certificate authority is kept, in the state", () => {
    expect(server.origin).toBe(`https://localhost:${server.port}`);
    expect(ca).toBe(path.join(stateDirectory, "tls/ca.pem"));
    expect(statSync(path.join(stateDirectory, "tls/ca-key.pem")).mode & 0o777).toBe(0o600);
  });

  it("prints how Twilio's tools come here", () => {
    expect(server.output()).toContain(
      `export NODE_EXTRA_CA_CERTS='${ca}' TWILIO_EDGE='@localhost:${server.port}/'`,
    );
  });

  it.each([
    ["localhost", 401],
    ["127.0.0.1", 401],
    ["nobody-1234.localhost", 404],
    ["NOBODY-1234-dev.localhost", 404],
  ])("is trusted as %s by whoever trusts that authority: %i", async (host, status) => {
    const answer = await request(`https://${host}:${server.port}/v1/Services`, {
      ca: readFileSync(ca, "utf8"),
    });
    expect(answer.status).toBe(status);
  });

  it("is not trusted by others", async () => {
    await expect(request(server.origin)).rejects.toThrow(/certificate/);
  });

  it("has an authority that vouches for nothing but localhost", async () => {
    const authority = await openCertificateAuthority(path.join(stateDirectory, "tls"));
    const elsewhere = createTlsServer(await authority.issue("example.net")).listen(0);
    await once(elsewhere, "listening");
    const { port } = elsewhere.address() as { port: number };
    const socket = connectTls({ port, servername: "example.net", ca: readFileSync(ca) });
    const [error] = await once(socket, "error").catch((thrown) => [thrown]);
    expect(error.message).toBe("permitted subtree violation");
    elsewhere.close();
  });

  it("serves the demo that was deployed before, without deploying it again", async () => {
    const call = async (resource: string) => {
      const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN } = OPERATOR;
      const credentials = btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`);
      const answer = await request(resource.replace(/^\//, `${server.origin}/`), {
        headers: { Authorization: `Basic ${credentials}` },
        ca: readFileSync(ca, "utf8"),
      });
      return JSON.parse(answer.body.toString());
    };
    expect(server.output()).toContain(`Demo: https://${domain}.localhost:${server.port}/\n`);
    const { environments } = await call("/v1/Services/ahoy/Environments");
    expect(environments).toHaveLength(1);
    expect((await call(environments[0].links.deployments)).deployments).toHaveLength(1);
  });

  it.skipIf(!hasCurl)("prints curl lines that show what protected means", () => {
    expect(runCurlLines(server.output())).toEqual([
      expect.stringMatching(/^HTTP\/1.1 403 Forbidden\r\n/),
      expect.stringMatching(/^HTTP\/1.1 200 OK\r\n.*forty-two doubloons/s),
    ]);
  });

  it("ends with all its children on SIGTERM", async () => {
    const processes = server.processes();
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(alive(processes)).toEqual([]);
  });

  it("keeps its authority", async () => {
    const before = readFileSync(ca, "utf8");
    await openCertificateAuthority(path.join(stateDirectory, "tls"));
    expect(readFileSync(ca, "utf8")).toBe(before);
  });
});

describe(".dev.vars", () => {
  const directory = newStateDirectory();
  const file = path.join(directory, ".dev.vars");

  it("is made with random values, for its owner alone", () => {
    const made = readSecrets(file, {});
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(made.TWILIO_ACCOUNT_SID).toMatch(/^AC[0-9a-f]{32}$/);
    expect(made.TWILIO_AUTH_TOKEN).toMatch(/^[0-9a-f]{32}$/);
    expect(Buffer.from(made.ENCRYPTION_KEY, "base64")).toHaveLength(32);
    expect(readSecrets(path.join(directory, "another"), {})).not.toEqual(made);
  });

  it("is kept", () => {
    expect(readSecrets(file, {})).toEqual(readSecrets(file, {}));
  });

  it("gives way to the environment", () => {
    const { ENCRYPTION_KEY } = readSecrets(file, {});
    expect(readSecrets(file, OPERATOR)).toEqual({
      ...OPERATOR,
      TWILIO_AUTH_TOKEN_SECONDARY: "",
      ENCRYPTION_KEY,
    });
  });

  it.each([
    [{ TWILIO_ACCOUNT_SID: "AC1" }, "is not AC and 32 hexadecimal digits"],
    [{ TWILIO_AUTH_TOKEN: "two words" }, "is not printable characters without spaces"],
    [{ ENCRYPTION_KEY: "c2hvcnQ=" }, "is not 32 bytes in base64"],
  ])("is refused with %j", (environment, sentence) => {
    expect(() => readSecrets(file, environment)).toThrow(sentence);
  });

  it("lends no second token to another first one", () => {
    writeFileSync(file, readFileSync(file, "utf8").replace('SECONDARY=""', 'SECONDARY="second"'));
    expect(readSecrets(file, {}).TWILIO_AUTH_TOKEN_SECONDARY).toBe("second");
    expect(readSecrets(file, OPERATOR).TWILIO_AUTH_TOKEN_SECONDARY).toBe("");
  });
});

/** Runs the curl lines among `output`, as a person would in a shell, and returns what each prints. */
function runCurlLines(output: string): string[] {
  const lines = output.split("\n").filter((line) => line.startsWith("  curl "));
  return lines.map((line) => execFileSync("sh", ["-c", line], { encoding: "utf8", stdio: "pipe" }));
}

/** This machine's addresses that others can reach it under. */
function outsideAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

function succeeds(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
