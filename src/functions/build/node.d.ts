declare module "node:zlib" {
  /** Bytes behind the end of what was packed are passed over. */
  export function gunzipSync(
    packed: Uint8Array,
    options: { maxOutputLength: number },
  ): Uint8Array<ArrayBuffer>;
}
