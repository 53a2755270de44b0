import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { IMPOSSIBLE } from "../../src/functions/build/recipes.ts";
import { builderFor } from "../../src/publish/build-worker.ts";
import { prebuiltLibraries } from "../../src/publish/prebuilt-libraries.ts";
import { deploy, orderOf } from "./harness.ts";

const HANDLER = "exports.handler = (context, event, callback) => callback();";

/** A function that answers what its body returns, as JSON. */
function answering(body: string): string {
  return `exports.handler = async (context, event, callback) => {
    callback(null, { value: await (async () => { ${body} })() });
  };`;
}

async function answer(body: string, dependencies: Record<string, string>) {
  const { call, warnings } = await deploy({
    functions: { "f.js": answering(body) },
    dependencies: Object.entries(dependencies).map(([name, version]) => ({ name, version })),
  });
  const { value, message } = JSON.parse((await call("/f")).body);
  return { value: value ?? message, warnings: warnings.map((warning) => warning.message) };
}

describe("recipes", () => {
  it("depd: the file for browsers, since Node's makes code from text", async () => {
    const body = `return typeof require("depd")("test")("old");`;
    expect(await answer(body, { depd: "*" })).toEqual({ value: "undefined", warnings: [] });
  });

  it("fast-redact: a stand-in that compiles nothing", async () => {
    const body = `const redact = require("fast-redact")({ paths: ["a.b", "list[*].c", "d"] });
      const value = { a: { b: 1, e: 2 }, list: [{ c: 3 }, { f: 4 }], d: 5 };
      return [JSON.parse(redact(value)), value.a.b, typeof redact.restore];`;
    const value = [
      { a: { b: "[REDACTED]", e: 2 }, list: [{ c: "[REDACTED]" }, { f: 4 }], d: "[REDACTED]" },
      ...[1, "function"],
    ];
    expect(await answer(body, { "fast-redact": "*" })).toEqual({ value, warnings: [] });
  });

  it("mysql2: its parsers that compile nothing, where it has them", async () => {
    const body = `const { text, binary } = require("mysql2");
      return [new (text("a", "b", "c"))(["a"]).next(), binary("a", "b", "c")];`;
    const value = ["static a b c", "static a b c"];
    expect(await answer(body, { mysql2: "3.24.6-made" })).toEqual({ value, warnings: [] });
    // Those before have none: theirs are interpreted.
    const older = `const { binary } = require("mysql2"); return binary();`;
    expect(await answer(older, { mysql2: "2.0.0-made" })).toEqual({ value: 1, warnings: [] });
  });

  it("undici: over the runtime's own fetch, since it has no connections of its own", async () => {
    const body = `const { request, fetch, Agent, setGlobalDispatcher, ProxyAgent, errors } = require("undici");
      setGlobalDispatcher(new Agent({ connect: { timeout: 1 } }));
      const { statusCode, headers, body } = await request("http://127.0.0.1:1/", {
        method: "POST", headers: ["x-a", "1"], body: "b", query: { q: "1" },
      }).catch((error) => ({ statusCode: error.message }));
      let proxy;
      try { new ProxyAgent("http://p.example"); } catch (error) { proxy = error.code; }
      return [statusCode, typeof fetch, proxy, new Agent() instanceof require("undici").Dispatcher];`;
    const value = [expect.stringContaining("127.0.0.1"), "function", "UND_ERR_NOT_SUPPORTED", true];
    expect(await answer(body, { undici: "*" })).toEqual({ value, warnings: [] });
  });

  it.each<[string, path: string, said: string, events: unknown[]]>([
    ["text", "/", `ws.on("open", () => ws.send("hi"));`, ["open", "message hi false"]],
    [
      "bytes",
      "/",
      `ws.on("open", () => ws.send(Buffer.from([1, 2])));`,
      ["open", "message \u0001\u0002 true"],
    ],
    [
      "header fields and a protocol",
      "/",
      `ws.onopen = () => { events.push(ws.protocol); ws.send("who"); };`,
      ["b", "open", "message Bearer t false"],
    ],
    [
      "an end that the server makes",
      "/",
      `ws.on("open", () => ws.send("end"));`,
      ["open", "close 4001 as asked"],
    ],
    [
      "an end of its own",
      "/",
      `ws.addEventListener("open", () => ws.close(1000, "done"));`,
      ["open", "close 1000 done"],
    ],
    ["a ping", "/", `ws.on("open", () => ws.ping());`, ["open", "pong"]],
    [
      "a handshake that is refused",
      "/refused",
      "",
      ["error Unexpected server response: 401", "close 1006 "],
    ],
    [
      "a host that nobody has",
      "ws://nobody.invalid/",
      "",
      ["error getaddrinfo ENOTFOUND nobody.invalid", "close 1006 "],
    ],
  ])("ws: a client over the runtime's own WebSocket: %s", async (_name, path, said, events) => {
    const url = path.startsWith("/") ? `ws://${env.WEBSOCKET_ECHO}${path}` : path;
    const body = `const WebSocket = require("ws");
      const events = [];
      await new Promise((resolve) => {
        const ws = new WebSocket("${url}", ["a", "b"], { headers: { Authorization: "Bearer t" } });
        ${said}
        ws.on("open", () => events.push("open"));
        ws.on("message", (data, binary) => { events.push("message " + data + " " + binary); resolve(); });
        ws.on("pong", () => { events.push("pong"); resolve(); });
        ws.on("error", ({ message }) => events.push("error " + message));
        ws.on("close", (code, reason) => { events.push("close " + code + " " + reason); resolve(); });
      });
      return events;`;
    expect(await answer(body, { ws: "*" })).toEqual({ value: events, warnings: [] });
  });

  it("ssh2: its Poly1305 without WebAssembly (RFC 8439, 2.5.2)", async () => {
    const body = `const { HEAPU8, cwrap } = await require("ssh2")();
      const key = Buffer.from("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", "hex");
      const text = Buffer.from("Cryptographic Forum Research Group");
      cwrap()(0, text, 4, text.subarray(4), 30, key);
      return Buffer.from(HEAPU8.buffer, 0, 16).toString("hex");`;
    const value = "a8061dc1305136c6c22b8baf0c0127a9";
    expect(await answer(body, { ssh2: "*" })).toEqual({ value, warnings: [] });
  });

  it("jsonpath: the file for browsers, since Node's compiles a file that it reads", async () => {
    const body = `return require("jsonpath");`;
    expect(await answer(body, { jsonpath: "*" })).toEqual({ value: "browser's", warnings: [] });
  });

  it("googleapis and aws-sdk: the parts whose names stand in the code", async () => {
    const body = `const { google } = require("googleapis");
      const used = google.sheets();
      return [used, google.drive(), google["gm" + "ail"]()];`;
    const { value } = await answer(body, { googleapis: "1.0.0-made" });
    expect(value).toEqual(["sheets", "drive", {}]);
  });
});

