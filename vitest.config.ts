import path from "node:path";
import { defineConfig } from "vitest/config";
import { build } from "./scripts/build.ts";
import { documentedBundle } from "./test/functions/documented-bundle.ts";
import { startTestRegistry } from "./test/registry/server.ts";
import { PRIVATE_TOKEN } from "./test/registry/watched-packages.ts";
import { tellSecondTries } from "./test/second-tries.ts";
import { endTrust } from "./test/tls/authority.ts";
import { startTlsServers, tlsMaterial } from "./test/tls/servers.ts";
import { startWebSocketEcho } from "./test/websocket-echo.ts";

await build();
const registry = await startTestRegistry();
const tlsServers = await startTlsServers();
const webSocketEcho = await startWebSocketEcho();
// Imported now: whom the runtime trusts, the authority of those servers too, it reads then.
const { cloudflareTest, readD1Migrations } = await import("@cloudflare/vitest-plugin");
endTrust();

// CI tries what it tried before, and fails for what changed alone; other runs try something new.
const seed = Number(
  process.env.RINGBACK_TEST_SEED ?? (process.env.CI ? 1 : Date.now() % 0x7fffffff),
);
console.log(`RINGBACK_TEST_SEED=${seed}`);

const migrations = await readD1Migrations(path.join(import.meta.dirname, "src/store/migrations"));

// Test files share an isolate, whose code is hot after minutes. Vite's module runner lets one request's
// import() await another's, which workerd cannot carry then (docs/architecture.md, Between requests): so
// the top compiler is off. The e2e project has the flags of production, and optimized-code.test.ts.
process.env.MINIFLARE_WORKERD_V8_FLAGS = "--no-turbofan";

/** What both projects have. They do not extend this file: it would be evaluated, and serve, twice. */
const shared = { provide: { seed }, slowTestThreshold: 30_000, maxWorkers: 2 };

export default defineConfig({
  test: {
    reporters: ["default", tellSecondTries()],
    // What passes says so in one line.
    silent: "passed-only",
    // Half of what the tests do is to wait, for browsers and clients: two files at once, on any machine.
    maxWorkers: 2,
    projects: [
      {
        extends: false,
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              cf: false,
              // For exports.default.scheduled() alone.
              compatibilityFlags: ["service_binding_extra_handlers"],
              bindings: {
                BASE_DOMAIN: "localhost:8787",
                TEST_MIGRATIONS: migrations,
                DOCUMENTED_BUNDLE: await documentedBundle(),
                TWILIO_ACCOUNT_SID: "AC00000000000000000000000000000001",
                TWILIO_AUTH_TOKEN: "0123456789abcdef0123456789abcdef",
                TWILIO_AUTH_TOKEN_SECONDARY: "",
                NPM_REGISTRY: registry.url,
                NPMRC: `@private:registry=${registry.url}private/
                  ${registry.url.slice("http:".length)}private/:_authToken=${PRIVATE_TOKEN}`,
                REAL_REGISTRY: registry.real,
                TLS_SERVERS: tlsServers,
                TLS_MATERIAL: tlsMaterial,
                WEBSOCKET_ECHO: webSocketEcho,
                REACHABLE_FOR_TESTS: [
                  new URL(registry.url).host,
                  webSocketEcho,
                  ...Object.values(tlsServers),
                ],
                // Nobody waits a second behind every answer for what is handed over then.
                HANDOVER_FOR_TESTS: 1,
                ENCRYPTION_KEY: "cmluZ2JhY2stdGVzdC1rZXktMzItYnl0ZXMtbG9uZyE=",
              },
            },
          }),
        ],
        test: {
          ...shared,
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          setupFiles: ["./test/seed.ts", "./test/setup.ts"],
          isolate: false,
          // For a busy machine: no test here asserts a time.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Who changes something sees every failure; in CI an accident is told and fails nothing.
          retry: process.env.CI ? 2 : 0,
        },
      },
      {
        extends: false,
        test: {
          ...shared,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          setupFiles: ["./test/seed.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Real browsers and clients on a busy machine: what fails every time is no accident.
          retry: process.env.CI ? 2 : 1,
          // What starts a server must not look anything up outside.
          env: {
            MINIFLARE_WORKERD_V8_FLAGS: "",
            CLOUDFLARE_CF_FETCH_ENABLED: "false",
            WRANGLER_SEND_METRICS: "false",
            WRANGLER_HIDE_BANNER: "true",
          },
        },
      },
    ],
  },
});
