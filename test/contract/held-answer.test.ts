import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { ByteBudget } from "../../src/contract/byte-budget.ts";
import { heldAnswer } from "../../src/contract/held-answer.ts";

const KB = 1024;
const PACE = { stall: 10_000, rate: KB };

describe("an answer that is held", () => {
  it("comes whole, and is held until it is read", async () => {
    const budget = new ByteBudget(1_000 * KB);
    const ctx = createExecutionContext();
    const bytes = crypto.getRandomValues(new Uint8Array(60 * KB));
    const whole = new Uint8Array(300 * KB).fill(1);
    whole.set(bytes, 150 * KB);
    const body = heldAnswer(whole, budget.open("a"), PACE, ctx);
    expect(budget.taken).toBe(300 * KB);
    const read = new Uint8Array(await new Response(body).arrayBuffer());
    expect(read).toEqual(whole);
    await waitOnExecutionContext(ctx);
    expect(budget.taken).toBe(0);
  });

  it("is broken off when its reader is late, and held no more", async () => {
    const budget = new ByteBudget(1_000 * KB);
    const ctx = createExecutionContext();
    const pace = { stall: 50, rate: KB };
    const body = heldAnswer(new Uint8Array(300 * KB), budget.open("a"), pace, ctx);
    await waitOnExecutionContext(ctx);
    expect(budget.taken).toBe(0);
    await expect(new Response(body).arrayBuffer()).rejects.toThrow();
  });

  it("is not sent where there is no room for it", () => {
    const budget = new ByteBudget(500 * KB);
    const ctx = createExecutionContext();
    expect(heldAnswer(new Uint8Array(300 * KB), budget.open("a"), PACE, ctx)).toBe(null);
    expect(budget.taken).toBe(0);
  });

  it("that is small is not held", () => {
    const budget = new ByteBudget(KB);
    const bytes = new Uint8Array(64 * KB);
    expect(heldAnswer(bytes, budget.open("a"), PACE, createExecutionContext())).toBe(bytes);
    expect(budget.taken).toBe(0);
  });
});
