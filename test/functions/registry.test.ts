import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Lock, lockKey } from "../../src/contract/lock.ts";
import { LIMITS } from "../../src/functions/build/limits.ts";
import { Refusal, Unavailable } from "../../src/functions/build/refusal.ts";
import { openRegistry } from "../../src/functions/build/registry.ts";
import { placeOf, registryPlaces } from "../../src/functions/build/registry-settings.ts";
import { unpackPackage } from "../../src/functions/build/unpack.ts";
import { makeFunctions } from "../../src/publish/make-functions.ts";
import { goodFor } from "../../src/publish/registry-documents.ts";
import { orderOf, stepStorage } from "./harness.ts";

type Asked = { path: string; authorization: string | null; etag: string | null };

/** What the registry was asked for of a package, since it was last told. */
async function asked(name: string): Promise<Asked[]> {
  const answer = await fetch(`${env.NPM_REGISTRY}-/asked/${name}`);
  return answer.json<Asked[]>();
}

async function pathsAsked(name: string): Promise<string[]> {
  return (await asked(name)).map(({ path, etag }) => (etag === null ? path : `${path} if ${etag}`));
}

const publish = (name: string, version: string) =>
  fetch(`${env.NPM_REGISTRY}-/publish/${name}?${version}`);

async function orderFor(name: string, version: string) {
  return orderOf({
    functions: { "f.js": `exports.handler = (c, e, cb) => cb(null, require("${name}"));` },
    dependencies: [{ name, version }],
  });
}

/** A new build's package, as `name@version`; or why there is none. */
async function built(name: string, version = "^1.0.0"): Promise<string | undefined> {
  const made = await makeFunctions(env, stepStorage(), await orderFor(name, version), 0);
  return made.ok ? made.value.lock.packages[0]?.id : made.errors[0]?.message;
}

describe("the second build with the same dependencies", () => {
  it.each([
    ["for as long as the registry says", "watched-good-one"],
    ["for a minute where it says nothing", "watched-unsaid-one"],
  ])("fetches nothing, %s", async (_, name) => {
    expect(await built(name)).toBe(`${name}@1.0.0`);
    expect(await pathsAsked(name)).toEqual([name, `${name}/-/${name}-1.0.0.tgz`]);
    await publish(name, "1.1.0");
    expect(await built(name)).toBe(`${name}@1.0.0`);
    expect(await pathsAsked(name)).toEqual([]);
  });

  it("asks again for a version that was published since", async () => {
    const name = "watched-good-two";
    await built(name);
    await publish(name, "1.2.0");
    await asked(name);
    expect(await built(name, "^1.2.0")).toBe(`${name}@1.2.0`);
    expect(await pathsAsked(name)).toEqual([name, `${name}/-/${name}-1.2.0.tgz`]);
    expect(await built(name, "^1")).toBe(`${name}@1.2.0`);
    expect(await built(name, "^3")).toBe(
      `Dependency ${name}@^3: ${name} has no version ^3: the newest is 1.2.0`,
    );
  });

  it("asks whether a document has changed, where it has to be asked", async () => {
    const name = "watched-ask-one";
    await built(name);
    await asked(name);
    expect(await built(name)).toBe(`${name}@1.0.0`);
    // Once to check the dependency itself, and once to resolve the tree.
    expect(await pathsAsked(name)).toEqual([`${name} if "1.0.0"`, `${name} if "1.0.0"`]);
    await publish(name, "1.3.0");
    expect(await built(name)).toBe(`${name}@1.3.0`);
  });

  it("makes do with what is kept while the registry is down", async () => {
    const name = "watched-ask-two";
    await built(name);
    await fetch(`${env.NPM_REGISTRY}-/down/${name}`);
    expect(await built(name)).toBe(`${name}@1.0.0`);
  });

  it("keeps nothing that the registry forbids to keep", async () => {
    const name = "watched-not-one";
    await built(name);
    await publish(name, "1.4.0");
    expect(await built(name)).toBe(`${name}@1.4.0`);
  });

  it.each([
    ["public, max-age=300", {}, 300],
    ["public, max-age=300", { age: "100" }, 200],
    ["max-age=31536000, immutable", {}, 300],
    ["private, max-age=60", {}, 60],
    ["max-age=10", { age: "900" }, 0],
    ["no-cache, max-age=300", {}, 0],
    ["no-store", {}, null],
    ["", {}, 60],
  ])("%s %j: %s seconds", (control, headers, seconds) => {
    expect(goodFor(new Headers({ ...headers, "cache-control": control }))).toBe(seconds);
  });
});

