import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { pacedWrite } from "../../src/publish/paced-write.ts";
import { withdrawHostnames } from "../../src/publish/withdraw.ts";
import { storedValue } from "../stored-value.ts";

describe("withdrawing a hostname", () => {
  it("deletes its KV value, and tells the gateway of this isolate", async () => {
    await env.MANIFESTS.put("host:a.example.net", "a manifest");
    await env.MANIFESTS.put("host:b.example.net", "a manifest");
    const published = vi.fn();
    await withdrawHostnames(env, published, ["a.example.net", "c.example.net"]);
    expect(await storedValue("host:a.example.net")).toBeNull();
    expect(await storedValue("host:b.example.net")).toBe("a manifest");
    expect(published.mock.calls).toEqual([
      ["host:a.example.net", null, { asOf: expect.any(Number), gone: true }],
      ["host:c.example.net", null, { asOf: expect.any(Number), gone: true }],
    ]);
  });
});

describe("a write to one KV key", () => {
  const refusal = new Error("KV PUT failed: 429 Too Many Requests");

  it("that comes too soon after another is made again", async () => {
    const write = vi.fn(async () => {}).mockRejectedValueOnce(refusal);
    await pacedWrite(write);
    expect(write).toHaveBeenCalledTimes(2);
  });

  it("that fails otherwise is not", async () => {
    const failure = new Error("KV PUT failed: 500 Internal Server Error");
    const write = vi.fn(() => Promise.reject(failure));
    await expect(pacedWrite(write)).rejects.toBe(failure);
    expect(write).toHaveBeenCalledTimes(1);
  });
});
