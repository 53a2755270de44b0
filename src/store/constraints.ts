/** Whether D1 refused a statement because another row has this value of `column` (`table.column`). */
export function isDuplicate(error: unknown, column: string): boolean {
  return constraint(error, "UNIQUE")?.includes(column) ?? false;
}

/** Whether D1 refused a statement because the row it belongs to is gone. */
export function isOrphan(error: unknown): boolean {
  return /FOREIGN KEY constraint failed/.test(String(error));
}

function constraint(error: unknown, kind: string): string[] | undefined {
  const match = new RegExp(`${kind} constraint failed: ([\\w., ]+)`).exec(String(error));
  return match?.[1]?.split(/[, ]+/);
}
