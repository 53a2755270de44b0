import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { addAccount, addService, call } from "./client.ts";

const names = ["/1", "/2", "/3", "/4", "/5"];
let path: string;
beforeAll(async () => {
  const service = await addService("paged");
  path = `/Services/${service.sid}/Assets`;
  for (const FriendlyName of names) await call("POST", path, { FriendlyName });
});

// biome-ignore lint/suspicious/noExplicitAny: an answer of the API.
function shown(body: any): string[] {
  return body.assets.map((asset: { friendly_name: string }) => asset.friendly_name);
}

describe("a list", () => {
  it("is one page of 50 unless told, newest first", async () => {
    const { status, body } = await call("GET", path);
    expect(status).toBe(200);
    expect(shown(body)).toEqual(["/5", "/4", "/3", "/2", "/1"]);
    const url = `http://localhost:8787/v1${path}?PageSize=50&Page=0`;
    expect(body.meta).toEqual({
      first_page_url: url,
      key: "assets",
      next_page_url: null,
      page: 0,
      page_size: 50,
      previous_page_url: null,
      url,
    });
  });

  it("is walked forward by next_page_url and back by previous_page_url", async () => {
    const first = (await call("GET", `${path}?PageSize=2`)).body;
    expect(shown(first)).toEqual(["/5", "/4"]);
    expect(first.meta.previous_page_url).toBeNull();
    const second = (await call("GET", first.meta.next_page_url)).body;
    expect(shown(second)).toEqual(["/3", "/2"]);
    expect(second.meta).toMatchObject({ page: 1, page_size: 2, url: first.meta.next_page_url });
    const third = (await call("GET", second.meta.next_page_url)).body;
    expect(shown(third)).toEqual(["/1"]);
    expect(third.meta).toMatchObject({ page: 2, next_page_url: null });
    const back = (await call("GET", third.meta.previous_page_url)).body;
    expect(shown(back)).toEqual(["/3", "/2"]);
    expect(back.meta.page).toBe(1);
    const front = (await call("GET", back.meta.previous_page_url)).body;
    expect(shown(front)).toEqual(["/5", "/4"]);
    expect(front.meta).toMatchObject({ page: 0, previous_page_url: null });
    expect(shown((await call("GET", front.meta.next_page_url)).body)).toEqual(["/3", "/2"]);
  });

  it("neither repeats nor leaves out a row when others are added or deleted meanwhile", async () => {
    const first = (await call("GET", `${path}?PageSize=2`)).body;
    const added = (await call("POST", path, { FriendlyName: "/6" })).body;
    expect(shown((await call("GET", first.meta.next_page_url)).body)).toEqual(["/3", "/2"]);
    await call("DELETE", `${path}/${added.sid}`);
  });

  it("has no next page where the last one is exactly full", async () => {
    const { body } = await call("GET", `${path}?PageSize=5`);
    expect([shown(body).length, body.meta.next_page_url]).toEqual([5, null]);
  });

  it("counts pages from the front where there is a Page and no token", async () => {
    const { body } = await call("GET", `${path}?PageSize=2&Page=2`);
    expect(shown(body)).toEqual(["/1"]);
    const past = await call("GET", `${path}?PageSize=2&Page=3`);
    expect(past.body).toMatchObject({
      assets: [],
      meta: { next_page_url: null, previous_page_url: null },
    });
  });

  it.each(["1001", "5000", "9007199254740991", "9".repeat(400)])(
    "takes a size of %s as 1000: SDKs send their limit there",
    async (size) => {
      const { status, body } = await call("GET", `${path}?PageSize=${size}`);
      expect([status, body.meta.page_size]).toEqual([200, 1000]);
    },
  );

  it("keeps the prefix and host that the client used in its URLs", async () => {
    const url = `https://serverless.localhost:8787/.twilio.com/v1${path}?PageSize=2`;
    const { body } = await call("GET", url);
    const base = `https://serverless.localhost:8787/.twilio.com/v1${path}`;
    expect(body.meta.next_page_url).toMatch(`${base}?PageSize=2&Page=1&PageToken=PA`);
    expect(body.assets[0].url).toBe(`${base}/${body.assets[0].sid}`);
    expect(shown((await call("GET", body.meta.next_page_url)).body)).toEqual(["/3", "/2"]);
  });

  it("echoes its filters in every URL", async () => {
    const { body } = await call("GET", `${path}?Foo=b%20r&PageSize=2`);
    const start = `http://localhost:8787/v1${path}?Foo=b+r&PageSize=2&Page=`;
    expect(body.meta.url).toBe(`${start}0`);
    expect(body.meta.first_page_url).toBe(`${start}0`);
    expect(body.meta.next_page_url).toMatch(`${start}1&PageToken=PA`);
  });

  it.each([
    "PageSize=0",
    "PageSize=-1",
    "PageSize=ten",
    "PageSize=1.5",
    "PageSize=",
    "Page=-1",
    "Page=x",
    "Page=",
    "Page=9999999999",
    "PageToken=",
    "PageToken=x",
    "PageToken=PA",
    "PageToken=PA1x",
    "PageToken=PA99999999999999999999",
    "PageToken=%ff",
  ])("with %s is a 400 that names the parameter", async (query) => {
    const { status, body } = await call("GET", `${path}?${query}`);
    expect([status, body.code]).toEqual([400, 20001]);
    expect(body.message).toContain(query.split("=")[0]);
  });
});

