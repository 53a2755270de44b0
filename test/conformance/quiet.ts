import { afterAll, beforeAll, vi } from "vitest";

/** Keeps the log lines of a file full of refused requests out of the test report. */
export function quiet(): void {
  beforeAll(() => {
    for (const level of ["warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation(() => {});
    }
  });
  afterAll(() => void vi.restoreAllMocks());
}
