/** Called after each KV write: the manifest's KV value, or null where the hostname was withdrawn. */
export type Published = (hostname: string, value: string | null, revision: string | null) => void;
