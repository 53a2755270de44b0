import { beforeAll, describe, expect, it } from "vitest";
import { addService, call } from "./client.ts";
import { addAsset, addFunction, upload } from "./uploads.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;

beforeAll(async () => {
  service = await addService("newest");
});

describe.each([
  { collection: "AssetVersions", key: "asset_versions", add: addAsset },
  { collection: "FunctionVersions", key: "function_versions", add: addFunction },
])("…/$collection", ({ collection, key, add }) => {
  const path = () => `/Services/${service.sid}/${collection}`;

  it("is empty for a service without any", async () => {
    const { status, body } = await call("GET", path());
    expect([status, body[key], body.meta.key]).toEqual([200, [], key]);
  });

  it("has the newest version of each, as its own list shows it", async () => {
    const first = await add(service.sid, "first");
    const second = await add(service.sid, "second");
    await add(service.sid, "without a version");
    const deleted = await add(service.sid, "deleted");
    await upload(first.url, { path: "/old" });
    const { body: old } = await upload(second.url, { path: "/second" });
    await upload(deleted.url, { path: "/deleted" });
    await call("DELETE", deleted.url);
    const { body: newest } = await upload(first.url, { path: "/new", visibility: "private" });

    const { body } = await call("GET", path());
    expect(body[key]).toEqual([newest, old]);
  });

  it("is paged", async () => {
    const { body: first } = await call("GET", `${path()}?PageSize=1`);
    expect(first[key].map((version: { path: string }) => version.path)).toEqual(["/new"]);
    const { body: last } = await call("GET", first.meta.next_page_url);
    expect(last[key].map((version: { path: string }) => version.path)).toEqual(["/second"]);
    expect(last.meta.next_page_url).toBeNull();
  });

  it("is 404 for a service that is not there", async () => {
    const none = `/Services/ZS${"0".repeat(32)}/${collection}`;
    expect((await call("GET", none)).body).toMatchObject({ status: 404, code: 20404 });
  });
});
