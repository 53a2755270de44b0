import { cpSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, list } from "../../../scripts/deploy/serverless-api.ts";
import { readToolkitFolder } from "../../../scripts/deploy/toolkit-folder.ts";
import { request } from "../../../scripts/request.ts";
import { seededBytes } from "../clients/ringback.ts";
import { asset, fn, type SeededFile, type SeededService, seedService } from "./seed-services.ts";
import { counts, domainOf, fetchSigned, SOURCE, startWays, TARGET, type Ways } from "./ways.ts";

const EXAMPLES = path.join(import.meta.dirname, "../../../examples");

const ahoy: SeededFile[] = readToolkitFolder(path.join(EXAMPLES, "ahoy")).map((file) => ({
  kind: "asset",
  ...file,
}));

/** Names that a URL cannot hold as they are. */
const ODD = [
  asset("/my file.txt", "a space"),
  asset("/caf%C3%A9.txt", "encoded"),
  asset("/répondeur #1?.txt", "neither", "protected"),
];

const CREW = `exports.handler = (context, event, callback) => {
  const crew = JSON.parse(Runtime.getAssets()["/crew.json"].open());
  const twiml = new Twilio.twiml.VoiceResponse();
  twiml.say(context.GREETING + " " + Object.keys(crew).length);
  callback(null, twiml);
};`;
const HELLO = `exports.handler = (c, e, callback) => callback(null, "höy 👋");`;

/** More than a page of the API's lists; import-failures.test.ts has a thousand. */
const many = Array.from({ length: 60 }, (_, index) =>
  asset(
    `/media/${index}.bin`,
    seededBytes(index + 1, 500 + 40 * index),
    index % 10 === 0 ? "protected" : "public",
  ),
);

/** Each file once, though two environments have most of them. */
const BYTES = [...ahoy, ...ODD, ...many, fn("/crew", CREW), fn("/hello", HELLO), fn("/p", HELLO)]
  .map(({ content }) => Buffer.from(content as string).length)
  .reduce((sum, size) => sum + size);

let ways: Ways;
let media: SeededService;
let privateFrom: string;

beforeAll(async () => {
  ways = await startWays();
  const { source } = ways;
  const shop = await seedService(source, "shop", { FriendlyName: "The shop", UiEditable: "true" });
  const production = await shop.deploy({
    uniqueName: "production",
    variables: { GREETING: "Ahoy & höy" },
    files: [...ahoy, fn("/crew", CREW, "protected")],
    dependencies: [{ name: "twilio", version: "6.2.0" }],
    runtime: "node20",
  });
  const elsewhere = production.replace(new URL(source.url).host, new URL(ways.twilio.url).host);
  await shop.deploy({
    uniqueName: "dev-environment",
    domainSuffix: "Dev",
    variables: { GREETING: "dev", BASE: `https://${elsewhere}/voice.xml` },
    files: [...ahoy.filter(({ visibility }) => visibility !== "private"), ...ODD],
  });
  media = await seedService(source, "media", { IncludeCredentials: "false" });
  await media.deploy({ uniqueName: "production", files: many });
  const hello = await seedService(source, "hello");
  await hello.deploy({
    uniqueName: "ui",
    files: [fn("/hello", HELLO), fn("/p", HELLO, "private")],
  });
  await call(
    source,
    "POST",
    "/Services/hello/Environments",
    new URLSearchParams({ UniqueName: "empty", DomainSuffix: "empty" }),
  );
  privateFrom = path.join(ways.directory, "projects");
  cpSync(path.join(EXAMPLES, "ahoy"), path.join(privateFrom, "shop"), { recursive: true });
});
afterAll(() => ways?.close());

