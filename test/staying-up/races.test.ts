/**
 * Several clients change services, one by one and at once, each through an isolate of its own. After
 * every step the asset hosts answer what a model in memory says.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, expect, inject, it, vi } from "vitest";
import { runScheduled } from "../../src/api/scheduled.ts";
import { faultyStores, type Rule } from "../faulty-stores.ts";
import { type Isolate, newIsolate } from "../isolate.ts";
import { storedKeys } from "../stored-keys.ts";
import { type Answer, type Client, clientOf, made } from "./client.ts";

/** What each client's stores wait for in a race, ms: who is first in D1 may be last in KV. */
const DELAYS = [
  { database: 0, write: 100 },
  { database: 40, write: 0 },
  { database: 20, write: 50 },
];
const CLIENTS = DELAYS.length;
/** The last is a function's. It is never public: what is asked here is who may call it. */
const FUNCTION = "/fn";
const PATHS = ["/a.txt", "/b.txt", FUNCTION];
const VISIBILITIES = ["public", "protected", "private"] as const;
const MONTH = 30 * 24 * 3600 * 1000;
/** The property ends by itself after so long, whatever it has tried by then. */
const TIME_LIMIT = 25_000;
const SEED = inject("seed");

type Version = { sid: string; path: string; content: string; visibility: string };
type Environment = { url: string; origin: string; serves: string | null };
type Service = {
  sid: string;
  /** By SID. */
  builds: Map<string, Version[]>;
  versions: Version[];
  environments: Environment[];
};
type Model = {
  services: Service[];
  /** Of deleted services. */
  gone: string[];
};
type Real = {
  clients: { isolate: Isolate; client: Client; setRacing(racing: boolean): void }[];
  bindings: Env;
};
/** Picks one of several by a number, whatever there is when it is its turn. */
const pick = <Item>(items: Item[], number: number): Item | undefined =>
  items[number % items.length];

let serial = 0;
afterEach(() => vi.useRealTimers());

/** What may be done at once, to the service it is aimed at. */
type Change =
  | { kind: "deploy"; environment: number; build: number }
  | { kind: "undeploy"; environment: number }
  | { kind: "delete build"; build: number }
  | { kind: "delete service" };

type Outcome = { status: number; service: Service | null };

/** What the API answers to `change` and what is there after it: the model's one rule book. */
function outcome(change: Change, service: Service | null, buildSids: string[]): Outcome {
  if (service === null) return { status: 404, service };
  switch (change.kind) {
    case "deploy":
    case "undeploy": {
      const build = change.kind === "deploy" ? buildOf(change, buildSids) : null;
      const target = pick(service.environments, change.environment) as Environment;
      if (build !== null && !service.builds.has(build)) return { status: 400, service };
      if (target.serves === build) return { status: 409, service };
      const environments = service.environments.map((environment) =>
        environment === target ? { ...environment, serves: build } : environment,
      );
      return { status: 201, service: { ...service, environments } };
    }
    case "delete build": {
      const sid = buildOf(change, buildSids);
      if (!service.builds.has(sid)) return { status: 404, service };
      if (service.environments.some(({ serves }) => serves === sid))
        return { status: 409, service };
      const builds = new Map(service.builds);
      builds.delete(sid);
      return { status: 204, service: { ...service, builds } };
    }
    case "delete service":
      return { status: 204, service: null };
  }
}

function buildOf(change: { build: number }, buildSids: string[]): string {
  return pick(buildSids, change.build) ?? `ZB${"0".repeat(32)}`;
}

function send(
  client: Client,
  change: Change,
  service: Service,
  buildSids: string[],
): Promise<Answer> {
  const resource = `/Services/${service.sid}`;
  switch (change.kind) {
    case "deploy":
    case "undeploy": {
      const { url } = pick(service.environments, change.environment) as Environment;
      const form = change.kind === "deploy" ? { BuildSid: buildOf(change, buildSids) } : {};
      return client.call("POST", `${url}/Deployments`, form);
    }
    case "delete build":
      return client.call("DELETE", `${resource}/Builds/${buildOf(change, buildSids)}`);
    case "delete service":
      return client.call("DELETE", resource);
  }
}

/** Returns what each service's environments serve by the API, as text; null where it is deleted. */
async function servedByApi(client: Client, service: Service): Promise<string | null> {
  const found = await Promise.all(service.environments.map(({ url }) => client.call("GET", url)));
  return found.some(({ status }) => status === 404)
    ? null
    : found.map(({ body }) => body.build_sid).join();
}

const served = (service: Service | null) =>
  service === null ? null : service.environments.map(({ serves }) => serves ?? "").join();

