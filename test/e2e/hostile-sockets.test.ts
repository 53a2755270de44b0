import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AssetHosts, startAssetHosts } from "./asset-hosts.ts";
import { type HostileRequest, hostileRequests } from "./hostile.ts";
import { exchange } from "./raw-http.ts";

/** Hostile bytes over real sockets: all of the lists, 7,800 messages, in seconds. */

const AT_ONCE = 12;
/** Milliseconds. An answer takes a few; this is for a machine that is busy. */
const PATIENCE = 20_000;

const HOST = "hostile-1234.localhost";
const CANARY = "canary";
const LISTS = hostileRequests({ host: HOST, path: "/public.txt", secret: "/protected.txt" });
const CALLS = hostileRequests({ host: HOST, path: "/public", secret: "/protected" });

let server: AssetHosts;

beforeAll(async () => {
  server = await startAssetHosts();
  const { service } = await server.deploy(
    HOST,
    {
      "/public.txt": { body: "public" },
      "/assets/index.html": { body: "the root document" },
      "/protected.txt": { body: `${CANARY}: protected`, visibility: "protected" },
      "/etc/passwd": { body: `${CANARY}: protected passwd`, visibility: "protected" },
    },
    {
      "/public": { source: saying("public") },
      "/protected": { source: saying(`${CANARY}: protected`), visibility: "protected" },
      "/private": { source: saying(`${CANARY}: private`), visibility: "private" },
    },
  );
  await server.store(`assets/${service}/ZN${"f".repeat(32)}`, `${CANARY}: private`);
  await server.store("protected.txt", `${CANARY}: a key as plain as a path`);
  await server.deploy("hostile-other-5678.localhost", {
    "/public.txt": { body: `${CANARY}: other tenant` },
  });
});

afterAll(() => server?.close());

function saying(text: string): string {
  return `exports.handler = (context, event, callback) => callback(null, "${text}");`;
}

/** workerd's own answers to a method that no Worker is asked with: to CONNECT, and to no method. */
function isRuntimesOwn(message: string, received: string): boolean {
  return /^HTTP\/1\.1 501 /.test(received) || /^CONNECT /.test(message);
}

/** What went wrong, or null. */
async function verdictOn({ message }: HostileRequest): Promise<string | null> {
  const answer = await exchange(server.port, message, PATIENCE);
  if (answer.received.includes(CANARY)) return `leaked: ${answer.received}`;
  if (/^(set-cookie|x-injected|location)\s*:/im.test(answer.received)) {
    return `injected: ${answer.received}`;
  }
  if (!answer.closed) return "hangs";
  const fails = /^HTTP\/1\.1 5\d\d /m.test(answer.received);
  return fails && !isRuntimesOwn(message, answer.received) ? answer.received.slice(0, 300) : null;
}

async function failuresOf(requests: HostileRequest[]): Promise<string[]> {
  const failures: string[] = [];
  const queue = [...requests];
  async function work(): Promise<void> {
    for (let request = queue.pop(); request; request = queue.pop()) {
      const verdict = await verdictOn(request);
      if (verdict !== null)
        failures.push(`${JSON.stringify(request.id).slice(0, 200)}: ${verdict}`);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

describe("hostile bytes leak nothing, hang nothing and break nothing", () => {
  it("SOCKET-control: a leak would be seen", async () => {
    const message = "GET /public.txt HTTP/1.1\r\nHost: hostile-other-5678.localhost\r\n\r\n";
    expect(await verdictOn({ id: "control", message })).toMatch(/^leaked: HTTP\/1\.1 200 OK/);
  });

  it.each(Object.entries(LISTS))("SOCKET-%s", async (_name, requests) => {
    expect(requests.length).toBeGreaterThan(40);
    expect(await failuresOf(requests)).toEqual([]);
  });

  it("SOCKET-functions: the same, aimed at functions", async () => {
    const requests = Object.values(CALLS).flat();
    expect(await failuresOf(requests.filter((_, index) => index % 5 === 0))).toEqual([]);
  });

  it("SOCKET-afterwards: an honest request is served as ever", async () => {
    const honest = `GET /public.txt HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`;
    const { received } = await exchange(server.port, honest, PATIENCE);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\npublic$/s);
  });
});
