import type { HeaderFields, ManifestAsset } from "../contract/manifest.ts";

/** What a build knows of an asset: when it was deployed is the deployment's to say. */
export type CompiledAsset = Omit<ManifestAsset, "modified">;

/** Bits of the digest that a tag keeps: two of one asset's never meet by chance. */
const TAG_BYTES = 16;

/**
 * Returns the entity tag, without quotes, of what `path` answers: a strong one (RFC 9110 8.8.1) must
 * change with every change a client could observe in the 200, and so is made of the bytes' digest,
 * the media type and the header set. Also of the path: `modified` is remembered by it
 * (store/served-dates.ts). `root` is whether `/` shows the asset too.
 */
export async function entityTag(
  path: string,
  { sha256, type }: Pick<CompiledAsset, "sha256" | "type">,
  headers: HeaderFields,
  root = false,
): Promise<string> {
  const text = JSON.stringify([path, sha256, type, headers, root]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest, 0, TAG_BYTES).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
