import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { addEnvironment, addService, call } from "./client.ts";
import { addBuild, buildOf, deploy } from "./deployed.ts";
import { addAsset, addVersion, upload } from "./uploads.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;
let url: string;

beforeAll(async () => {
  service = await addService("builds");
  url = service.links.builds;
});

async function buildCount(): Promise<number | null> {
  return env.DB.prepare("SELECT count(*) AS n FROM builds").first("n");
}

describe("a build", () => {
  it("is made of asset versions, is answered as building and then is completed", async () => {
    const version = await addVersion(service.sid, { path: "/a.mp3", visibility: "Protected" });
    const { status, body } = await call("POST", url, { AssetVersions: [version.sid, version.sid] });
    expect(status).toBe(201);
    const { url: _, ...embedded } = version;
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZB[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      status: "building",
      asset_versions: [embedded],
      function_versions: [],
      dependencies: [],
      runtime: "node22",
      errors: [],
      warnings: [],
      resolved_dependencies: [],
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url: `${url}/${body.sid}`,
      links: { build_status: `${url}/${body.sid}/Status` },
    });
    expect((await call("GET", body.links.build_status)).body).toEqual({
      sid: body.sid,
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      status: "completed",
      url: `${url}/${body.sid}/Status`,
      errors: [],
      warnings: [],
    });
    const fetched = await call("GET", body.url);
    expect(fetched.body).toEqual({
      ...body,
      status: "completed",
      date_updated: expect.any(String),
    });
    const list = await call("GET", url);
    expect(list.body.meta.key).toBe("builds");
    expect(list.body.builds[0]).toEqual(fetched.body);
  });

  it("is compiled: canonical path, what a manifest says of each asset, private ones left out", async () => {
    const assets = [
      { path: "/my file.mp3", content: "one" },
      { path: "/b.svg", content: "two" },
      { path: "/c.mp3", content: "three", visibility: "protected" },
      { path: "/d.mp3", content: "four", visibility: "private" },
      { path: "/_headers", content: "/*.mp3\n  Cache-Control: private, max-age=60\n" },
    ];
    const build = await addBuild(service.sid, assets);
    const object = await env.BYTES.get(`builds/${service.sid}/${build.sid}.json`);
    const bySha = new Map(
      build.asset_versions.map((version: { path: string }) => [version.path, version]),
    );
    const entry = (path: string, rest: object) => {
      const version = bySha.get(path) as Record<string, string>;
      return {
        sid: version.sid,
        sha256: version.content_sha256,
        size: version.content_size,
        etag: expect.stringMatching(/^[\w-]{22}$/),
        ...rest,
      };
    };
    expect(await object?.json()).toEqual({
      format: 2,
      headers: [
        [
          ["X-Content-Type-Options", "nosniff"],
          ["Cache-Control", "public, max-age=0, must-revalidate"],
          ["Access-Control-Allow-Origin", "*"],
          ["Access-Control-Expose-Headers", "ETag, Accept-Ranges, Content-Range"],
          [
            "Content-Security-Policy",
            "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
          ],
        ],
        [
          ["X-Content-Type-Options", "nosniff"],
          ["Cache-Control", "private, max-age=60"],
        ],
        [
          ["X-Content-Type-Options", "nosniff"],
          ["Access-Control-Allow-Origin", "*"],
          ["Access-Control-Expose-Headers", "ETag, Accept-Ranges, Content-Range"],
          ["Cache-Control", "private, max-age=60"],
        ],
      ],
      assets: {
        "/b.svg": entry("/b.svg", { type: "image/svg+xml", visibility: "public", headers: 0 }),
        "/c.mp3": entry("/c.mp3", { type: "audio/mpeg", visibility: "protected", headers: 1 }),
        "/my%20file.mp3": entry("/my file.mp3", {
          type: "audio/mpeg",
          visibility: "public",
          headers: 2,
        }),
      },
      functions: {},
    });
  });

  it.each([
    ['"[{"name":"twilio","version":"^5.0.0"}]"', [{ name: "twilio", version: "^5.0.0" }]],
    ['[{"name":"twilio", "version":"5.0.0", "x":1}]', [{ name: "twilio", version: "5.0.0" }]],
    ['{"twilio":"5.0.0"}', [{ name: "twilio", version: "5.0.0" }]],
    ["[]", []],
    ['""', []],
    ["", []],
    ["null", []],
  ])("with the Dependencies %s has %j", async (Dependencies, expected) => {
    const { sid } = await addVersion(service.sid, {});
    const { status, body } = await call("POST", url, { AssetVersions: sid, Dependencies });
    expect(status).toBe(201);
    expect(body.dependencies).toEqual(expected);
  });

  it.each([
    "[",
    "5",
    '"x"',
    "[1]",
    '[{"name":"twilio"}]',
    '[{"name":"","version":"1"}]',
    '{"a":1}',
  ])("with the Dependencies %s is a 20001", async (Dependencies) => {
    const { sid } = await addVersion(service.sid, {});
    const { status, body } = await call("POST", url, { AssetVersions: sid, Dependencies });
    expect([status, body.message]).toEqual([
      400,
      "Invalid parameter Dependencies: it must be a JSON list of objects with a name and a version",
    ]);
  });

  it.each([
    ["node20", "node20"],
    ["node24", "node24"],
    ["latest", "node22"],
    ["", "node22"],
  ])("with the Runtime %j has %s", async (Runtime, expected) => {
    const { sid } = await addVersion(service.sid, {});
    const { body } = await call("POST", url, { AssetVersions: sid, Runtime });
    expect(body.runtime).toBe(expected);
  });
});

