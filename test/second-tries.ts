import type { Reporter, TestCase } from "vitest/node";

/** Names at the end of a run the tests that have passed at a second try only: what to look into. */
export function tellSecondTries(): Reporter {
  const names: string[] = [];
  return {
    onTestCaseResult(test: TestCase) {
      if (test.diagnostic()?.flaky)
        names.push(`${test.module.relativeModuleId} > ${test.fullName}`);
    },
    onTestRunEnd() {
      for (const name of names) console.log(`Passed at a second try: ${name}`);
    },
  };
}
