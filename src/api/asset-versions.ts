import { assetKey } from "../contract/manifest.ts";
import type { VersionRow } from "../store/versions.ts";
import type { ApiContext } from "./context.ts";
import { requestedNotFound } from "./errors.ts";
import type { AssetVersionRepresentation } from "./representations.ts";
import { requireVersion, versionRouter } from "./versions.ts";

/** `…/Assets/{ZH}/Versions` (contract 1.2), uploads and, beyond Twilio, `…/{ZN}/Content`. */
export const assetVersions = versionRouter({
  kind: "asset",
  collection: "Assets",
  key: "asset_versions",
  sizes: ({ asset_bytes, private_asset_bytes }) => ({
    served: asset_bytes,
    private: private_asset_bytes,
  }),
  present: presentAssetVersion,
});

assetVersions.get("/:versionSid/Content", async (context) => {
  const version = await requireVersion(context, "asset");
  const object = await context.env.BYTES.get(assetKey(version.service_sid, version.sid));
  if (!object) throw requestedNotFound(context);
  return context.body(object.body, 200, {
    "Content-Type": version.content_type,
    "Content-Length": String(version.content_size),
    ETag: `"${version.content_sha256}"`,
    // A tenant's bytes on the control plane's host: saved, never shown, and nothing in them runs.
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
  });
});

/** An asset version as the API shows it. */
export function presentAssetVersion(
  context: ApiContext,
  row: VersionRow,
): AssetVersionRepresentation {
  const { baseUrl } = context.var;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    asset_sid: row.resource_sid,
    path: row.path,
    visibility: row.visibility,
    date_created: row.date_created,
    url: `${baseUrl}/Services/${row.service_sid}/Assets/${row.resource_sid}/Versions/${row.sid}`,
    content_sha256: row.content_sha256,
    content_size: row.content_size,
    content_type: row.content_type,
    facts: row.facts === null ? null : JSON.parse(row.facts),
  };
}
