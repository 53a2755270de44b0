import path from "node:path";
import { createTestHarness } from "wrangler";

/** The operator's credentials of the server under test. */
export const OPERATOR = {
  accountSid: "AC0123456789abcdef0123456789abcdef",
  authToken: "0123456789abcdef0123456789abcdef",
};

/** Starts the Worker, bundled as for production, on a free port with empty stores. */
export async function startControlPlane() {
  const server = createTestHarness({
    workers: [
      {
        configPath: path.join(import.meta.dirname, "../../wrangler.toml"),
        secrets: {
          TWILIO_ACCOUNT_SID: OPERATOR.accountSid,
          TWILIO_AUTH_TOKEN: OPERATOR.authToken,
          TWILIO_AUTH_TOKEN_SECONDARY: "",
          ENCRYPTION_KEY: Buffer.alloc(32, "e2e").toString("base64"),
        },
      },
    ],
  });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations("DB");
  return {
    url: `http://localhost:${url.port}`,
    /** The Worker's bindings, as it left them. */
    stores: () => server.getWorker().getEnv(),
    close: () => server.close(),
  };
}
