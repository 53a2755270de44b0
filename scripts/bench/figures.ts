/** The value below which the share `part` of `values` lies. */
export function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] as number;
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

export function column(value: number, width: number, digits = 0): string {
  return value.toFixed(digits).padStart(width);
}

/** `value` to `to`, which is 0 where it could not be measured. */
export function ratio(value: number, to: number): string {
  return (to === 0 ? "-" : (value / to).toFixed(2)).padStart(7);
}
