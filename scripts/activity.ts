/**
 * `npm run activity -- --service ahoy --environment dev [--tail]`: prints what an environment's hosts
 * were asked for and answered, the latest last; with `--tail` goes on as it comes (docs/operations.md).
 */
import { setTimeout } from "node:timers/promises";
import { AccountFailure, callApi, controlPlane, listAll } from "./account/control-plane.ts";
import { requestLines, type ShownRequest } from "./activity/lines.ts";
import { parseCommandLine } from "./command-line.ts";

const USAGE = `Usage: npm run activity -- --service <name or SID> [--environment <name or SID>] [--tail]
  --path /menu/*   only these paths        --status 4xx   only these statuses
  --limit 20       how many at first       --url <where>  http://localhost:8787, or RINGBACK_URL
Who asks is TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or whom .dev.vars names.`;

/** Milliseconds between attempts to open a stream that broke off. */
const RETRY_DELAY = 2_000;

type Service = { sid: string; unique_name: string };
type Environment = { sid: string; unique_name: string; domain_name: string; url: string };

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof AccountFailure ? error.message : error);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<void> {
  const options = readOptions(args);
  const plane = controlPlane(
    options.url ?? process.env.RINGBACK_URL ?? "http://localhost:8787",
    process.env,
  );
  const services = await listAll<Service>(plane, "/Services", "services");
  const service = services.find(({ sid, unique_name }) =>
    [sid, unique_name].includes(options.service),
  );
  if (service === undefined) {
    const names = services.map(({ unique_name }) => unique_name).join(", ");
    throw new AccountFailure(
      `There is no service "${options.service}". --service, one of: ${names || "there is none"}`,
    );
  }
  const environments = await listAll<Environment>(
    plane,
    `/Services/${service.sid}/Environments`,
    "environments",
  );
  const environment = chosen(environments, options.environment);
  const query = new URLSearchParams({
    PageSize: options.limit,
    ...(options.path && { Path: options.path }),
    ...(options.status && { Status: options.status }),
  });
  const seen = new Set<string>();
  const print = (requests: ShownRequest[]) => {
    for (const request of requests) {
      if (seen.has(request.sid) || !isAskedFor(request, options)) continue;
      seen.add(request.sid);
      for (const line of requestLines(request)) console.log(line);
    }
    while (seen.size > 10_000) seen.delete(seen.values().next().value as string);
  };
  const printLatest = async () => {
    const { requests } = await callApi<{ requests: ShownRequest[] }>(
      plane,
      "GET",
      `${environment.url}/Requests?${query}`,
    );
    print(requests.reverse());
  };
  console.error(`${environment.unique_name}: ${environment.domain_name}`);
  await printLatest();
  if (!options.tail) return;
  for (;;) {
    const opened = await callApi<{ protocols: string[]; url: string }>(
      plane,
      "POST",
      `${environment.url}/Requests/Stream`,
    );
    const socket = new WebSocket(opened.url.replace(/^http/, "ws"), opened.protocols);
    const ended = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.addEventListener("message", ({ data }) => print(JSON.parse(String(data)).requests));
    // What came before the stream was open.
    socket.addEventListener("open", () => void printLatest().catch(() => socket.close()));
    await ended;
    await setTimeout(RETRY_DELAY);
  }
}

function readOptions(args: string[]) {
  try {
    const { values } = parseCommandLine({
      args,
      options: {
        service: { type: "string" },
        environment: { type: "string" },
        tail: { type: "boolean" },
        path: { type: "string" },
        status: { type: "string" },
        limit: { type: "string", default: "20" },
        url: { type: "string" },
      },
    });
    if (values.service === undefined) throw new Error("Which service?");
    return { ...values, service: values.service };
  } catch (error) {
    throw new AccountFailure(`${(error as Error).message}\n${USAGE}`);
  }
}

function chosen(environments: Environment[], name: string | undefined): Environment {
  const named = environments.filter(
    ({ sid, unique_name }) => name === undefined || sid === name || unique_name === name,
  );
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  const names = environments.map(({ unique_name }) => unique_name).join(", ");
  throw new AccountFailure(`Which environment? --environment, one of: ${names || "it has none"}`);
}

/** The stream sends everything; the filters are the list's. */
function isAskedFor(
  { path, status }: ShownRequest,
  options: { path?: string | undefined; status?: string | undefined },
): boolean {
  if (options.path !== undefined) {
    const fits = options.path.endsWith("*")
      ? path.startsWith(options.path.slice(0, -1))
      : path === options.path;
    if (!fits) return false;
  }
  if (options.status === undefined) return true;
  return options.status.endsWith("xx")
    ? String(status)[0] === options.status[0]
    : String(status) === options.status;
}
