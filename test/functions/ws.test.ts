import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { deploy } from "./harness.ts";

it("ws", async () => {
  const { call, logs, warnings } = await deploy({
    dependencies: [{ name: "ws", version: "^8" }] as never,
    registry: (env as never as { NPM_REGISTRY: string }).NPM_REGISTRY,
    functions: {
      "global.js": `exports.handler = (c, e, cb) => { const ws = new WebSocket("ws://127.0.0.1:18999/x"); ws.addEventListener("open", () => ws.send("hi")); ws.addEventListener("message", (m) => { ws.close(); cb(null, String(m.data)); }); ws.addEventListener("error", (e) => cb(e.error || e.message || "error")); };`,
      "pkg.js": `const W = require("ws"); exports.handler = (c, e, cb) => { const ws = new W("ws://127.0.0.1:18999/x"); ws.on("open", () => ws.send("hi")); ws.on("message", (m) => { ws.close(); cb(null, String(m)); }); ws.on("error", (e) => cb(e)); };`,
      "up.js": `exports.handler = async (c, e, cb) => { const r = await fetch("http://127.0.0.1:18999/x", { headers: { Upgrade: "websocket" } }); const s = r.webSocket; if (!s) return cb(null, "none " + r.status); s.accept(); s.addEventListener("message", (m) => cb(null, "up " + m.data)); s.send("hi"); };`,
    },
  });
  console.log(JSON.stringify(warnings));
  for (const path of ["/global", "/up", "/pkg"]) {
    const { status, body } = await call(path, { timeout: 3000 });
    console.log(path, status, body);
  }
  console.log(await logs(1));
  expect(1).toBe(2);
});
