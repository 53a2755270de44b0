/**
 * What stands beside a value of KV. KV shows a reader at times what was there before, for 30 seconds
 * and more; by this the gateway knows older from newer without reading either.
 */
export type ValueMetadata = {
  /** Equal for equal values; one that has none is always read. */
  revision?: string;
  /**
   * As of when the value is what D1 says, by D1's own clock, in milliseconds: of two values of a key,
   * the one with the smaller is the older. Version 0.1.0 wrote none.
   */
  asOf?: number;
  /** There is no value any more: what a deletion leaves for a while, so that it is not overlooked. */
  gone?: true;
};