describe("a build that is made again", () => {
  it("asks the registry nothing, whatever was published or is gone", async () => {
    const name = "watched-not-two";
    const order = await orderFor(name, "*");
    const first = await makeFunctions(env, stepStorage(), order, 0);
    await publish(name, "2.0.0");
    await fetch(`${env.NPM_REGISTRY}-/down/${name}`);
    await asked(name);
    const again = await makeFunctions(env, stepStorage(), order, 0);
    expect(again).toEqual(first);
    expect(await pathsAsked(name)).toEqual([]);
  });

  it("has the twilio that it was made with where no bundle of it is left", async () => {
    const order = await orderOf({
      functions: { "f.js": "exports.handler = (c, e, cb) => cb(null, c.getTwilioClient());" },
      dependencies: [{ name: "twilio", version: "6" }],
    });
    const first = await makeFunctions(env, stepStorage(), order, 0);
    if (!first.ok) throw new Error(first.errors[0]?.message);
    const bundled = first.value.lock.packages.find((pkg) => pkg.bundled);
    expect(bundled).toMatchObject({ name: "twilio", version: "6.2.0", links: {} });
    const ASSETS = { fetch: async () => Response.json({ libraries: [] }) } as unknown as Fetcher;
    const again = await makeFunctions({ ...env, ASSETS }, stepStorage(), order, 0);
    if (!again.ok) throw new Error(again.errors[0]?.message);
    const { lock, closure } = again.value;
    const twilio = lock.packages.find(({ name }) => name === "twilio");
    expect(twilio).toMatchObject({ id: "twilio@6.2.0", integrity: bundled?.integrity });
    expect(Object.keys(twilio?.links ?? {})).toContain("axios");
    expect(closure).not.toBeNull();
  });
});

describe("a registry that wants a token", () => {
  const NAME = "@private/package";
  const TOKEN = "Bearer a-token-of-the-tests";

  it("gets it, and nobody else does: not where it sends for the tarball", async () => {
    expect(await built(NAME)).toBe(`${NAME}@1.0.0`);
    const requests = await asked(NAME);
    expect(requests.map(({ path, authorization }) => [path, authorization])).toEqual([
      ["private/@private/package", TOKEN],
      ["private/@private/package/-/package-1.0.0.tgz", TOKEN],
      ["store/1.tgz", null],
    ]);
    expect(await built("watched-good-three")).toBe("watched-good-three@1.0.0");
    const others = await asked("watched-good-three");
    expect(others.map(({ authorization }) => authorization)).toEqual([null, null]);
  });

  it("says so where it has none that is valid", async () => {
    expect(await built("hostile-401", "*")).toBe(
      "Dependency hostile-401@*: The registry refuses hostile-401 (401): the installation's token for it is missing, or is not valid",
    );
  });

  it("is not told to the code that reads packages", async () => {
    const order = await orderFor(NAME, "^1.0.0");
    await makeFunctions(env, stepStorage(), order, 0);
    const lock = await env.BYTES.get(lockKey(order.serviceSid, order.buildSid));
    const stored = (await lock?.text()) ?? "";
    expect(stored).not.toContain("a-token");
    expect((JSON.parse(stored) as Lock).packages[0]?.tarball).toBe(
      "@private/package/-/package-1.0.0.tgz",
    );
  });
});

describe("where packages come from", () => {
  const places = (settings: object) => registryPlaces(settings, "https://npm.example");
  const all = (address: string, token: string | null = null) => ({ scope: null, address, token });

  it.each([
    ["nothing said", {}, [all("https://npm.example/")]],
    [
      "a registry and its token",
      { NPM_REGISTRY: "https://r.example/npm", NPM_TOKEN: "t" },
      [all("https://r.example/npm/", "t")],
    ],
    [
      "a scope's registry, with a token of its own",
      { NPMRC: "@acme:registry=https://r.example/npm\n//r.example/npm/:_authToken=t" },
      [
        all("https://npm.example/"),
        { scope: "@acme", address: "https://r.example/npm/", token: "t" },
      ],
    ],
    [
      "as npm's own file has it, with the token beside it",
      {
        NPMRC: `registry = https://r.example\\n@a:registry = "https://s.example/x/"
          //s.example/:_authToken=$\{NPM_TOKEN}`,
        NPM_TOKEN: "t",
      },
      [
        all("https://r.example/", "t"),
        { scope: "@a", address: "https://s.example/x/", token: "t" },
      ],
    ],
    [
      "a token for another part of the host",
      { NPM_REGISTRY: "https://r.example/a/", NPMRC: "//r.example/b/:_authToken=t" },
      [all("https://r.example/a/")],
    ],
    [
      "this machine, without TLS",
      { NPM_REGISTRY: "http://127.0.0.1:4873" },
      [all("http://127.0.0.1:4873/")],
    ],
  ])("%s", (_, settings, expected) => {
    expect(places(settings)).toEqual({ ok: true, places: expected });
  });

  it.each([
    ["registry", 'NPM_REGISTRY is "registry", which is no address'],
    [
      "http://r.example/",
      'NPM_REGISTRY is "http://r.example/": an address has to begin with https://',
    ],
    [
      "ftp://r.example/",
      'NPM_REGISTRY is "ftp://r.example/": an address has to begin with https://',
    ],
    [
      "https://u:secret@r.example/",
      'NPM_REGISTRY is "https://…@r.example/": put the token into the secret NPM_TOKEN',
    ],
    [
      "https://r.example/?a",
      'NPM_REGISTRY is "https://r.example/?a": an address has no ? and no #',
    ],
  ])("%s is none", async (NPM_REGISTRY, fault) => {
    expect(places({ NPM_REGISTRY })).toEqual({ ok: false, fault });
    const order = await orderFor("made-leaf", "*");
    const made = await makeFunctions({ ...env, NPM_REGISTRY }, stepStorage(), order, 0);
    expect(made).toMatchObject({
      ok: false,
      errors: [{ message: `Dependency made-leaf@*: This installation's ${fault}` }],
      retry: false,
    });
  });

  it.each([
    [{ NPMRC: "@acme:registry=acme" }, '@acme:registry in NPMRC is "acme", which is no address'],
    [
      { NPM_REGISTRY: "https://r.example/", NPM_TOKEN: "a b" },
      "The token of https://r.example/ has characters that no token has",
    ],
  ])("%j is none", (settings, fault) => {
    expect(places(settings)).toEqual({ ok: false, fault });
  });

  it("a scope's own packages are asked of its registry alone", () => {
    const both = [all("https://npm.example/"), { ...all("https://r.example/"), scope: "@acme" }];
    expect(placeOf(both, "@acme/x")?.address).toBe("https://r.example/");
    expect(placeOf(both, "acme")?.address).toBe("https://npm.example/");
    expect(placeOf(both, "@acme-x/x")?.address).toBe("https://npm.example/");
  });
});

