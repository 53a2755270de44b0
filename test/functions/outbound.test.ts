import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { countRequest, MAX_PER_MINUTE, whyUnsent } from "../../src/functions/run/outbound.ts";
import { type Deployed, deploy } from "./harness.ts";

let project: Deployed;
let reached: string[];

/** A public internet of one host, which sends its visitors to this machine. */
beforeEach(() => {
  reached = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const { url, redirect } = input as Request;
    reached.push(`${redirect} ${url}`);
    const { searchParams } = new URL(url);
    const location = searchParams.get("to");
    return location === null ? new Response("public") : Response.redirect(location, 302);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

beforeAll(async () => {
  project = await deploy({
    functions: {
      "fetch.js": `exports.handler = (c, { url }, cb) =>
        fetch(url).then(async (answer) => cb(null, answer.status + " " + (await answer.text()).slice(0, 6)), (error) => cb(null, error.message));`,
      "cf.js": `exports.handler = (c, e, cb) =>
        fetch("https://example.com/", { cf: { cacheEverything: true, resolveOverride: "a.example" } })
          .then(() => cb(null, "asked"), (error) => cb(null, error.message));`,
      "told/fetch.js": `exports.handler = (c, { url }, cb) =>
        fetch(url).catch(({ name, message, code = null, cause }) => cb(null, [name, message, code, cause.message, cause.code]));`,
      "told/http.js": `exports.handler = (c, { url }, cb) =>
        require("http").get(url).on("error", ({ name, message, code, cause = null }) => cb(null, [name, message, code, cause, null]));`,
      "http.js": `exports.handler = (c, { url }, cb) =>
        require("http").get(url, (answer) => cb(null, String(answer.statusCode))).on("error", (error) => cb(null, error.message));`,
    },
  });
});

function target(path: string, url: string): string {
  return `${path}?url=${encodeURIComponent(url)}`;
}

describe("a function's request", () => {
  it("goes to the public internet", async () => {
    expect((await project.call(target("/fetch", "https://example.com/"))).body).toBe("200 public");
    expect(reached).toEqual(["manual https://example.com/"]);
  });

  it.each([
    ["/fetch", "http://127.0.0.1:8787/", "the host is not on the public internet"],
    ["/http", "http://169.254.169.254/", "the host is not on the public internet"],
    ["/fetch", "http://localhost:8787/v1/Services", "functions cannot reach the API"],
  ])("%s %s is refused", async (path, url, reason) => {
    expect((await project.call(target(path, url))).body).toContain(reason);
    expect(reached).toEqual([]);
  });

  it("carries nothing that it asks of the zone it leaves from", async () => {
    expect((await project.call("/cf")).body).toBe("asked");
    const [[request]] = vi.mocked(fetch).mock.calls as [[Request]];
    expect(request.cf ?? {}).toEqual({});
  });

  it("is judged anew when it is redirected", async () => {
    const hop = "https://example.com/?to=http%3A%2F%2F127.0.0.1%2F";
    expect((await project.call(target("/fetch", hop))).body).toContain("127.0.0.1 was refused");
    expect(reached).toEqual([`manual ${hop}`]);
  });

  it("to a hostname below the base domain stays in the house", async () => {
    const url = "http://nobody-0000.localhost:8787/x";
    expect((await project.call(target("/fetch", url))).body).toMatch(/^404 /);
    expect(reached).toEqual([]);
  });

  it.each([
    ["internal error; reference = 1", "getaddrinfo ENOTFOUND example.com", "ENOTFOUND"],
    [
      "Network connection lost.",
      "The connection to example.com:81 was refused or lost",
      "ECONNRESET",
    ],
  ])("that fails outside with %j says why, as in Node", async (failure, message, code) => {
    vi.mocked(fetch).mockRejectedValue(new Error(failure));
    const url = "http://example.com:81/";
    const told = async (path: string) => JSON.parse((await project.call(target(path, url))).body);
    expect(await told("/told/fetch")).toEqual(["TypeError", "fetch failed", null, message, code]);
    expect(await told("/told/http")).toEqual(["Error", message, code, null, null]);
  });

  it.each([
    ["http://a.example/", true, "not-found", []],
    ["https://a.example/", false, "not-found", ["a.example:443"]],
    ["https://a.example:8443/", true, "untrusted", ["a.example:8443"]],
  ])(
    "to %s that the platform has no words for, where it opens: %s, is %s",
    async (url, opens, why, asked) => {
      const tried: string[] = [];
      const reaches = async (address: string) => tried.push(address) > 0 && opens;
      const error = new Error("internal error; reference = 1");
      expect([await whyUnsent(error, new URL(url), reaches), tried]).toEqual([why, asked]);
    },
  );

  it("is answered from outside by what cannot pass for a refusal", async () => {
    const headers = { "ringback-unsent": "refused", "x-other": "1" };
    vi.mocked(fetch).mockImplementation(async () => new Response("from outside", { headers }));
    const { body } = await project.call(target("/fetch", "https://example.com/"));
    expect(body).toBe("200 from o");
  });

  it("leaves turns to others, one in eight that stay in the house", async () => {
    const waits: number[] = [];
    const wait = scheduler.wait.bind(scheduler);
    const counted = (milliseconds: number) => {
      waits.push(milliseconds);
      return wait(milliseconds);
    };
    const { call } = await deploy({
      functions: {
        "f.js": `exports.handler = async (c, e, cb) => {
          for (let made = 0; made < 64; made++) await fetch("http://10.0.0.1/").catch(() => {});
          cb();
        };`,
      },
    });
    Object.defineProperty(scheduler, "wait", { value: counted, configurable: true });
    try {
      await call("/f");
    } finally {
      Reflect.deleteProperty(scheduler, "wait");
    }
    expect(waits.filter((milliseconds) => milliseconds === 2)).toHaveLength(8);
  });

  it("that is refused stands in the logs", async () => {
    const { call, logs } = await deploy({
      functions: {
        "f.js": `exports.handler = (c, e, cb) => fetch("http://10.0.0.1/").catch(() => cb());`,
      },
    });
    await call("/f");
    expect(await logs(1)).toEqual([
      "WARN Outbound request to 10.0.0.1 was refused: the host is not on the public internet",
    ]);
  });
});

describe("a function's raw connection", () => {
  const SOCKET = `(address, spoken, module = "net") => new Promise((resolve) => {
    const { hostname: host, port } = new URL("http://" + address);
    const socket = require(module).connect({ host, port: Number(port) }, () => socket.write(spoken));
    let heard = "";
    socket.on("data", (bytes) => { heard += bytes; });
    socket.on("error", (error) => resolve(error.message));
    socket.on("close", () => resolve(heard));
  })`;
  const talking = (call: string) => ({
    functions: {
      "f.js": `const talk = ${SOCKET};
        exports.handler = async (c, e, cb) => cb(null, await (${call}));`,
    },
  });

  it("carries bytes both ways", async () => {
    const { host } = new URL(env.NPM_REGISTRY);
    const spoken = JSON.stringify(`GET /mysql2 HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
    const { call } = await deploy(talking(`talk("${host}", ${spoken})`));
    const { body } = await call("/f");
    expect(body).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"3\.24\.6-made"/s);
  });

  it("that a pool keeps is closed when it is quiet, and its instance serves on", async () => {
    const { hostname, port } = new URL(env.NPM_REGISTRY);
    const { call, logs } = await deploy({
      functions: {
        "f.js": `let calls = 0;
          exports.handler = (c, e, cb) => {
            const socket = require("net").connect(${port}, "${hostname}", () => cb(null, ++calls + ""));
            const idle = setTimeout(() => {}, 9_000);
            socket.on("close", () => {
              clearTimeout(idle);
              console.log("closed");
              throw new Error("nobody listens to this");
            });
          };`,
      },
    });
    // Until it is free, another instance serves.
    await vi.waitFor(async () => expect((await call("/f")).body).toBe("2"), {
      timeout: 20_000,
      interval: 800,
    });
    expect(await logs(2)).toEqual(["INFO closed", "INFO closed"]);
  });
});

describe("the count of requests", () => {
  it("takes in those that are refused, and is logged", async () => {
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    const { call, deployment, logs } = await deploy({
      functions: {
        "f.js": `exports.handler = async (c, { urls }, cb) => {
          const said = [];
          for (const url of urls) await fetch(url).catch((error) => said.push(error.message));
          cb(null, said);
        };`,
      },
    });
    for (let made = 1; made < MAX_PER_MINUTE; made++) {
      countRequest(deployment.environmentSid, Date.now());
    }
    const urls = ["http://10.0.0.1/", "http://10.0.0.2/", "https://example.com/", "http://a/"];
    const { body } = await call(
      `/f?${urls.map((url) => `urls=${encodeURIComponent(url)}`).join("&")}`,
    );
    const refused = ["10.0.0.2", "example.com", "a"].map(
      (host) => `Outbound request to ${host} was refused: too many requests in a minute`,
    );
    const first =
      "Outbound request to 10.0.0.1 was refused: the host is not on the public internet";
    expect(JSON.parse(body)).toEqual([first, ...refused]);
    expect(reached).toEqual([]);
    expect(await logs(4)).toEqual([first, ...refused].map((line) => `WARN ${line}`));
  });

  it("ends at its limit, for one environment and one minute", () => {
    const start = 60_000_000_000;
    for (let made = 0; made < MAX_PER_MINUTE; made++) {
      expect(countRequest("ZE1", start + 59_999)).toBe(true);
    }
    expect(countRequest("ZE1", start + 59_999)).toBe(false);
    expect(countRequest("ZE2", start + 59_999)).toBe(true);
    expect(countRequest("ZE1", start + 60_000)).toBe(true);
  });
});
