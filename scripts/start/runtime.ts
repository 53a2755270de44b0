import path from "node:path";
import { Miniflare, type MiniflareOptions, Response } from "miniflare";
import { BUNDLE_NAME, type Bundle, bundleWorker } from "./bundle.ts";
import { StartFailure } from "./failure.ts";
import { applyMigrations } from "./migrations.ts";
import { readWorkerConfiguration, type WorkerConfiguration } from "./worker-configuration.ts";

export type RuntimeOptions = {
  configPath: string;
  /** Of the loopback address; 0 takes any. */
  port: number;
  /** Whether request targets come in absolute form, as what ends TLS in front of it sends them. */
  absoluteTargets: boolean;
  /** The directory of KV, R2, D1 and the Cache API. */
  storage: string;
  /** Variables and secrets, beside those of wrangler.toml and before them. */
  variables: Record<string, string>;
  /** Where a debugger is let in, 0 for any port; nowhere when not given. */
  inspectorPort?: number;
};

export type Runtime = {
  miniflare: Miniflare;
  port: number;
  /** Serves the sources as they are now; throws esbuild's BuildFailure and changes nothing then. */
  reload(): Promise<void>;
  /** The schedule is due at each multiple of these minutes; nothing here runs it by itself. */
  scheduleMinutes: number;
  /** Runs what is scheduled, once. */
  runSchedule(): Promise<void>;
  /** Ends the runtime's process. */
  stop(): Promise<void>;
};

/** Takes each line that the Worker or the runtime logs. */
export type Print = (line: string, sink: "stdout" | "stderr") => void;

const LOCAL_WORKER = path.join(import.meta.dirname, "local-worker.ts");

/**
 * Runs the Worker in workerd, which listens on the loopback address by itself: nothing stands before
 * the Worker, so a request target and a Host field reach it as they were sent. Returns once the
 * migrations are applied and requests are answered. Throws StartFailure for what a person can mend,
 * and esbuild's BuildFailure.
 */
export async function startRuntime(options: RuntimeOptions, print: Print): Promise<Runtime> {
  const configuration = readWorkerConfiguration(options.configPath);
  const { binding, migrations } = configuration.database;
  let bundle = await bundleWorker(LOCAL_WORKER);
  const { promise: migrated, resolve: setMigrated } = Promise.withResolvers<void>();
  const optionsNow = () => miniflareOptions(options, configuration, bundle, migrated, print);
  const miniflare = new Miniflare(optionsNow());
  try {
    await miniflare.ready.catch((error) => {
      throw explain(error, options.port);
    });
    const database = await miniflare.getD1Database(binding, configuration.name);
    await applyMigrations(database, migrations, options.storage);
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    throw error;
  }
  setMigrated();
  // The Worker asks this process whether it may answer; it must not wait for that again.
  await miniflare.dispatchFetch("http://localhost/");
  return {
    miniflare,
    port: Number((await miniflare.unsafeGetDirectURL(configuration.name)).port),
    async reload() {
      bundle = await bundleWorker(LOCAL_WORKER);
      await miniflare.setOptions(optionsNow());
    },
    scheduleMinutes: configuration.scheduleMinutes,
    async runSchedule() {
      const worker = await miniflare.getWorker(configuration.name);
      await worker.scheduled({ cron: configuration.cron });
    },
    stop: () => miniflare.dispose(),
  };
}

function miniflareOptions(
  { port, absoluteTargets, storage, variables, inspectorPort }: RuntimeOptions,
  {
    name,
    compatibilityDate,
    compatibilityFlags,
    bindings,
    assets,
    durableObjects,
  }: WorkerConfiguration,
  bundle: Bundle,
  migrated: Promise<void>,
  print: Print,
): MiniflareOptions {
  const { binding, directory, ...handling } = assets;
  const texts = Object.entries(variables).map(([key, value]) => [key, { type: "text", value }]);
  const onlyModule = (mainModule: string, contents: string) => ({
    mainModule,
    modulesRoot: "/",
    modules: { [mainModule]: { type: "esm" as const, contents } },
  });
  return {
    resourcePersistencePath: storage,
    ...(inspectorPort !== undefined && { inspectorPort }),
    // Each of these would reach for the network or for what other programs run.
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    logRequests: false,
    handleStructuredLogs({ level, message }) {
      const sink = level === "error" || level === "warn" ? "stderr" : "stdout";
      print(bundle.resolvePositions(message), sink);
    },
    workers: [
      {
        config: {
          name,
          compatibilityDate,
          compatibilityFlags,
          manifest: onlyModule(BUNDLE_NAME, bundle.contents),
          env: {
            ...bindings,
            ...Object.fromEntries(texts),
            [binding]: { type: "worker", worker: "assets" },
            MIGRATED: { type: "fetcher", handler: () => migrated.then(() => new Response()) },
          },
          exports: Object.fromEntries(
            durableObjects.map((className) => [
              className,
              { type: "durable-object", storage: "sqlite" },
            ]),
          ),
        },
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port, proxy: absoluteTargets }] },
      },
      {
        // A Worker with assets is put behind a router, which costs each request: these stand apart.
        config: {
          name: "assets",
          compatibilityDate,
          manifest: onlyModule(
            "assets.mjs",
            "export default { fetch: (request, { FILES }) => FILES.fetch(request) };",
          ),
          assets: { directory, ...handling },
          env: { FILES: { type: "assets" } },
          exports: {},
        },
      },
    ],
  };
}

function explain(error: unknown, port: number): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (code === "ERR_ADDRESS_IN_USE") {
    return new StartFailure(`Port ${port} is in use by another program.`);
  }
  return code === "ERR_RUNTIME_FAILURE" ? new StartFailure(message) : error;
}
