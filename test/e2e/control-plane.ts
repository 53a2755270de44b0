import { startLocalRuntime } from "./local-runtime.ts";

/** The operator's credentials of the server under test. */
export const OPERATOR = {
  accountSid: "AC0123456789abcdef0123456789abcdef",
  authToken: "0123456789abcdef0123456789abcdef",
};

/** Starts the Worker as `npm start` does, on a free port with empty stores. */
export async function startControlPlane() {
  const { miniflare, port, stop } = await startLocalRuntime(OPERATOR);
  return {
    url: `http://localhost:${port}`,
    /** What the Worker has stored. */
    stores: async () => ({
      MANIFESTS: await miniflare.getKVNamespace("MANIFESTS", "ringback"),
      BYTES: await miniflare.getR2Bucket("BYTES", "ringback"),
      DB: await miniflare.getD1Database("DB", "ringback"),
    }),
    close: stop,
  };
}
