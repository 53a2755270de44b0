/**
 * Why a build cannot be made, in words for its author. It is thrown where that is found, deep in a
 * tree of packages, and becomes a value at the entry of the builder (main.ts).
 */
export class Refusal extends Error {
  override name = "Refusal";
}

/** The registry or the store did not answer as it should: another try may find it well. */
export class Unavailable extends Error {
  override name = "Unavailable";
}
