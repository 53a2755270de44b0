import { assetKey } from "../contract/manifest.ts";
import type { VersionRow } from "../store/versions.ts";
import type { ApiContext } from "./context.ts";
import { requestedNotFound } from "./errors.ts";
import type {
  FunctionContentRepresentation,
  FunctionVersionRepresentation,
} from "./representations.ts";
import { requireVersion, versionRouter } from "./versions.ts";

/** `…/Functions/{ZH}/Versions` (contract 1.2), uploads and `…/{ZN}/Content`. */
export const functionVersions = versionRouter({
  kind: "function",
  collection: "Functions",
  key: "function_versions",
  sizes: ({ function_bytes }) => ({ served: function_bytes, private: function_bytes }),
  present: presentFunctionVersion,
});

/** The source as text (contract 1.3): bytes that are no UTF-8 are shown replaced. */
functionVersions.get("/:versionSid/Content", async (context) => {
  const version = await requireVersion(context, "function");
  const object = await context.env.BYTES.get(assetKey(version.service_sid, version.sid));
  if (!object) throw requestedNotFound(context);
  return context.json({
    sid: version.sid,
    account_sid: version.account_sid,
    service_sid: version.service_sid,
    function_sid: version.resource_sid,
    content: await object.text(),
    url: `${versionUrl(context, version)}/Content`,
  } satisfies FunctionContentRepresentation);
});

/** A function version as the API shows it. */
export function presentFunctionVersion(
  context: ApiContext,
  row: VersionRow,
): FunctionVersionRepresentation {
  const url = versionUrl(context, row);
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    function_sid: row.resource_sid,
    path: row.path,
    visibility: row.visibility,
    date_created: row.date_created,
    content_sha256: row.content_sha256,
    content_size: row.content_size,
    url,
    links: { function_version_content: `${url}/Content` },
  };
}

function versionUrl(context: ApiContext, { service_sid, resource_sid, sid }: VersionRow): string {
  const functions = `${context.var.baseUrl}/Services/${service_sid}/Functions`;
  return `${functions}/${resource_sid}/Versions/${sid}`;
}
