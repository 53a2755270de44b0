import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Callers, PLACES, type Place } from "../../src/gateway/callers.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Milliseconds that a function has. */
const TIME = 10_000;

function enter(callers: Callers, count: number, account = "AC1"): (Place | null)[] {
  return Array.from({ length: count }, () => callers.enter(account, TIME));
}

describe("the places of an account", () => {
  it("are thirty, and those of another account are its own", () => {
    const callers = new Callers();
    expect(enter(callers, PLACES).includes(null)).toBe(false);
    expect(callers.enter("AC1", TIME)).toBe(null);
    expect(callers.enter("AC2", TIME)).not.toBe(null);
  });

  it("are free again when they are left, once each", () => {
    const callers = new Callers();
    const [first] = enter(callers, PLACES);
    first?.leave();
    first?.leave();
    expect(enter(callers, 2).map((place) => place !== null)).toEqual([true, false]);
  });

  it("are taken from the caller whose body has stood still for the longest", () => {
    const callers = new Callers();
    const places = enter(callers, PLACES);
    const gaveWay: number[] = [];
    const asked: (undefined | (() => boolean))[] = [];
    for (const [index, place] of places.slice(0, 3).entries()) {
      asked.push(place?.awaitBody(() => gaveWay.push(index)));
      vi.advanceTimersByTime(10);
    }
    places[0]?.progressed();
    places[2]?.bodyCame();
    expect(callers.enter("AC1", TIME)).toBe(null);
    vi.advanceTimersByTime(1_500);
    expect(callers.enter("AC1", TIME)).not.toBe(null);
    expect(gaveWay).toEqual([1]);
    expect(callers.enter("AC1", TIME)).not.toBe(null);
    expect(gaveWay).toEqual([1, 0]);
    // The third has its body: its function runs.
    expect(callers.enter("AC1", TIME)).toBe(null);
    expect(asked.map((isGivenUp) => isGivenUp?.())).toEqual([true, true, false]);
  });

  it("count as left a minute after their function's time, which begins when the body is here", () => {
    const callers = new Callers();
    for (const place of enter(callers, PLACES)) {
      place?.awaitBody(() => {});
      place?.bodyCame();
    }
    vi.advanceTimersByTime(70_000);
    expect(callers.enter("AC1", TIME)).toBe(null);
    vi.advanceTimersByTime(1);
    expect(callers.enter("AC1", TIME)).not.toBe(null);
  });

  it("are kept by a body for as long as it comes", () => {
    const callers = new Callers();
    const places = enter(callers, PLACES);
    for (const place of places) place?.awaitBody(() => {});
    for (let second = 0; second < 200; second++) {
      vi.advanceTimersByTime(1_000);
      for (const place of places) place?.progressed();
    }
    expect(callers.enter("AC1", TIME)).toBe(null);
  });
});
