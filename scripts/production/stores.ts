/** Each store is looked for by its name and made when there is none: a second run finds the first's. */
import type { StoreIds, StoreNames } from "./configuration.ts";
import { DeployFailure } from "./failure.ts";
import { jsonIn, type Wrangler, WranglerFailure } from "./wrangler.ts";

/** Returns the id of the KV namespace `title`. */
async function ensureNamespace(wrangler: Wrangler, title: string): Promise<string> {
  const find = async () =>
    jsonIn<{ id: string; title: string }[]>(await wrangler(["kv", "namespace", "list"])).find(
      (namespace) => namespace.title === title,
    )?.id;
  return ensure(`KV namespace ${title}`, find, () =>
    wrangler(["kv", "namespace", "create", title]),
  );
}

/**
 * Makes sure that there is an R2 bucket `name`. wrangler lists an account's first twenty alone: one
 * that is not among them, and cannot be made because it exists, is there too.
 */
async function ensureBucket(wrangler: Wrangler, name: string, location: string): Promise<void> {
  const names = (await wrangler(["r2", "bucket", "list"])).matchAll(/^name:\s+(\S+)\s*$/gm);
  const known =
    [...names].some(([, found]) => found === name) ||
    !(await createBucket(wrangler, name, location));
  console.log(`  R2 bucket ${name} ${known ? "is there" : "made"}`);
}

/** What Cloudflare answers who makes a bucket for the second time; bucket names are the account's own. */
const BUCKET_EXISTS = /already exists|\[code: 100(?:04|73)\]/;

/** Makes a bucket; false where there is one of this name. */
async function createBucket(wrangler: Wrangler, name: string, location: string): Promise<boolean> {
  try {
    await wrangler(["r2", "bucket", "create", name, "--location", location]);
    return true;
  } catch (error) {
    if (error instanceof WranglerFailure && BUCKET_EXISTS.test(error.output)) return false;
    throw error;
  }
}

/** Returns the id of the D1 database `name`. */
async function ensureDatabase(wrangler: Wrangler, name: string, location: string): Promise<string> {
  const find = async () =>
    jsonIn<{ uuid: string; name: string }[]>(await wrangler(["d1", "list", "--json"])).find(
      (database) => database.name === name,
    )?.uuid;
  const create = () => wrangler(["d1", "create", name, "--location", location]);
  return ensure(`D1 database ${name}`, find, create);
}

/**
 * Makes sure of all three and returns the identifiers that the configuration needs. `location` is
 * where what is made is kept; what is there stays where it is.
 */
export async function ensureStores(
  wrangler: Wrangler,
  { known, ...names }: StoreNames,
  location: string,
): Promise<StoreIds> {
  const namespace = known.namespace ?? (await ensureNamespace(wrangler, names.namespace));
  await ensureBucket(wrangler, names.bucket, location);
  const database = known.database ?? (await ensureDatabase(wrangler, names.database, location));
  return { namespace, database };
}

async function ensure(
  what: string,
  find: () => Promise<string | undefined>,
  create: () => Promise<unknown>,
): Promise<string> {
  const known = await find();
  if (known !== undefined) {
    console.log(`  ${what} is there`);
    return known;
  }
  await create();
  const made = await find();
  if (made === undefined)
    throw new DeployFailure(`The ${what} was made and is not found. Run again.`);
  console.log(`  ${what} made`);
  return made;
}
