/** What the benchmarked gateway holds, and what is asked of it. Pure data: both sides import it. */
import type { HeaderFields, ManifestVisibility } from "../../src/contract/manifest.ts";

export const BASE_DOMAIN = "bench.test";
export const ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef";
export const SERVICE_SID = `ZS${"0".repeat(32)}`;
export const BUILD_SID = `ZB${"0".repeat(32)}`;
export const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";

export const HOSTS: { headers: HeaderFields[]; many: number } = {
  headers: [
    [
      ["Cache-Control", "public, max-age=0, must-revalidate"],
      ["X-Content-Type-Options", "nosniff"],
      ["Access-Control-Allow-Origin", "*"],
      ["Access-Control-Expose-Headers", "ETag, Accept-Ranges, Content-Range"],
    ],
    [
      ["Cache-Control", "private, no-cache"],
      ["X-Content-Type-Options", "nosniff"],
    ],
  ],
  many: 1_000,
};

/** The hosts: one each of 10, 1,000 and 10,000 assets, and a thousand of 10. */
export function fixtureHosts(): { hostname: string; assets: number }[] {
  return [
    ...[10, 1_000, 10_000].map((assets) => ({ hostname: hostOf(assets), assets })),
    ...Array.from({ length: HOSTS.many }, (_, index) => ({
      hostname: `many-${index}.${BASE_DOMAIN}`,
      assets: 10,
    })),
  ];
}

export function hostOf(assets: number): string {
  return `assets-${assets}.${BASE_DOMAIN}`;
}

/** The entity tag of the asset at `index`, without its quotes. */
export function etagOf(index: number): string {
  return index.toString(16).padStart(22, "0");
}

/** The first four assets are those the rows ask for; the rest make the manifest as long as it is. */
export function pathOf(index: number): {
  path: string;
  size: number;
  visibility: ManifestVisibility;
} {
  switch (index) {
    case 0:
      return { path: "/audio/1k.mp3", size: 1_024, visibility: "public" };
    case 1:
      return { path: "/audio/64k.mp3", size: 65_536, visibility: "public" };
    case 2:
      return { path: "/audio/protected.mp3", size: 1_024, visibility: "protected" };
    case 3:
      return { path: "/video/25m.mp4", size: 25 * 1024 * 1024, visibility: "public" };
    default:
      return { path: `/prompts/menu-${index}/option.mp3`, size: 16, visibility: "public" };
  }
}

export type Row = {
  name: string;
  status: number;
  hosts: string[];
  method?: string;
  path: string;
  headers?: Record<string, string>;
};