describe("a registry that is slow", () => {
  const open = () =>
    openRegistry(
      { places: [{ scope: null, address: env.NPM_REGISTRY }], fault: null },
      { answer: 200, document: 400, tarball: 400 },
      [],
    );

  it.each([
    ["slow-silent", "The registry does not answer (too late)"],
    ["slow-stalled", "The registry broke off its document of slow-stalled"],
    ["slow-trickle", "The registry broke off its document of slow-trickle"],
    ["slow-short", "The registry broke off its document of slow-short"],
    ["slow-long", "The registry's document of slow-long is no JSON object"],
  ])("%s is given up", async (name, message) => {
    await expect(open().document(name)).rejects.toEqual(new Unavailable(message));
  });

  it.each(["slow-stalled", "slow-trickle"])("%s as a tarball too", async (name) => {
    const bucket = { get: async () => null, put: async () => {} } as never;
    const integrity = `sha512-${"A".repeat(86)}==`;
    const pkg = {
      id: `${name}@1.0.0`,
      name,
      version: "1.0.0",
      integrity,
      tarball: name,
      links: {},
    };
    await expect(unpackPackage(bucket, open(), pkg, { unpacked: 0 })).rejects.toEqual(
      new Unavailable(`The registry broke off the tarball of ${name}@1.0.0`),
    );
  });

  it("and endless: no more is read than a document may have", async () => {
    const patient = openRegistry({
      places: [{ scope: null, address: env.NPM_REGISTRY }],
      fault: null,
    });
    await expect(patient.document("slow-endless")).rejects.toEqual(
      new Refusal("The registry's document of slow-endless has more than 64.0 MiB"),
    );
  });
});

describe("what all of a build's packages may have", () => {
  const open = () =>
    openRegistry({ places: [{ scope: null, address: env.NPM_REGISTRY }], fault: null });

  it("of documents: those before count", async () => {
    const { documentsBytes } = LIMITS;
    const registry = open();
    await registry.document("made-leaf");
    LIMITS.documentsBytes = 1_000;
    try {
      await expect(registry.document("made-needs-1")).rejects.toEqual(
        new Refusal("The registry's documents of all dependencies have more than 0.0 MiB"),
      );
    } finally {
      LIMITS.documentsBytes = documentsBytes;
    }
  });

  it("unpacked: the index of one more is not written, and the next build can have it", async () => {
    const { tarball, integrity } = (await open().document("made-leaf")).manifest("1.0.0") ?? {};
    if (!tarball || !integrity) throw new Error("no made-leaf");
    const pkg = { id: "made-leaf@1.0.0", name: "made-leaf", version: "1.0.0", links: {} };
    const written: string[] = [];
    const bucket = {
      get: async () => null,
      put: async (key: string) => {
        written.push(key.replace(/^.*\//, ""));
      },
    } as never;
    const unpack = (unpacked: number) =>
      unpackPackage(bucket, open(), { ...pkg, tarball, integrity }, { unpacked });
    await expect(unpack(LIMITS.totalUnpackedBytes - 100)).rejects.toEqual(
      new Refusal("The dependencies unpack to more than 1024.0 MiB together"),
    );
    expect(written).not.toContain("index.json");
    expect(Object.keys((await unpack(0)).files)).toEqual(["package.json", "index.js"]);
    expect(written.at(-1)).toBe("index.json");
  });
});