/** Every host and path answers, in `isolate`, what the model says. */
async function expectAgreement(model: Model, isolate: Isolate, only?: string): Promise<void> {
  const wrong: string[] = [];
  const hosts = model.services.flatMap(({ builds, environments }) =>
    environments.map(({ origin, serves }) => ({ origin, versions: builds.get(serves ?? "") })),
  );
  for (const origin of model.gone) hosts.push({ origin, versions: undefined });
  for (const { origin, versions } of hosts) {
    if (only !== undefined && origin !== only) continue;
    for (const path of PATHS) {
      const version = versions?.find((candidate) => candidate.path === path);
      const expected =
        version?.visibility === "public"
          ? `200 ${version.content}`
          : version?.visibility === "protected"
            ? "403"
            : "404";
      const { status, text } = await isolate.request(origin + path);
      const answer = status === 200 ? `200 ${text}` : String(status);
      if (answer !== expected) wrong.push(`${origin}${path}: ${answer}, not ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
}

/** Adds an asset or the function with one version, whose content no other version has. */
async function uploadTo(
  client: Client,
  serviceSid: string,
  path: string,
  visibility: string,
): Promise<Version> {
  serial += 1;
  const isFunction = path === FUNCTION;
  const version = {
    path,
    visibility: isFunction && visibility === "public" ? "protected" : visibility,
    content: isFunction ? `exports.handler = () => ${serial};` : `content ${serial}`,
  };
  const list = `/Services/${serviceSid}/${isFunction ? "Functions" : "Assets"}`;
  const resource = await made(client.call("POST", list, { FriendlyName: path }));
  const upload = isFunction ? { ...version, type: "application/javascript" } : version;
  return { ...version, sid: (await made(client.upload(resource.url, upload))).sid };
}

/** One command: what it is called when it fails, and what it does to both. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>) {
  return {
    check: () => true,
    async run(model: Model, real: Real) {
      await run(model, real);
      await expectAgreement(model, await newIsolate(real.bindings));
    },
    toString: () => name,
  };
}

const number = fc.nat({ max: 1000 });
/** Mostly the same environment: races are for one thing. */
const place = fc.constantFrom(0, 0, 0, 1);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("deploy" as const),
      environment: place,
      build: number,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("undeploy" as const), environment: place }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("delete build" as const), build: number }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete service" as const) }) },
);

/** Builds `versions` and returns the build's SID. */
async function build(client: Client, serviceSid: string, versions: Version[]): Promise<string> {
  const sids = (isFunction: boolean) =>
    versions.filter(({ path }) => (path === FUNCTION) === isFunction).map(({ sid }) => sid);
  const form = { AssetVersions: sids(false), FunctionVersions: sids(true) };
  return (await made(client.call("POST", `/Services/${serviceSid}/Builds`, form))).sid;
}

/** Adds a service with two environments and three builds, none deployed. */
async function addService(model: Model, client: Client): Promise<void> {
  serial += 1;
  const name = `race-${serial}`;
  const form = { UniqueName: name, FriendlyName: name };
  const { sid } = await made(client.call("POST", "/Services", form));
  const service: Service = { sid, builds: new Map(), versions: [], environments: [] };
  for (const UniqueName of ["dev", "live"]) {
    const environment = { UniqueName, DomainSuffix: UniqueName };
    const { url, domain_name } = await made(
      client.call("POST", `/Services/${sid}/Environments`, environment),
    );
    service.environments.push({ url, origin: `http://${domain_name}`, serves: null });
  }
  for (const path of PATHS) {
    const version = await uploadTo(client, sid, path, "public");
    service.versions.push(version);
    service.builds.set(await build(client, sid, [version]), [version]);
  }
  model.services.push(service);
}

const create = number.map((who) =>
  command(`client ${who % CLIENTS} creates a service`, async (model, { clients }) => {
    if (model.services.length === 2) return;
    await addService(model, (pick(clients, who) as Real["clients"][number]).client);
  }),
);

const uploads = fc
  .tuple(
    number,
    number,
    fc.array(fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(...VISIBILITIES)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([which, who, files]) =>
    command(
      `client ${who % CLIENTS} uploads ${files.join(" and ")}, at once`,
      async (model, { clients }) => {
        const service = pick(model.services, which);
        if (!service) return;
        const versions = await Promise.all(
          files.map(([path, visibility], index) => {
            const { client } = pick(clients, who + index) as Real["clients"][number];
            return uploadTo(client, service.sid, PATHS[path] as string, visibility);
          }),
        );
        service.versions.push(...versions);
      },
    ),
  );

const builds = fc.tuple(number, number, number).map(([which, who, from]) =>
  command(`client ${who % CLIENTS} builds`, async (model, { clients }) => {
    const service = pick(model.services, which);
    if (!service || service.versions.length === 0) return;
    const { client } = pick(clients, who) as Real["clients"][number];
    const start = from % service.versions.length;
    const ordered = [...service.versions.slice(start), ...service.versions.slice(0, start)];
    const versions = PATHS.flatMap(
      (path) => ordered.find((version) => version.path === path) ?? [],
    );
    service.builds.set(await build(client, service.sid, versions), versions);
  }),
);

/** `changes`, sent at once, end as if they had come one by one in some order. */
const changes = fc
  .tuple(number, number, fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([which, who, changes]) =>
    command(
      `from client ${who % CLIENTS} on: ${JSON.stringify(changes)}`,
      async (model, { clients }) => {
        const service = pick(model.services, which);
        if (!service) return;
        const sids = [...service.builds.keys()];
        for (const { setRacing } of clients) setRacing(changes.length > 1);
        const answers = await Promise.all(
          changes.map((one, index) => {
            const { client } = pick(clients, who + index) as Real["clients"][number];
            return send(client, one, service, sids);
          }),
        );
        for (const { setRacing } of clients) setRacing(false);
        const statuses = answers.map(({ status }) => status);
        const actor = pick(clients, who) as Real["clients"][number];
        const now = await servedByApi(actor.client, service);
        const possible = orders(changes.map((one, index) => ({ one, index }))).map((order) => {
          let after: Service | null = service;
          const told: number[] = [];
          for (const { one, index } of order) {
            const next = outcome(one, after, sids);
            after = next.service;
            told[index] = next.status;
          }
          return { after, told };
        });
        const happened = possible.find(
          ({ after, told }) => served(after) === now && told.join() === statuses.join(),
        );
        expect(happened, `${statuses} and serving ${now}`).toBeDefined();
        const after = happened?.after ?? null;
        if (after) model.services[model.services.indexOf(service)] = after;
        else {
          model.services.splice(model.services.indexOf(service), 1);
          model.gone.push(...service.environments.map(({ origin }) => origin));
        }
        // The isolate that made a change alone shows it at once, whatever it remembered.
        const [only] = changes;
        if (changes.length === 1 && only && "environment" in only && statuses[0] === 201) {
          const { origin } = pick(service.environments, only.environment) as Environment;
          await expectAgreement(model, actor.isolate, origin);
        }
      },
    ),
  );

const expire = fc.constant(
  command("a month passes", async (model, { bindings }) => {
    await passMonth(bindings);
    for (const service of model.services) {
      const kept = new Set(service.environments.map(({ serves }) => serves));
      for (const sid of service.builds.keys()) if (!kept.has(sid)) service.builds.delete(sid);
      const built = new Set([...service.builds.values()].flat());
      service.versions = service.versions.filter((version) => built.has(version));
    }
    expect(await storedKeys()).toEqual(
      model.services
        .flatMap(({ sid, builds, versions }) => [
          ...versions.map((version) => `assets/${sid}/${version.sid}`),
          ...[...builds].flatMap(([build, held]) => [
            `builds/${sid}/${build}.json`,
            ...(held.some(({ path }) => path === FUNCTION)
              ? [`builds/${sid}/${build}`, `builds/${sid}/${build}.lock`]
              : []),
          ]),
        ])
        .sort(),
    );
  }),
);

async function passMonth(bindings: Env): Promise<void> {
  vi.useFakeTimers({ now: Date.now() + MONTH, toFake: ["Date"] });
  const run = await runScheduled(bindings, () => {});
  vi.useRealTimers();
  expect(Object.entries(run).filter(([, count]) => count === null)).toEqual([]);
}

function orders<Item>(items: Item[]): Item[][] {
  if (items.length < 2) return [items];
  return items.flatMap((first, index) =>
    orders(items.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}

it(`whatever clients do at once, the hosts serve what is deployed (seed ${SEED})`, async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
  const LIMITS = { ...env.LIMITS, builds_per_hour: 100_000, services_per_account: 1_000 };
  const bindings = { ...env, LIMITS } as Env;
  const clients = await Promise.all(
    DELAYS.map(async ({ database, write }) => {
      const stores = faultyStores();
      const race: Rule[] = [
        { store: "d1", method: "batch", effect: { waits: database } },
        { store: "kv", method: "put", effect: { waits: write } },
        { store: "kv", method: "delete", effect: { waits: write } },
      ];
      const setRacing = (racing: boolean) => {
        stores.rules = racing ? race : [];
      };
      const isolate = await newIsolate({ ...stores.env, LIMITS } as Env);
      return { isolate, client: clientOf(isolate), setRacing };
    }),
  );
  let runs = 0;
  const steps = fc.commands(
    [create, uploads, uploads, builds, builds, changes, changes, changes, expire],
    {
      maxCommands: 40,
      size: "max",
    },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const model: Model = { services: [], gone: [] };
      await addService(model, (clients[0] as Real["clients"][number]).client);
      await fc.asyncModelRun(() => ({ model, real: { clients, bindings } }), commands);
      runs += 1;
      // What is deleted leaves nothing behind.
      for (const { sid } of model.services)
        await clients[0]?.client.call("DELETE", `/Services/${sid}`);
      await passMonth(bindings);
      expect(await storedKeys()).toEqual([]);
    }),
    {
      seed: SEED,
      numRuns: 20,
      interruptAfterTimeLimit: TIME_LIMIT,
      markInterruptAsFailure: false,
      endOnFailure: true,
    },
  );
  expect(runs).toBeGreaterThan(0);
}, 120_000);
