import { DurableObject } from "cloudflare:workers";
import type { BuildError } from "../store/builds.ts";
import type { BuildOrder, BuildSids } from "./make-functions.ts";

/** Milliseconds until a build that was checked and never begun is forgotten. */
const FORGOTTEN = 10 * 60 * 1000;

export type Check =
  | { ok: true }
  /** Without errors where it could not be told in time: the build itself will tell. */
  | { ok: false; errors: BuildError[] };

/**
 * A build with functions while it is made: an object a build, driven by its alarm, which goes on after
 * a crash of everything. What each step found stands in its storage; nothing does once it has ended.
 */
export class BuildObject extends DurableObject<Env> {
  #ended = Promise.withResolvers<void>();

  /** Checks what can be checked at once, and keeps what was found for the build. */
  async check(order: BuildOrder): Promise<Check> {
    const { checkFunctions } = await import("./make-functions.ts");
    const outcome = await checkFunctions(this.env, this.ctx.storage, order);
    if (outcome.ok) await this.ctx.storage.setAlarm(Date.now() + FORGOTTEN);
    else await this.ctx.storage.deleteAll();
    return outcome;
  }

  /** Begins, or goes on with, the build that D1 knows by these SIDs. */
  async start(sids: BuildSids): Promise<void> {
    await this.ctx.storage.put("build", sids);
    await this.ctx.storage.setAlarm(Date.now());
  }

  /** Resolves when the build has ended, or after `milliseconds`. */
  async ended(milliseconds: number): Promise<void> {
    await Promise.race([this.#ended.promise, scheduler.wait(milliseconds)]);
  }

  override async alarm(): Promise<void> {
    const { advanceBuild } = await import("./advance-build.ts");
    const next = await advanceBuild(this.env, this.ctx.storage);
    if (next !== null) return this.ctx.storage.setAlarm(Date.now() + next);
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#ended.resolve();
    this.#ended = Promise.withResolvers();
  }
}
