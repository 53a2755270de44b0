import { TwilioServerlessApiClient } from "@twilio-labs/serverless-api";
import { OPERATOR, startBenchServer } from "./api-server.ts";

const ASSETS = 1_000;

type Call = { name: string; milliseconds: number; queries: number };

/**
 * Prints what it takes Twilio's own serverless-api to deploy 1,000 small assets: for the first time,
 * and again with everything changed; and what each call of it asked of D1.
 */
export async function printDeploys(): Promise<void> {
  const server = await startBenchServer();
  try {
    console.log(`\nDeploy  ${ASSETS} assets of 1 KB, by @twilio-labs/serverless-api\n`);
    console.log("deployment        seconds    calls   in flight   refused 429");
    const calls: Call[] = [];
    for (const name of ["the first", "the second"]) {
      const measured = await deploy(server.origin, calls);
      console.log(
        `${name.padEnd(15)} ${measured.seconds.toFixed(1).padStart(9)} ${column(measured.calls, 8)}` +
          ` ${column(measured.inFlight, 11)} ${column(measured.refused, 13)}`,
      );
    }
    printCalls(calls);
  } finally {
    await server.close();
  }
}

async function deploy(origin: string, calls: Call[]) {
  const config = { username: OPERATOR.accountSid, password: OPERATOR.authToken };
  const client = new TwilioServerlessApiClient(config);
  const measured = { seconds: 0, calls: 0, inFlight: 0, refused: 0 };
  const started = new Map<object, number>();
  const { host } = new URL(origin);
  // The client knows no base URL but Twilio's; this sends it here (contract 2.2, F).
  Object.assign(client, {
    client: client.getClient().extend({
      hooks: {
        beforeRequest: [
          (options) => {
            options.url.protocol = "http:";
            options.url.host = host;
            started.set(options, performance.now());
            measured.inFlight = Math.max(measured.inFlight, started.size);
          },
        ],
        afterResponse: [
          (response) => {
            const { options } = response.request;
            const since = started.get(options) ?? Number.NaN;
            started.delete(options);
            measured.calls += 1;
            if (response.statusCode === 429) measured.refused += 1;
            calls.push({
              name: callName(options.method, new URL(response.url).pathname),
              milliseconds: performance.now() - since,
              queries: Number(response.headers["x-d1-queries"]),
            });
            return response;
          },
        ],
      },
    }),
  });
  const begin = performance.now();
  await client.deployProject({
    ...{ ...config, serviceName: "bench", overrideExistingService: true },
    ...{ pkgJson: {}, functionsEnv: "dev", env: {}, functions: [] },
    assets: Array.from({ length: ASSETS }, (_, index) => {
      const path = `/prompts/${index}.wav`;
      const content = Buffer.alloc(1024, `${begin} ${path}`);
      return { name: path, path, access: "public", content };
    }),
  });
  return { ...measured, seconds: (performance.now() - begin) / 1000 };
}

/** `POST …/Assets/{ZH}/Versions` for any such path. */
function callName(method: string, pathname: string): string {
  const parts = pathname.split("/").slice(2);
  const named = parts.map((part) => part.replace(/^([A-Z]{2})[0-9a-f]{32}$/, "{$1}"));
  return `${method} …/${named.slice(-3).join("/")}`;
}

function printCalls(calls: Call[]): void {
  console.log("\ncall                                   calls   median ms   D1 queries at most");
  for (const [name, group] of Object.entries(Object.groupBy(calls, (call) => call.name))) {
    const times = (group ?? []).map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    const queries = Math.max(...(group ?? []).map((call) => call.queries));
    console.log(
      `${name.padEnd(36)} ${column(times.length, 7)} ${median.toFixed(1).padStart(11)}` +
        ` ${column(queries, 20)}`,
    );
  }
}

function column(value: number, width: number): string {
  return String(value).padStart(width);
}
