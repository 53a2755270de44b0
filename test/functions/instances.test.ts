/** One call at a time in an instance, which is used again: by the next call, the latest first. */
import { describe, expect, it, vi } from "vitest";
import {
  poolOf,
  returnInstance,
  takeFreed,
  takeInstance,
} from "../../src/functions/run/instances.ts";
import { deploy } from "./harness.ts";

/** Every function tells the instance it runs in by a name, and how many calls that has had. */
const COUNTED = `
  const name = crypto.randomUUID();
  let calls = 0;
  const told = (text = "") => name + " " + ++calls + " " + text;
  const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));`;

function counted(handler: string, before = ""): string {
  return `${COUNTED}${before}\nexports.handler = ${handler};`;
}

const instanceOf = ({ body }: { body: string }) => body.split(" ")[0];
const callsOf = ({ body }: { body: string }) => Number(body.split(" ")[1]);

describe("two calls that overlap", () => {
  it.each([
    ["a module's variable", "who", "let who;"],
    ["process.env", "process.env.WHO", ""],
    ["the global object", "globalThis.who", ""],
  ])("do not see each other's %s", async (_name, place, declared) => {
    const { call } = await deploy({
      functions: {
        "race.js": `${declared} exports.handler = async (context, event, callback) => {
          ${place} = event.who;
          await new Promise((r) => setTimeout(r, 100));
          callback(null, ${place});
        };`,
      },
    });
    const answers = await Promise.all(["a", "b", "c"].map((who) => call(`/race?who=${who}`)));
    expect(answers.map(({ body }) => body)).toEqual(["a", "b", "c"]);
  });

  it("have an instance to themselves, however many clients there are and whenever they come", async () => {
    const { call } = await deploy({
      functions: {
        "alone.js": `let inside = 0; let who;
          exports.handler = async (c, e, cb) => {
            inside += 1;
            who = e.who;
            await new Promise((resolve) => setTimeout(resolve, e.ms));
            const answer = [who, inside].join(" ");
            inside -= 1;
            cb(null, answer);
          };`,
      },
    });
    const answers: string[] = [];
    const client = async (name: number) => {
      for (let count = 0; count < 6; count++) {
        const ms = Math.floor(Math.random() * 30);
        answers.push(`${name}: ${(await call(`/alone?who=${name}&ms=${ms}`)).body}`);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, name) => client(name)));
    const wrong = answers.filter((answer) => !/^(\d+): \1 1$/.test(answer));
    expect([answers.length, wrong]).toEqual([120, []]);
  });

  it("run in two instances; the next ones run in the one that was free last", async () => {
    const { call } = await deploy({
      functions: {
        "slow.js": counted("async (c, e, cb) => { await after(+e.ms); cb(null, told()); }"),
      },
    });
    const [quick, slow] = await Promise.all([call("/slow?ms=50"), call("/slow?ms=300")]);
    expect(instanceOf(quick)).not.toBe(instanceOf(slow));
    const next = [await call("/slow?ms=0"), await call("/slow?ms=0")];
    expect(next.map((answer) => [instanceOf(answer), callsOf(answer)])).toEqual([
      [instanceOf(slow), 2],
      [instanceOf(slow), 3],
    ]);
  });
});