describe("a PageToken", () => {
  it("tells nothing of how much others have: no two of one place are alike", async () => {
    const tokens = await Promise.all(
      [1, 2].map(async () => {
        const { body } = await call("GET", `${path}?PageSize=2`);
        return new URL(body.meta.next_page_url).searchParams.get("PageToken") as string;
      }),
    );
    expect(tokens[0]).toMatch(/^PA[\w-]{36,}$/);
    expect(tokens[0]).not.toBe(tokens[1]);
    expect(tokens.map((token) => token.length)).toEqual([tokens[0]?.length, tokens[0]?.length]);
  });

  it("opens for the account, list and direction that it was made for alone", async () => {
    const other = await addAccount("another page");
    const { sid } = await addService("paged-too", other);
    const { body } = await call("GET", `${path}?PageSize=2`);
    const token = new URL(body.meta.next_page_url).searchParams.get("PageToken") as string;
    const ask = async (list: string, value: string, credentials?: typeof other) =>
      (await call("GET", `${list}?PageToken=${value}`, undefined, credentials)).status;
    expect(await ask(path, token)).toBe(200);
    expect(await ask(path, token.replace("PA", "PB"))).toBe(400);
    expect(await ask(path.replace("Assets", "Functions"), token)).toBe(400);
    expect(await ask(`/Services/${sid}/Assets`, token, other)).toBe(400);
    const changed = token.slice(0, 20) + (token[20] === "A" ? "B" : "A") + token.slice(21);
    expect(await ask(path, changed)).toBe(400);
  });
});

describe("a page of more than a megabyte", () => {
  it("ends before, and next_page_url goes on: nothing is left out or comes twice", async () => {
    const { sid } = await addService("heavy");
    const { sid: environment } = await call("POST", `/Services/${sid}/Environments`, {
      UniqueName: "e",
    }).then(({ body }) => body);
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
       INSERT INTO domains (sid, account_sid, service_sid, environment_sid, hostname, date_created,
         date_updated)
       SELECT printf('ZN%032x', i), ?1, ?2, ?3, printf('%0' || ?4 || 'd.example', i), ?5, ?5 FROM n`,
    )
      .bind(env.TWILIO_ACCOUNT_SID, sid, environment, 10_000, "2026-01-01T00:00:00Z")
      .run();
    const list = `/Services/${sid}/Environments/${environment}/Domains`;
    const seen: string[] = [];
    const sizes: number[] = [];
    let next: string | null = `${list}?PageSize=1000`;
    let previous: string | null = null;
    while (next !== null) {
      const answer = await call("GET", next);
      sizes.push(answer.text.length);
      // biome-ignore lint/suspicious/noExplicitAny: an answer of the API.
      seen.push(...answer.body.domains.map((row: any) => row.sid));
      previous = answer.body.meta.previous_page_url;
      next = answer.body.meta.next_page_url;
    }
    expect(seen).toEqual(
      Array.from({ length: 300 }, (_, at) => `ZN${(300 - at).toString(16).padStart(32, "0")}`),
    );
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(1_010_000);
    const back = await call("GET", previous as string);
    expect([back.status, back.text.length < 1_010_000]).toEqual([200, true]);
  });
});
