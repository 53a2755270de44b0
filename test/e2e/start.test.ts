import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import { StartFailure } from "../../scripts/start/failure.ts";
import { applyMigrations } from "../../scripts/start/migrations.ts";
import { readSecrets } from "../../scripts/start/secrets.ts";
import { readSettings } from "../../scripts/start/settings.ts";
import { openState } from "../../scripts/start/state.ts";
import {
  alive,
  freePort,
  newStateDirectory,
  OPERATOR,
  runStart,
  type StartedServer,
  startAndFail,
  startServer,
} from "./started-server.ts";

const root = path.join(import.meta.dirname, "../..");
const hasCurl = succeeds("curl", ["--version"]);

describe("npm start", () => {
  let server: StartedServer;

  beforeAll(async () => {
    server = await startServer({ environment: { RINGBACK_DEMO: "0" } });
  });

  it("is ready under localhost and its port", () => {
    expect(server.output()).toMatch(new RegExp(`^Ready on http://localhost:${server.port}$`, "m"));
  });

  it("answers under localhost, the loopback address and names below localhost", async () => {
    for (const host of ["localhost", "127.0.0.1", "nobody-1234.localhost"]) {
      const answer = await request(`http://${host}:${server.port}/v1/nothing`);
      expect(answer.status, host).toBe(404);
    }
  });

  it("keeps the secrets for their owner alone", () => {
    const file = path.join(server.stateDirectory, "secrets.env");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parseEnv(readFileSync(file, "utf8"))).toMatchObject(OPERATOR);
  });

  it("prints no secret", () => {
    expect(server.output()).not.toContain(OPERATOR.TWILIO_AUTH_TOKEN);
  });

  it("keeps all local state in RINGBACK_STATE", () => {
    expect(readdirSync(server.stateDirectory)).toEqual(
      expect.arrayContaining(["lock.json", "logs", "secrets.env", "v3"]),
    );
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

  it("listens on the loopback address alone", async () => {
    // Another loopback address would be taken as well, had the server listened on all of them.
    const listener = createServer().listen({ port: server.port, host: "127.0.0.2" });
    await once(listener, "listening");
    listener.close();
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
    const configPath = path.join(root, "wrangler.toml");
    expect(await applyMigrations(configPath, storage)).toContain("0001_control_plane.sql");
    expect(await applyMigrations(configPath, storage)).toEqual([]);
    const databases = path.join(storage, "d1/miniflare-D1DatabaseObject");
    for (const name of readdirSync(databases)) {
      if (/^[0-9a-f]{64}\.sqlite$/.test(name)) {
        writeFileSync(path.join(databases, name), "no database".repeat(1000));
      } else if (/^[0-9a-f]{64}/.test(name)) {
        rmSync(path.join(databases, name));
      }
    }
    await expect(applyMigrations(configPath, storage)).rejects.toThrow(
      `The local database in ${storage} cannot be brought up to date`,
    );
  });
});

describe("stopping", () => {
  it("leaves no child when the server is killed outright", async () => {
    const server = await startServer({ environment: { RINGBACK_DEMO: "0" } });
    const processes = server.processes();
    await server.stop("SIGKILL");
    await expect.poll(() => alive(processes), { timeout: 10_000 }).toEqual([]);
  });

  it("leaves no child when npm alone is told to stop", async () => {
    const npm = await startServer({
      command: ["npm", "start"],
      environment: { RINGBACK_DEMO: "0" },
    });
    const processes = npm.processes();
    expect(await npm.stop("SIGTERM")).toBe(0);
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

describe("npm start -- --https", () => {
  let server: StartedServer;
  let ca: string;

  beforeAll(async () => {
    server = await startServer({ args: ["--https"], environment: { RINGBACK_DEMO: "0" } });
    ca = /^Certificate authority: (\S+)$/m.exec(server.output())?.[1] ?? "";
  });
  afterAll(() => server.stop());

  it("says where the certificate authority is kept, in the state", () => {
    expect(server.origin).toBe(`https://localhost:${server.port}`);
    expect(ca.startsWith(server.stateDirectory)).toBe(true);
    expect(statSync(path.join(path.dirname(ca), "ca-key.pem")).mode & 0o777).toBe(0o600);
  });

  it.each(["localhost", "127.0.0.1", "nobody-1234.localhost", "NOBODY-1234-dev.localhost"])(
    "is trusted as %s by whoever trusts that authority",
    async (host) => {
      const answer = await request(`https://${host}:${server.port}/v1/nothing`, {
        ca: readFileSync(ca, "utf8"),
      });
      expect(answer.status).toBe(404);
    },
  );

  it("is not trusted by others", async () => {
    await expect(request(server.origin)).rejects.toThrow(/certificate/);
  });

  it.skipIf(!hasCurl)("is trusted by curl under a name below localhost", () => {
    const url = `https://nobody-1234.localhost:${server.port}/v1/nothing`;
    const status = execFileSync(
      "curl",
      ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", ca, url],
      { encoding: "utf8" },
    );
    expect(status).toBe("404");
  });

  it("ends with all its children on SIGTERM, and keeps its authority over a restart", async () => {
    const before = readFileSync(ca, "utf8");
    const processes = server.processes();
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(alive(processes)).toEqual([]);
    server = await startServer({
      args: ["--https"],
      stateDirectory: server.stateDirectory,
      environment: { RINGBACK_DEMO: "0" },
    });
    expect(readFileSync(ca, "utf8")).toBe(before);
  });
});

describe(".dev.vars", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "ringback-secrets-"));
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

function succeeds(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