describe("a build is refused, and nothing is written, for", () => {
  async function refusal(form: Record<string, string | string[]>): Promise<string> {
    const before = await buildCount();
    const { status, body } = await call("POST", url, form);
    expect([status, body.code]).toEqual([400, 20001]);
    expect(await buildCount()).toBe(before);
    return body.message;
  }

  it("no version", async () => {
    const message = "At least one Function Version or Asset Version is required for Build.";
    expect(await refusal({})).toBe(message);
    expect(await refusal({ Runtime: "node22" })).toBe(message);
  });

  it("what is no SID", async () => {
    expect(await refusal({ AssetVersions: "ZN1" })).toBe(
      "Invalid parameter AssetVersions: it must be ZN and 32 hexadecimal digits",
    );
  });

  it("a version that is not there, of another service, or of a deleted asset", async () => {
    const other = await addService("builds-other");
    const foreign = await addVersion(other.sid, {});
    const deleted = await addVersion(service.sid, {});
    await call("DELETE", `/Services/${service.sid}/Assets/${deleted.asset_sid}`);
    const good = await addVersion(service.sid, {});
    for (const sid of ["ZN00000000000000000000000000000000", foreign.sid, deleted.sid]) {
      expect(await refusal({ AssetVersions: [good.sid, sid] })).toBe(
        `Asset Version ${sid} was not found in this Service`,
      );
    }
  });

  it("two versions of one asset", async () => {
    const asset = await addAsset(service.sid);
    const [one, two] = [await upload(asset.url, {}), await upload(asset.url, { path: "/b" })];
    expect(await refusal({ AssetVersions: [one.body.sid, two.body.sid] })).toBe(
      `Different Asset Versions for same Asset. Conflicting SIDs: ${one.body.sid} and ${two.body.sid}.`,
    );
  });

  it.each([
    ["/a.mp3", "/a.mp3", "/a.mp3"],
    ["/my file.mp3", "/my%20file.mp3", "/my%20file.mp3"],
    ["/%61.mp3", "/a.mp3", "/a.mp3"],
  ])("two assets at %s and %s", async (first, second, canonical) => {
    const one = await addVersion(service.sid, { path: first });
    const two = await addVersion(service.sid, { path: second, visibility: "private" });
    expect(await refusal({ AssetVersions: [two.sid, one.sid] })).toBe(
      `Different Assets with the same path ${canonical}. Conflicting SIDs: ${one.sid} and ${two.sid}.`,
    );
  });

  it("header rules that are wrong, each with its line", async () => {
    const rules = "/*\n  Set-Cookie: a=b\n  nothing";
    const version = await addVersion(service.sid, { path: "/_headers", content: rules });
    expect(await refusal({ AssetVersions: version.sid })).toBe(
      '/_headers line 2: Set-Cookie cannot be set: an asset is the same for everyone, and never sets a cookie\n/_headers line 3: a header line is "Name: value" or "! Name"',
    );
  });

  it("header rules that would unprotect, told once", async () => {
    const versions = await Promise.all([
      addVersion(service.sid, { path: "/_headers", content: "/*\n  Cache-Control: public" }),
      addVersion(service.sid, { path: "/a", visibility: "protected" }),
      addVersion(service.sid, { path: "/b", visibility: "protected" }),
    ]);
    expect(await refusal({ AssetVersions: versions.map(({ sid }) => sid) })).toBe(
      "/_headers line 2: Cache-Control: public would let a shared cache keep a protected asset; it must hold private or no-store, and neither public nor s-maxage (/a)",
    );
  });

  it("header rules past 64 KiB", async () => {
    const content = "#".repeat(65_537);
    const version = await addVersion(service.sid, { path: "/_headers", content });
    expect(await refusal({ AssetVersions: version.sid })).toBe(
      "/_headers: it must be at most 65536 bytes long",
    );
  });
});

