import type { Reporter, TestCase } from "vitest/node";

/** Tells at the end of a run which tests have passed at a second try only, and why not at the first. */
export function tellSecondTries(): Reporter {
  const lines: string[] = [];
  return {
    onTestCaseResult(test: TestCase) {
      if (!test.diagnostic()?.flaky) return;
      const reason = test.result().errors?.[0]?.message ?? "";
      lines.push(`${test.module.relativeModuleId} > ${test.fullName}: ${JSON.stringify(reason)}`);
    },
    onTestRunEnd() {
      for (const line of lines) console.log(`Passed at a second try: ${line}`);
    },
  };
}
