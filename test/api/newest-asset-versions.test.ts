import { beforeAll, describe, expect, it } from "vitest";
import { addService, call } from "./client.ts";
import { addAsset, upload } from "./uploads.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;
const path = () => `/Services/${service.sid}/AssetVersions`;

beforeAll(async () => {
  service = await addService("newest");
});

describe("…/AssetVersions", () => {
  it("is empty for a service without assets", async () => {
    const { status, body } = await call("GET", path());
    expect([status, body.asset_versions, body.meta.key]).toEqual([200, [], "asset_versions"]);
  });

  it("has the newest version of each asset, as the asset's own list shows it", async () => {
    const first = await addAsset(service.sid, "first");
    const second = await addAsset(service.sid, "second");
    await addAsset(service.sid, "without a version");
    const deleted = await addAsset(service.sid, "deleted");
    await upload(first.url, { path: "/old" });
    const { body: old } = await upload(second.url, { path: "/second" });
    await upload(deleted.url, { path: "/deleted" });
    await call("DELETE", deleted.url);
    const { body: newest } = await upload(first.url, { path: "/new", visibility: "private" });

    const { body } = await call("GET", path());
    expect(body.asset_versions).toEqual([newest, old]);
  });

  it("is paged", async () => {
    const { body: first } = await call("GET", `${path()}?PageSize=1`);
    expect(first.asset_versions.map((version: { path: string }) => version.path)).toEqual(["/new"]);
    const { body: last } = await call("GET", first.meta.next_page_url);
    expect(last.asset_versions.map((version: { path: string }) => version.path)).toEqual([
      "/second",
    ]);
    expect(last.meta.next_page_url).toBeNull();
  });

  it("is 404 for a service that is not there", async () => {
    const none = `/Services/ZS${"0".repeat(32)}/AssetVersions`;
    expect((await call("GET", none)).body).toMatchObject({ status: 404, code: 20404 });
  });
});
