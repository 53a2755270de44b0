import type { Visibility } from "../../../api/representations.ts";

/** Who may fetch or call a file, with the words of the choice. */
export const VISIBILITIES = [
  ["public", "Public"],
  ["protected", "Protected"],
  ["private", "Private"],
] as const satisfies (readonly [Visibility, string])[];
