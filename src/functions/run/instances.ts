import type { InstanceState } from "../runner/protocol.ts";

/**
 * Which instances of each deployment's Worker this isolate of the gateway knows, and which of them are
 * free. It is only what is known here: the instance itself refuses a second call, whoever makes it.
 * Plain data alone, since it outlives requests.
 */
export type Instance = {
  /** Small numbers are taken again and again: every id that is used in a day costs. */
  number: number;
  /** Counts up where the id stands for a Worker that cannot be reached or given up. */
  generation: number;
  /** When it will be free, in milliseconds since 1970; it may be so earlier where it only works on. */
  occupiedUntil: number;
  working: boolean;
  /** Refusals in a row by an instance that is spent, and should have been gone. */
  stale: number;
  usedAt: number;
};

/** A call that waits, and until when at most. Plain data: what one request resolves wakes no other reliably. */
export type Waiting = { until: number };

export type Pool = {
  /** The Worker's id, without what tells its instances apart. */
  id: string;
  deployment: string;
  environmentSid: string;
  instances: Instance[];
  /** Milliseconds that its functions lately took for a call; null before there was one. */
  lately: number | null;
  /** Milliseconds that the latest new instance took with its first call; null before there was one. */
  startLately: number | null;
  /** Whether its latest answer was large. */
  answersLarge: boolean;
  /** Calls that have ended. */
  ended: number;
  /** Milliseconds that calls have waited in place of starting an instance, since one did not. */
  waited: number;
  /** Until when, in milliseconds since 1970, no call waits for another. */
  patientFrom: number;
  /** The calls that wait for an instance, first come first. */
  waiting: Waiting[];
};

/** An instance taken for a call; `isNew` where this isolate has not used it before. */
export type Taken = { instance: Instance; isNew: boolean };

/** More than an account may have calls at once: others are those that work on after an answer. */
const MAX_INSTANCES = 60;

/** Instances that one isolate keeps for later calls, of all deployments; each has some megabytes. */
const MAX_KEPT = 50;

/** Instances that one call ends beside its own: a request may have four Workers of this kind. */
const MOST_ENDED = 2;

/** Milliseconds after which an unused instance is not kept for later calls. */
const KEPT_FOR = 15 * 60 * 1000;

/** Milliseconds until an id whose instance was given up stands for a new one. */
const REST = 250;

/** Milliseconds after which an instance that was busy is asked again. */
const BUSY = 1_000;

/** Working instances that one call asks whether they are done, before it starts a new one. */
const PROBES = 2;

const pools = new Map<string, Pool>();

/** Returns what is known of the Worker `id`'s instances. */
export function poolOf(id: string, deployment: string, environmentSid: string): Pool {
  const known = pools.get(id);
  if (known !== undefined) return known;
  const pool: Pool = {
    ...{ id, deployment, environmentSid },
    ...{ instances: [], lately: null, startLately: null, answersLarge: false },
    ...{ ended: 0, waited: 0, patientFrom: 0, waiting: [] },
  };
  pools.set(id, pool);
  return pool;
}

/** The id that the Worker Loader knows an instance by. */
export function instanceId({ id }: Pool, { number, generation }: Instance): string {
  return generation === 0 ? `${id}:${number}` : `${id}:${number}.${generation}`;
}

/** How many instances are free that have served before. */
export function freeInstances({ instances }: Pool, now: number): number {
  let free = 0;
  for (const { occupiedUntil, usedAt } of instances) if (occupiedUntil <= now && usedAt > 0) free++;
  return free;
}

/**
 * Takes an instance for a call of at most `timeout` milliseconds: the free one that was used last, else
 * one that may have done what it still did, else a new one; null where there are too many. None of
 * `tried` is taken again.
 */
export function takeInstance(
  pool: Pool,
  timeout: number,
  now: number,
  tried: ReadonlySet<Instance>,
): Taken | null {
  const known = freeInstance(pool, now, tried);
  const instance = known ?? newInstance(pool);
  if (instance === null) return null;
  instance.working = false;
  instance.usedAt = now;
  instance.occupiedUntil = now + timeout;
  return { instance, isNew: known === null };
}

