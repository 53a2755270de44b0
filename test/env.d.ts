declare namespace Cloudflare {
  interface Env {
    /** Set by vitest.config.ts, for test/setup.ts. */
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
    /** A function made with the command of docs/functions.md. */
    DOCUMENTED_BUNDLE: string;
  }
}
