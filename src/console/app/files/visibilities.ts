import type { Visibility } from "../../../api/representations.ts";

/** Who may fetch or call a file, with the words of the choice. */
export const VISIBILITIES = [
  ["public", "Public"],
  ["protected", "Protected"],
  ["private", "Private"],
] as const satisfies (readonly [Visibility, string])[];

const REACH: Record<Visibility, number> = { private: 0, protected: 1, public: 2 };

/** Whether more people may fetch what is `now` than what was `before`. */
export function isWider(before: Visibility, now: Visibility): boolean {
  return REACH[now] > REACH[before];
}