describe("WebAssembly that code compiles as it runs", () => {
  it("is there as modules of the Worker: files of a package, and what stands in its code", async () => {
    const answered = await answer(`return require("made-adder")();`, { "made-adder": "*" });
    expect(answered).toEqual({ value: [5, 5, 5, 5, "CompileError"], warnings: [] });
  });

  it("so it is of private assets; one that is none keeps nothing from starting", async () => {
    const adder = Uint8Array.fromBase64("AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=");
    const { call, warnings } = await deploy({
      functions: {
        "f.js": `exports.handler = async (c, e, cb) => {
          const bytes = (path) => require("fs").readFileSync(Runtime.getAssets()[path].path);
          const { instance } = await WebAssembly.instantiate(bytes("/add.wasm"));
          const none = await WebAssembly.compile(bytes("/none.wasm")).catch((error) => error.name);
          cb(null, [instance.exports.add(2, 3), none]);
        };`,
      },
      assets: { "add.wasm": adder, "none.wasm": adder.slice(0, 20) },
    });
    expect([JSON.parse((await call("/f")).body), warnings]).toEqual([[5, "CompileError"], []]);
  });
});

describe("what can run in no dynamic Worker", () => {
  it.each(Object.keys(IMPOSSIBLE))(
    "is refused at once: %s, with what does instead",
    async (name) => {
      const order = await orderOf({
        functions: { "f.js": `require("${name}");` },
        dependencies: [{ name, version: "*" }],
      });
      const prebuilt = await prebuiltLibraries(env.ASSETS);
      const checked = await builderFor(env, order.serviceSid, 0).check({
        ...order,
        prebuilt,
        lock: null,
      });
      const reason =
        /^Dependency (\S+)@\* cannot run here: it (?:needs|starts|drives) .+(?:[;,] | without).+\.$/;
      expect(!checked.ok && checked.errors.map(({ message }) => reason.exec(message)?.[1])).toEqual(
        [name],
      );
    },
  );
});