/** What a run printed, without what differs from run to run. */
function shape(out: string): string {
  return out
    .replaceAll(new URL(ways.twilio.url).host, "OLD")
    .replaceAll(new URL(ways.target.url).host, "NEW")
    .replaceAll(/\b(shop|media|hello)-\d{4}/g, "$1-1234")
    .replaceAll(/^(?:Reading|The build is being made)[^\n]*\n/gm, "")
    .replaceAll(
      /^(?:Compared|shop|media|hello)[^(\n]*(?:\d of|being)[^\n]*files?(?:,[^\n]*)?\n/gm,
      "",
    );
}

describe("an import of three services", () => {
  it("says before what it would do, and does nothing", async () => {
    const { code, out } = await ways.run(["--all", "--dry-run"]);
    expect(shape(out)).toMatchInlineSnapshot(`
      "hello: a new service
        empty: http://hello-1234-empty.OLD  →  http://hello-<4 digits>-empty.NEW
          0 variables; nothing is deployed
        ui: http://hello-1234.OLD  →  http://hello-<4 digits>.NEW
          0 assets (0 protected, 0 private), 2 functions, 0 variables, 0 dependencies, node22

      media: a new service
        production: http://media-1234.OLD  →  http://media-<4 digits>.NEW
          60 assets (6 protected, 0 private), 0 functions, 0 variables, 0 dependencies, node22

      shop: a new service
        dev-environment: http://shop-1234-dev.OLD  →  http://shop-<4 digits>-dev.NEW
          10 assets (2 protected, 0 private), 0 functions, 2 variables, 0 dependencies, node22
        production: http://shop-1234.OLD  →  http://shop-<4 digits>.NEW
          8 assets (1 protected, 1 private), 1 function, 1 variable, 1 dependency, node20
        Missing: Twilio gives nobody its private assets. What needs them is not deployed unless
        --private-from names the toolkit project that has them, or --without-private is said:
          /crew.json

      Nothing was changed. Without --dry-run this is done; files that are here already, byte by byte,
      are not uploaded again.
      "
    `);
    expect(code).toBe(0);
    expect(await counts(ways.target)).toMatchObject({ services: 0, bytes: 0 });
  });

  it("copies everything, and says what became of it", async () => {
    const { code, out } = await ways.run(["--all", "--private-from", privateFrom]);
    expect(shape(out)).toMatchInlineSnapshot(`
      "hello (1 of 3 services)
        empty: nothing is deployed at Twilio
        ui: 2 files uploaded, deployed
      media (2 of 3 services)
        production: 60 files uploaded, deployed, 60 files fetched and equal
      shop (3 of 3 services)
        dev-environment: 10 files uploaded, 2 variables set, deployed, 10 files fetched and equal
        production: 2 files uploaded, 1 variable set, deployed, 7 files fetched and equal

      http://hello-1234-empty.OLD  →  http://hello-1234-empty.NEW
      http://hello-1234.OLD        →  http://hello-1234.NEW
      http://media-1234.OLD        →  http://media-1234.NEW
      http://shop-1234-dev.OLD     →  http://shop-1234-dev.NEW
      http://shop-1234.OLD         →  http://shop-1234.NEW

      Still holding an old address:
        shop dev-environment
          variable BASE holds shop-1234.OLD

      74 files (288.6 kB) uploaded, 3 variables set, 4 deployments made.
      The bytes of 77 public or protected files were fetched from both sides and are equal.

      This Ringback's account is ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, and Twilio signs its requests with the token of
      ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: what is protected refuses them, and functions see the account here. To let it
      be the same account, and then import as it (RINGBACK_ACCOUNT_SID, RINGBACK_AUTH_TOKEN):
        npm run account -- add "From Twilio" --sid ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --token --url http://NEW
      It asks for the token that Twilio's console shows.

      Nothing was changed at Twilio. To see what there points to the old addresses:
        npm run import -- --from ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --all --to http://NEW --numbers
      "
    `);
    expect(code).toBe(0);
    expect(await counts(ways.target)).toEqual({
      services: 3,
      environments: 5,
      variables: 3,
      builds: 4,
      deployments: 4,
      assets: 71,
      functions: 3,
      bytes: BYTES,
    });
  });

  it("serves the same bytes, with the same types, to the same callers", async () => {
    const served: [service: string, suffix: string | null, files: SeededFile[]][] = [
      ["shop", null, ahoy],
      ["shop", "Dev", [...ahoy, ...ODD]],
      ["media", null, many],
    ];
    for (const [service, suffix, files] of served) {
      const old = await domainOf(ways.source, service, suffix);
      const now = await domainOf(ways.target, service, suffix);
      for (const { path: file, visibility } of files) {
        const before = await fetchSigned(old, file, SOURCE);
        const after = await fetchSigned(now, file, TARGET);
        const where = `${service} ${suffix} ${file}`;
        expect([where, after.status], where).toEqual([where, visibility === "private" ? 404 : 200]);
        if (visibility === "private") continue;
        expect(after.body.equals(before.body), where).toBe(true);
        expect(after.headers["content-type"], where).toBe(before.headers["content-type"]);
      }
    }
    const now = await domainOf(ways.target, "shop");
    expect((await request(`http://${now}/balance.xml`)).status).toBe(403);
  });

  it("runs the functions, with their variables and private assets", async () => {
    const shop = await domainOf(ways.target, "shop");
    const said = await fetchSigned(shop, "/crew", TARGET);
    const crew = JSON.parse(
      String(ahoy.find(({ path: file }) => file === "/crew.json")?.content ?? "{}"),
    );
    expect(said.body.toString()).toContain(`<Say>Ahoy &amp; höy ${Object.keys(crew).length}</Say>`);
    const hello = await domainOf(ways.target, "hello");
    expect((await request(`http://${hello}/hello`)).body.toString()).toBe("höy 👋");
    expect((await request(`http://${hello}/p`)).status).toBe(404);
  });

  it("takes settings, runtime and dependencies along", async () => {
    type Service = { friendly_name: string; include_credentials: boolean; ui_editable: boolean };
    const shop = await call<Service>(ways.target, "GET", "/Services/shop");
    expect(shop).toMatchObject({ friendly_name: "The shop", ui_editable: true });
    const mediaService = await call<Service>(ways.target, "GET", "/Services/media");
    expect(mediaService.include_credentials).toBe(false);
    type Build = { runtime: string; dependencies: object[]; function_versions: object[] };
    const builds = await list<Build>(ways.target, "/Services/shop/Builds", "builds");
    expect(builds.find((build) => build.function_versions.length === 1)).toMatchObject({
      runtime: "node20",
      dependencies: [{ name: "twilio", version: "6.2.0" }],
    });
  });

  it("has nothing to do the second time, and fetches nothing from Twilio's sites", async () => {
    const before = await counts(ways.target);
    ways.twilio.requests.length = 0;
    const { code, out } = await ways.run(["--all", "--private-from", privateFrom]);
    expect(out).toContain("Nothing to do: everything was here already.");
    expect(out).toContain("The bytes of 77 public or protected files were fetched from both sides");
    expect(code).toBe(0);
    expect(await counts(ways.target)).toEqual(before);
    expect(ways.twilio.requests.filter((line) => /^GET \w+-\d{4}/.test(line))).toEqual([]);
  });

  it("knows what is here without its notes, by the bytes", async () => {
    const before = await counts(ways.target);
    const environment = { RINGBACK_STATE: path.join(ways.directory, "other") };
    const args = ["--all", "--private-from", privateFrom];
    const taken = await ways.run(args, environment);
    expect(taken.code).toBe(1);
    expect(taken.out).toContain('The name "shop" is taken');
    const { code, out } = await ways.run([...args, "--into-existing"], environment);
    expect([code, out]).toEqual([0, expect.stringContaining("Nothing to do: ")]);
    expect(await counts(ways.target)).toEqual(before);
  });

  it("uploads the one file that has changed at Twilio", async () => {
    const before = await counts(ways.target);
    const [first, ...others] = many;
    const changed = { ...(first as SeededFile), content: "changed" };
    await media.deploy({ uniqueName: "production", files: [changed, ...others] });
    const { code, out } = await ways.run(["--all", "--private-from", privateFrom]);
    expect(out).toContain("1 file (7 bytes) uploaded, 0 variables set, 1 deployment made.");
    expect(code).toBe(0);
    expect(await counts(ways.target)).toEqual({
      ...before,
      bytes: (before.bytes ?? 0) + "changed".length,
      builds: (before.builds ?? 0) + 1,
      deployments: (before.deployments ?? 0) + 1,
    });
    const now = await domainOf(ways.target, "media");
    expect((await fetchSigned(now, "/media/0.bin", TARGET)).body.toString()).toBe("changed");
  });
});
