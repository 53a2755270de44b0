import { WorkerEntrypoint } from "cloudflare:workers";
import type { Dependency, Lock } from "../../contract/lock.ts";
import { type Bucket, openBucket } from "./bucket.ts";
import { checkBuild } from "./check.ts";
import { install } from "./install.ts";
import { writePackage } from "./pack.ts";
import type {
  BrokenFiles,
  BuilderEnv,
  Builder as BuilderMethods,
  BuildInput,
  CheckedSources,
  Laid,
  Needed,
  Outcome,
} from "./protocol.ts";
import { Refusal, Unavailable } from "./refusal.ts";
import { openRegistry, type Registry } from "./registry.ts";
import { resolveTree } from "./resolve.ts";

/** The entrypoint of the builder's Worker: each method is one step of a build. */
export default class Builder extends WorkerEntrypoint<BuilderEnv> implements BuilderMethods {
  check(input: BuildInput): Promise<Outcome<CheckedSources>> {
    const { bucket, registry } = this.#stores();
    return outcome(() => checkBuild(bucket, registry, input));
  }

  resolve(needed: Needed[], others: Dependency[]): Promise<Outcome<Lock>> {
    const { registry } = this.#stores();
    return outcome(async () => done(await resolveTree(registry, needed, others)));
  }

  lay(lock: Lock, checked: CheckedSources, broken: BrokenFiles): Promise<Outcome<Laid>> {
    const { bucket, registry } = this.#stores();
    return outcome(async () => done(await install(bucket, registry, lock, checked, broken)));
  }

  pack(key: string, checked: CheckedSources, laid: Laid): Promise<Outcome<null>> {
    const { bucket } = this.#stores();
    return outcome(async () => {
      await writePackage(bucket, key, checked, laid);
      return done(null);
    });
  }

  #stores(): { bucket: Bucket; registry: Registry } {
    const { store, registries: places, fault } = this.env;
    return { bucket: openBucket(store), registry: openRegistry({ places, fault }) };
  }
}

function done<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

async function outcome<Value>(work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Unavailable)) throw error;
    const errors = error.message.split("\n").map((message) => ({ message }));
    return { ok: false, errors, retry: error instanceof Unavailable };
  }
}