describe("what loads and fails when it is called is a warning", () => {
  it.each([
    [
      "made-spawns",
      "made-spawns@1.0.0 uses child_process, which is not there: calls that need it fail, and a service by HTTP does instead",
    ],
    [
      "made-wasm",
      "made-wasm@1.0.0 compiles WebAssembly, which the runtime refuses: calls that need it fail, and plain JavaScript does instead",
    ],
    ["made-scripted", "made-scripted@1.0.0 has an install script, and none is run here"],
    [
      "made-native",
      "made-native@1.0.0 asks for native code (build/addon.node), which cannot run here",
    ],
    ["made-gyp", "made-gyp@1.0.0 asks for native code (binding.gyp), which cannot run here"],
    [
      "made-machines",
      "made-machines@1.0.0 has native code, a package for each kind of machine, which cannot run here",
    ],
    [
      "made-crowd",
      "made-crowd@1.0.0 has 501 files that may be meant by a name which begins with ./many/: they are not laid, and one that no code names whole is missing",
    ],
    ["made-full-document", "made-full-document@1.0.0 has an install script, and none is run here"],
  ])("%s", async (name, warning) => {
    const { value, warnings } = await answer(`return require("${name}").loaded;`, { [name]: "*" });
    expect([value, warnings]).toEqual([true, [warning]]);
  });

  it("data that is too large to be laid", async () => {
    const { warnings } = await answer(`return require("made-large").loaded;`, {
      "made-large": "*",
    });
    expect(warnings).toEqual([
      "made-large@1.0.0 is laid without large.bin (4.5 MiB): a data file may have 4.0 MiB",
    ]);
  });

  it("in a function's own code, and in what it loads", async () => {
    const { warnings } = await deploy({
      functions: {
        "spawns.js": `const { spawn } = require("node:child_process"); ${HANDLER}`,
        "plain.js": `Function("return this")(); ${HANDLER}`,
        "wasm.js": `const { Module } = WebAssembly; ${HANDLER}`,
      },
    });
    expect(warnings).toEqual([
      {
        path: "/spawns",
        message:
          "It uses child_process, which is not there: calls that need it fail, and a service by HTTP does instead",
      },
      {
        path: "/wasm",
        message:
          "It compiles WebAssembly, which the runtime refuses: calls that need it fail, and plain JavaScript does instead",
      },
    ]);
  });

  it("a file that is no JavaScript, without keeping the others from starting", async () => {
    const body = `const found = [require("made-broken").loaded];
      for (const file of ["bad.js", "bad.mjs"]) {
        try { await import("made-broken/" + file); } catch (error) { found.push(error.name); }
      }
      return found;`;
    const { value, warnings } = await answer(
      `if (0) { require("made-broken/bad.js"); import("made-broken/bad.mjs"); } ${body}`,
      { "made-broken": "*" },
    );
    expect(value).toEqual([true, "SyntaxError", "SyntaxError"]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^\/bundle\/node_modules\/made-broken\/bad\.\w+: .*: what requires it fails$/,
      ),
      expect.stringMatching(
        /^\/bundle\/node_modules\/made-broken\/bad\.\w+: .*: what requires it fails$/,
      ),
    ]);
  });
});
