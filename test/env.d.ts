declare namespace Cloudflare {
  interface Env {
    /** Set by vitest.config.ts, for test/setup.ts. */
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
    TLS_MATERIAL: import("./tls/addresses.ts").TlsMaterial;
    TLS_SERVERS: import("./tls/addresses.ts").TlsServers;
    /** Host and port of a server that sends back what it gets (websocket-echo.ts). */
    WEBSOCKET_ECHO: string;
    /** Whether NPM_REGISTRY has the real one below `npm/`. */
    REAL_REGISTRY: boolean;
    /** A function made with the command of docs/functions.md. */
    DOCUMENTED_BUNDLE: string;
  }
}
