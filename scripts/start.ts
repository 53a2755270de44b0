/**
 * `npm start`: runs Ringback on this machine, with all it needs and nothing else: local state,
 * secrets, the database's newest form, the Worker in its runtime, and a demo to look at.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "./build.ts";
import { request } from "./request.ts";
import { describeDemo, describeServer } from "./start/announcement.ts";
import { deployDemo } from "./start/demo.ts";
import { StartFailure } from "./start/failure.ts";
import { startGateway } from "./start/gateway.ts";
import { claimPort } from "./start/ports.ts";
import { readRegistrySettings } from "./start/registry-settings.ts";
import { readSecrets } from "./start/secrets.ts";
import { readSettings } from "./start/settings.ts";
import { openState } from "./start/state.ts";
import { stopRequested } from "./start/stop-requested.ts";

const root = path.join(import.meta.dirname, "..");
const configPath = path.join(root, "wrangler.toml");
const devVarsPath = path.join(root, ".dev.vars");

/** What undoes each thing that has been started, the last one first. */
const undo: (() => unknown)[] = [];

try {
  await Promise.race([run(), stopRequested()]);
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error);
  process.exitCode = 1;
}
for (const step of undo.reverse()) await step();
process.exit();

/** Starts everything, and returns only by a failure: nothing here ends by itself. */
async function run(): Promise<never> {
  const settings = readSettings(process.argv.slice(2), process.env);
  const port = await claimPort(settings.port);
  const state = await openState(settings.stateDirectory, port);
  undo.push(state.release);
  const secrets = readSecrets(devVarsPath, process.env);

  await build();
  console.log(`Starting Ringback; its state is kept in ${state.directory}`);
  const innerPort = settings.https ? await claimPort(0) : port;
  const gateway = startGateway({
    configPath,
    port: innerPort,
    absoluteTargets: settings.https,
    storage: state.storage,
    variables: {
      BASE_DOMAIN: `localhost:${port}`,
      ...secrets,
      ...readRegistrySettings(devVarsPath, process.env),
    },
  });
  undo.push(gateway.stop);
  await gateway.ready;

  const api = {
    url: `${settings.https ? "https" : "http"}://localhost:${port}`,
    accountSid: secrets.TWILIO_ACCOUNT_SID,
    authToken: secrets.TWILIO_AUTH_TOKEN,
  };
  let caPath: string | undefined;
  if (settings.https) {
    const { openCertificateAuthority } = await import("./start/certificates.ts");
    const { listenWithTls } = await import("./start/tls-front.ts");
    const authority = await openCertificateAuthority(state.tls);
    undo.push(await listenWithTls(port, innerPort, authority));
    caPath = authority.certificatePath;
  }
  const ca = caPath && readFileSync(caPath, "utf8");
  await request(api.url, { ca });
  if (settings.demo) {
    console.log("Deploying the demo, examples/ahoy");
    try {
      console.log(describeDemo(await deployDemo({ ...api, ca }), api, caPath));
    } catch (error) {
      // The server is of use without its demo: the account may be at its limits, say.
      console.error(`The demo is not deployed. ${(error as Error).message}`);
    }
  }
  console.log(describeServer(api, caPath));
  console.log(`Started in ${process.uptime().toFixed(1)} s`);
  console.log(`Ready on ${api.url}`);

  await gateway.ended;
  throw new StartFailure("The gateway has ended.");
}
