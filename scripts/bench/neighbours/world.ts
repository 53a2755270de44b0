import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "../../build.ts";
import { call, type ServerlessApi } from "../../deploy/serverless-api.ts";
import { npmRegistry } from "../../npm-registry.ts";
import { createService, deploy, upload } from "../../soak/deployments.ts";
import { claimPort } from "../../start/ports.ts";
import { startRuntime } from "../../start/runtime.ts";
import { residentBytes, runtimes } from "../workerd.ts";

/** A tenant with a service that is deployed. */
export type Tenant = {
  api: ServerlessApi;
  /** `/Services/ZS…`. */
  service: string;
  host: string;
};

export type World = {
  port: number;
  attacker: Tenant;
  neighbour: Tenant;
  /** Bytes that the runtime's process holds, its stores included; null where the system does not tell. */
  memory(): number | null;
  /** Runs SQL on the database, as no client can. */
  sql(statement: string, ...values: unknown[]): Promise<void>;
  stop(): Promise<void>;
};

const OPERATOR = {
  accountSid: "AC0123456789abcdef0123456789abcdef",
  authToken: "0123456789abcdef0123456789abcdef",
};

export const SMALL_ASSET = "/small.bin";
export const LARGE_ASSET = "/large.bin";
const MB = 1024 * 1024;

/** Answers with what its name says; what each attack calls. */
const FUNCTIONS = {
  "/echo-length":
    "exports.handler = (c, e, cb) => cb(null, String(Object.values(e).join('').length));",
  "/guarded": "exports.handler = (c, e, cb) => cb(null, 'ok');",
  "/large":
    "exports.handler = (c, e, cb) => cb(null, new Twilio.Response({ body: 'x'.repeat(5_900_000) }));",
  "/huge": `exports.handler = (c, e, cb) => {
    const resolvers = Promise.withResolvers;
    Promise.withResolvers = function () {
      const made = resolvers.call(this);
      const { resolve } = made;
      made.resolve = (value) => resolve(value && { ...value, status: 200, body: 'x'.repeat(3e7) });
      return made;
    };
    cb(null, 'x'.repeat(3e7));
  };`,
  "/imports": `exports.handler = (c, e, cb) => cb(null, 'ok');
  async () => {${"import(a);".repeat(10_000)}};`,
  "/refused-fetches": `exports.handler = async (c, e, cb) => {
    for (let i = 0; i < 1000; i++) await fetch("http://10.0.0.1/").catch(() => {});
    cb(null, 'done');
  };`,
};

/** Starts the Worker as `npm start` does, over empty stores, with two tenants in it. */
export async function startWorld(): Promise<World> {
  await build();
  const storage = mkdtempSync(path.join(tmpdir(), "ringback-neighbours-"));
  const port = await claimPort(0);
  const runtime = await startRuntime(
    {
      configPath: path.join(import.meta.dirname, "../../../wrangler.toml"),
      port,
      absoluteTargets: false,
      storage,
      variables: {
        BASE_DOMAIN: `localhost:${port}`,
        TWILIO_ACCOUNT_SID: OPERATOR.accountSid,
        TWILIO_AUTH_TOKEN: OPERATOR.authToken,
        TWILIO_AUTH_TOKEN_SECONDARY: "",
        NPM_REGISTRY: npmRegistry(process.env),
        ENCRYPTION_KEY: Buffer.alloc(32, "neighbours").toString("base64"),
      },
    },
    () => {},
  );
  const database = await runtime.miniflare.getD1Database("DB", "ringback");
  const url = `http://localhost:${port}`;
  return {
    port,
    attacker: await addTenant(url, "attacker"),
    neighbour: await addTenant(url, "neighbour"),
    memory() {
      const sizes = runtimes().map((pid) => residentBytes(pid) ?? 0);
      return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
    },
    async sql(statement, ...values) {
      await database
        .prepare(statement)
        .bind(...values)
        .run();
    },
    async stop() {
      await runtime.stop();
      rmSync(storage, { recursive: true, force: true });
    },
  };
}

async function addTenant(url: string, name: string): Promise<Tenant> {
  type Account = { sid: string; auth_token: string };
  const operator = { url, ...OPERATOR };
  const form = new URLSearchParams({ FriendlyName: name });
  const account = await call<Account>(operator, "POST", "/Accounts", form);
  const api = { url, accountSid: account.sid, authToken: account.auth_token };
  const { service, environment } = await createService(api, name);
  const versions: [string, string][] = [];
  for (const [asset, size] of [
    [SMALL_ASSET, 2_000],
    [LARGE_ASSET, 20 * MB],
  ] as const) {
    const bytes = Buffer.alloc(size, name);
    const sid = await upload(api, `${service}/Assets`, asset, "public", bytes);
    versions.push(["AssetVersions", sid]);
  }
  for (const [fn, source] of Object.entries(FUNCTIONS)) {
    const visibility = fn === "/guarded" ? "protected" : "public";
    const sid = await upload(api, `${service}/Functions`, fn, visibility, Buffer.from(source));
    versions.push(["FunctionVersions", sid]);
  }
  await deploy(api, service, environment, versions, () => {});
  return { api, service, host: environment.domain_name };
}