describe("what a function still does after its answer", () => {
  it("goes on in its instance, which nobody else has meanwhile, and which is used again then", async () => {
    const { call } = await deploy({
      functions: {
        "later.js": counted(
          "(c, e, cb) => { cb(null, told(done)); if (e.ms) after(+e.ms).then(() => { done = 'done'; }); }",
          "let done = 'not-yet';",
        ),
      },
    });
    const first = await call("/later?ms=400");
    const meanwhile = await call("/later");
    expect(instanceOf(meanwhile)).not.toBe(instanceOf(first));
    let atOnce = 1;
    await vi.waitFor(
      async () => {
        // More than are free: the one that was at work is asked too.
        atOnce += 1;
        const all = await Promise.all(Array.from({ length: atOnce }, () => call("/later")));
        expect(all.map(({ body }) => body.split(" ")[2])).toContain("done");
      },
      { timeout: 9_000, interval: 250 },
    );
  });

  it.each([
    [
      "a fetch and what is read of it",
      "const r = await fetch(url); await r.text(); done = 'done';",
    ],
    ["a timer", "setTimeout(() => { done = 'done'; }, 200);"],
    ["immediates", "setImmediate(() => setImmediate(() => { done = 'done'; }));"],
    ["timers/promises", "await require('timers/promises').setTimeout(200); done = 'done';"],
    [
      "timers/promises' setInterval",
      "for await (const _ of require('timers/promises').setInterval(200)) break; done = 'done';",
    ],
    [
      "a request of node:http",
      "require('http').get(url, (m) => { m.on('data', () => {}); m.on('end', () => { done = 'done'; }); });",
    ],
    [
      "a chain of both",
      "await after(50); await fetch(url).then((r) => r.arrayBuffer()); await after(50); done = 'done';",
    ],
  ])("comes to its end: %s", async (_name, work) => {
    vi.spyOn(globalThis, "fetch").mockImplementation(
      () => new Promise((resolve) => setTimeout(() => resolve(new Response("answer")), 100)),
    );
    try {
      const { call } = await deploy({
        functions: {
          "work.js": counted(
            `async (c, e, cb) => { cb(null, told(done)); if (e.work) { ${work} } }`,
            "let done = 'not-yet'; const url = 'http://away.example/';",
          ),
        },
      });
      const first = instanceOf(await call("/work?work=1"));
      let atOnce = 0;
      await vi.waitFor(
        async () => {
          // More than are free: the one that was at work is asked too.
          atOnce += 1;
          const all = await Promise.all(Array.from({ length: atOnce }, () => call("/work")));
          const same = all.find((answer) => instanceOf(answer) === first);
          expect(same?.body.split(" ")[2]).toBe("done");
        },
        { timeout: 9_000, interval: 250 },
      );
    } finally {
      vi.restoreAllMocks();
    }
  });

  it("does not poison a promise that later calls wait for", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(
      () => new Promise((resolve) => setTimeout(() => resolve(new Response("sid")), 300)),
    );
    try {
      const { call } = await deploy({
        functions: {
          "ready.js": `
            const https = require("https");
            const ready = new Promise((r) => https.get("https://example.com/config", (m) => { let b = ""; m.on("data", (c) => (b += c)); m.on("end", () => r(b)); }));
            exports.handler = async (context, event, callback) => {
              if (!event.ok) return callback(null, "bad input");
              callback(null, await ready);
            };`,
        },
      });
      expect((await call("/ready")).body).toBe("bad input");
      expect((await call("/ready?ok=1")).body).toBe("sid");
      await new Promise((resolve) => setTimeout(resolve, 600));
      const both = await Promise.all([call("/ready?ok=1"), call("/ready?ok=1")]);
      expect(both.map(({ body }) => body)).toEqual(["sid", "sid"]);
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe("an instance is given up", () => {
  it("when its time after the answer is over, and nobody had it meanwhile", async () => {
    const { call, logs } = await deploy({
      functions: {
        "on.js": counted(
          "async (c, e, cb) => { cb(null, told()); if (e.on) { console.log('on'); setInterval(() => {}, 20); } }",
        ),
      },
      host: { tail: 1_000 },
    });
    const first = instanceOf(await call("/on?on=1"));
    const three = async () => {
      const all = await Promise.all([call("/on"), call("/on"), call("/on")]);
      return all.map((answer) => [answer.status, instanceOf(answer) === first]);
    };
    expect(await three()).toEqual(Array(3).fill([200, false]));
    // A call's lines come when it is over: the timer goes on for ever.
    expect(await logs(1)).toEqual(["INFO on"]);
    expect(await three()).toEqual(Array(3).fill([200, false]));
  });

  it("with all that its call has logged", async () => {
    const { call, logs } = await deploy({
      functions: { "never.js": "exports.handler = () => console.log('before');" },
    });
    expect((await call("/never", { timeout: 100 })).status).toBe(504);
    expect(await logs(2)).toEqual(["INFO before", "ERROR Runtime application timed out."]);
  });

  it.each([
    ["that timed out", "/never", 504],
    ["whose function exited", "/exit", 500],
  ])("%s: the next call finds a new one", async (_name, path, status) => {
    const { call } = await deploy({
      functions: {
        "fine.js": counted("(c, e, cb) => cb(null, globalThis.mark ??= told())"),
        "never.js": "exports.handler = () => {};",
        "exit.js": "exports.handler = () => process.exit(1);",
      },
    });
    const before = await call("/fine");
    expect((await call("/fine")).body).toBe(before.body);
    expect((await call(path, { timeout: 100 })).status).toBe(status);
    for (let count = 0; count < 3; count++) {
      const after = await call("/fine");
      expect([after.status, instanceOf(after) === instanceOf(before)]).toEqual([200, false]);
    }
  });
});

/** Each is done right after an answer, or soon; Node's process would be gone by then. */
const DEATHS: [name: string, source: string, logged: string[]][] = [
  ["process.exit() at once", "process.exit(1);", []],
  ["process.exit() in a microtask", "Promise.resolve().then(() => process.exit(1));", []],
  ["process.exit() in a tick", "process.nextTick(() => process.exit(1));", []],
  ["process.exit() in setImmediate()", "setImmediate(() => process.exit(1));", []],
  ["process.exit() in a timer", "setTimeout(() => process.exit(1), 20);", []],
  ["process.abort()", "process.abort();", []],
  ["an error in a timer", "setTimeout(() => { throw new Error('late'); }, 20);", ["late"]],
  ["an error in a tick", "process.nextTick(() => { throw new Error('tick'); });", ["tick"]],
  ["a promise that rejects unseen", "Promise.reject(new Error('unseen'));", ["unseen"]],
];

describe("an answer stands, whatever its function does then", () => {
  it.each(DEATHS)(
    "%s: its lines are kept, and the next call finds a new instance",
    async (...[, source, errors]) => {
      const { call, logs } = await deploy({
        functions: {
          "f.js": counted(
            `(c, e, cb) => { console.log("before"); cb(null, told("x".repeat(e.size))); ${source} }`,
          ),
          "fine.js": counted("(c, e, cb) => cb(null, globalThis.mark ??= told())"),
        },
      });
      const before = await call("/fine");
      const answer = await call("/f?size=3000000");
      expect([answer.status, callsOf(answer), answer.body.length > 3_000_000]).toEqual([
        200,
        1,
        true,
      ]);
      const lines = await logs(1 + errors.length);
      expect(lines.map((line) => line.split("\n")[0])).toEqual([
        "INFO before",
        ...errors.map((error) => `ERROR Error: ${error}`),
      ]);
      const after = [await call("/fine"), await call("/fine")];
      expect(after.map(({ status, body }) => [status, body === before.body])).toEqual([
        [200, false],
        [200, false],
      ]);
    },
  );

  it("an error that a listener of process takes ends nothing", async () => {
    const { call, logs } = await deploy({
      functions: {
        "heard.js": counted(
          "(c, e, cb) => { setTimeout(() => { throw new Error('thrown'); }, 1); Promise.reject(new Error('rejected')); setTimeout(() => cb(null, told()), 20); }",
          "for (const name of ['uncaughtException', 'unhandledRejection']) process.on(name, (error) => console.log(name, error.message));",
        ),
      },
    });
    const [first, second] = [await call("/heard"), await call("/heard")];
    expect([first.status, second.status, callsOf(second)]).toEqual([200, 200, 2]);
    expect((await logs(4)).slice(0, 2)).toEqual([
      "INFO unhandledRejection rejected",
      "INFO uncaughtException thrown",
    ]);
  });
});

describe("a call that waits for its turn to start an instance", () => {
  const none = new Set<never>();
  const take = (pool: ReturnType<typeof poolOf>) => takeInstance(pool, 100, 0, none)?.instance;

  it("takes the one that was freed meanwhile, and starts none then", () => {
    const pool = poolOf("freed", "freed", "ZE");
    const [first, second] = [take(pool), take(pool)];
    if (!first || !second) throw new Error("none taken");
    expect(takeFreed(pool, second, 100, 1, none)).toBe(second);
    returnInstance(first, "idle", 2, 10);
    expect(takeFreed(pool, second, 100, 3, none)).toBe(first);
    expect(pool.instances).toEqual([first]);
    // It has a call now: the next starts another, under a number of its own.
    expect(take(pool)?.number).toBe(1);
  });
});