function freeInstance(pool: Pool, now: number, tried: ReadonlySet<Instance>): Instance | null {
  const untried = pool.instances.filter((instance) => !tried.has(instance));
  const latest = (of: Instance[]) =>
    of.reduce<Instance | null>(
      (best, one) => (best && best.usedAt > one.usedAt ? best : one),
      null,
    );
  const free = latest(untried.filter(({ occupiedUntil }) => occupiedUntil <= now));
  if (free !== null || [...tried].filter(({ working }) => working).length >= PROBES) return free;
  return latest(untried.filter(({ working }) => working));
}

function newInstance(pool: Pool): Instance | null {
  const { instances } = pool;
  if (instances.length >= MAX_INSTANCES) return null;
  let number = 0;
  while (instances.some((known) => known.number === number)) number += 1;
  const instance: Instance = {
    number,
    generation: 0,
    occupiedUntil: 0,
    working: false,
    stale: 0,
    usedAt: 0,
  };
  instances.push(instance);
  return instance;
}

/**
 * Takes, in place of `unstarted`, which waited for its turn to start, one that has become free
 * meanwhile; `unstarted` itself where there is none.
 */
export function takeFreed(
  pool: Pool,
  unstarted: Instance,
  timeout: number,
  now: number,
  tried: ReadonlySet<Instance>,
): Instance {
  const freed = pool.instances
    .filter((instance) => instance.occupiedUntil <= now && !tried.has(instance))
    .reduce<Instance | null>((best, one) => (best && best.usedAt > one.usedAt ? best : one), null);
  if (freed === null) return unstarted;
  pool.instances = pool.instances.filter((instance) => instance !== unstarted);
  freed.working = false;
  freed.usedAt = now;
  freed.occupiedUntil = now + timeout;
  return freed;
}

/** Says how an instance is after its call; where it works on, for at most `tail` milliseconds. */
export function returnInstance(
  instance: Instance,
  state: InstanceState,
  now: number,
  tail: number,
): void {
  instance.usedAt = now;
  instance.stale = 0;
  instance.working = state === "working";
  if (state === "working") instance.occupiedUntil = now + tail + REST;
  else instance.occupiedUntil = state === "idle" ? 0 : now + REST;
}

/** Says that an instance refused a call since it is still at another's, perhaps of another isolate. */
export function instanceBusy(instance: Instance, now: number): void {
  instance.working = true;
  instance.occupiedUntil = now + BUSY;
  instance.usedAt = 0;
}

/** Says that an instance refused a call since it is given up. It should be gone by the next time. */
export function instanceSpent(instance: Instance, now: number): void {
  instance.stale += 1;
  if (instance.stale > 1) {
    instanceLost(instance);
    return;
  }
  instance.occupiedUntil = now + REST;
  instance.usedAt = 0;
}

/** Says that an instance cannot be reached: another takes its place, under another id. */
export function instanceLost(instance: Instance): void {
  instance.generation += 1;
  instance.stale = 0;
  instance.working = false;
  instance.occupiedUntil = 0;
  instance.usedAt = 0;
}

/** The one that has worked on for the longest after its answer, to give way to a call. */
export function longestWorking(pool: Pool): Instance | null {
  return pool.instances
    .filter(({ working }) => working)
    .reduce<Instance | null>(
      (first, one) => (first && first.usedAt <= one.usedAt ? first : one),
      null,
    );
}

/**
 * Forgets, and returns the ids of, free instances that no call will come to: of other deployments of
 * the pool's environment, and the longest unused of all where there are too many. A few at a time: the next call goes on.
 */
export function forgetUnneeded(pool: Pool, now: number): string[] {
  const forgotten: string[] = [];
  const kept: { of: Pool; instance: Instance }[] = [];
  for (const of of pools.values()) {
    const replaced = of.environmentSid === pool.environmentSid && of.deployment !== pool.deployment;
    of.instances = of.instances.filter((instance) => {
      if (instance.occupiedUntil > now) return true;
      const unneeded = replaced || instance.usedAt < now - KEPT_FOR;
      if (unneeded && forgotten.length < MOST_ENDED) {
        forgotten.push(instanceId(of, instance));
        return false;
      }
      kept.push({ of, instance });
      return true;
    });
    if (of.instances.length === 0 && of !== pool) pools.delete(of.id);
  }
  kept.sort((one, other) => other.instance.usedAt - one.instance.usedAt);
  const tooMany = kept.slice(MAX_KEPT).slice(0, MOST_ENDED - forgotten.length);
  for (const { of, instance } of tooMany) {
    of.instances = of.instances.filter((other) => other !== instance);
    forgotten.push(instanceId(of, instance));
  }
  return forgotten;
}