describe("builds", () => {
  it("are limited in an hour, for an account", async () => {
    const { sid } = await addVersion(service.sid, {});
    const account = env.TWILIO_ACCOUNT_SID;
    const now = new Date().toISOString();
    const attempts = env.DB.prepare("SELECT count(*) AS made FROM build_attempts");
    const made = (await attempts.first<number>("made")) as number;
    const insert = env.DB.prepare("INSERT INTO build_attempts VALUES (?, ?)");
    await env.DB.batch(Array.from({ length: 99 - made }, () => insert.bind(account, now)));
    const answers = await Promise.all(
      [1, 2, 3].map(() => call("POST", url, { AssetVersions: sid })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
    expect(answers.find(({ status }) => status === 400)?.body.message).toBe(
      "Builds are limited to less than or equal to 100 an hour",
    );
    await env.DB.prepare("UPDATE build_attempts SET date_created = '2020-01-01T00:00:00Z'").run();
    expect((await call("POST", url, { AssetVersions: sid })).status).toBe(201);
    expect(await attempts.first("made")).toBe(1);
  });

  it("count when they are refused, and go on counting when they are deleted", async () => {
    const attempts = () =>
      env.DB.prepare("SELECT count(*) AS made FROM build_attempts").first<number>("made");
    const before = (await attempts()) as number;
    const rules = await addVersion(service.sid, { path: "/_headers", content: "/*\n  nothing" });
    expect((await call("POST", url, { AssetVersions: rules.sid })).status).toBe(400);
    const { sid } = await addVersion(service.sid, {});
    const made = await call("POST", url, { AssetVersions: sid });
    expect((await call("DELETE", made.body.url)).status).toBe(204);
    expect(await attempts()).toBe(before + 2);
  });

  it("are deleted with what was compiled of them, unless deployed", async () => {
    const environment = await addEnvironment(service.sid, { UniqueName: "dev" });
    const build = await addBuild(service.sid, [{}]);
    await deploy(environment.url, build.sid);
    const refused = await call("DELETE", build.url);
    expect([refused.status, refused.body.message]).toEqual([
      409,
      "Build cannot be deleted while it is deployed to an Environment",
    ]);
    await deploy(environment.url);
    expect(await call("DELETE", build.url)).toMatchObject({ status: 204, text: "" });
    expect((await call("GET", build.url)).status).toBe(404);
    expect((await call("DELETE", build.url)).status).toBe(404);
    expect(await env.BYTES.head(`builds/${service.sid}/${build.sid}.json`)).toBeNull();
    const bytes = `assets/${service.sid}/${build.asset_versions[0].sid}`;
    expect(await env.BYTES.head(bytes)).not.toBeNull();
  });

  it("whose making was cut short are finished when somebody asks", async () => {
    const build = await addBuild(service.sid, [{ path: "/cut" }]);
    const key = `builds/${service.sid}/${build.sid}.json`;
    const compiled = await (await env.BYTES.get(key))?.text();
    await env.BYTES.delete(key);
    const cut = env.DB.prepare(
      "UPDATE builds SET status = 'building', date_created = ? WHERE sid = ?",
    );
    await cut.bind(new Date().toISOString(), build.sid).run();
    expect((await call("GET", build.links.build_status)).body.status).toBe("building");
    await cut.bind(new Date(Date.now() - 60_000).toISOString(), build.sid).run();
    expect((await call("GET", build.links.build_status)).body.status).toBe("completed");
    expect(await (await env.BYTES.get(key))?.text()).toBe(compiled);
  });

  it("whose making was cut short and cannot be finished have failed, and say why", async () => {
    const versions = await Promise.all([
      addVersion(service.sid, { path: "/_headers", content: "# none" }),
      addVersion(service.sid, {}),
    ]);
    const build = await buildOf(
      service.sid,
      versions.map(({ sid }) => sid),
    );
    await env.BYTES.delete(`assets/${service.sid}/${versions[0].sid}`);
    await env.DB.prepare("UPDATE builds SET status = 'building', date_created = ? WHERE sid = ?")
      .bind("2020-01-01T00:00:00Z", build.sid)
      .run();
    expect((await call("GET", build.url)).body).toMatchObject({
      status: "failed",
      errors: [{ path: "/_headers", message: "its bytes are missing: upload it again" }],
    });
  });

  it("are listed on shorter pages where they hold very many versions", async () => {
    const large = await addService("builds-large");
    for (const digit of [1, 2, 3]) {
      const sid = `ZB${String(digit).repeat(32)}`;
      await env.DB.batch([
        env.DB.prepare(
          `INSERT INTO builds (sid, account_sid, service_sid, status, runtime, dependencies, errors,
             date_created, date_updated)
           VALUES (?, 'AC', ?, 'completed', 'node22', '[]', '[]', '2020-01-01', '2020-01-01')`,
        ).bind(sid, large.sid),
        env.DB.prepare(
          `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900)
           INSERT INTO build_versions SELECT ?, 'ZN' || n FROM numbers`,
        ).bind(sid),
      ]);
    }
    const sidsOf = ({ body }: { body: { builds: { sid: string }[] } }) =>
      body.builds.map(({ sid }) => sid.slice(-1)).join();
    const first = await call("GET", `${large.links.builds}?PageSize=50`);
    expect([sidsOf(first), first.body.meta.page_size]).toEqual(["3,2", 50]);
    const second = await call("GET", first.body.meta.next_page_url);
    expect([sidsOf(second), second.body.meta.next_page_url]).toEqual(["1", null]);
    const back = await call("GET", second.body.meta.previous_page_url);
    expect([sidsOf(back), back.body.meta.previous_page_url]).toEqual(["3,2", null]);
  });

  it("of another service are a 404", async () => {
    const other = await addService("builds-elsewhere");
    const build = await addBuild(service.sid, [{}]);
    const path = `/Services/${other.sid}/Builds/${build.sid}`;
    for (const [method, suffix] of [
      ["GET", ""],
      ["GET", "/Status"],
      ["DELETE", ""],
    ] as const) {
      expect((await call(method, path + suffix)).status).toBe(404);
    }
    expect((await call("POST", "/Services/nothing/Builds", {})).status).toBe(404);
  });
});
