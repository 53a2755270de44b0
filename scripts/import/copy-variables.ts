import { ApiFailure } from "../deploy/serverless-api.ts";
import type { FileProblem } from "./copy-files.ts";
import type { SourceEnvironment } from "./source-services.ts";
import { change, create, readAll, type TargetApi } from "./target-api.ts";

type Variable = { sid: string; key: string; value: string | null };

export type VariableCopy = {
  /** How many were set. */
  set: number;
  problems: FileProblem[];
  /** Those that are here alone. */
  onlyHere: string[];
};

/** Sets the variables of an environment to those at Twilio; what is here alone stays. */
export async function copyVariables(
  api: TargetApi,
  environment: string,
  { variables }: SourceEnvironment,
): Promise<VariableCopy> {
  const resource = `${environment}/Variables`;
  const list = () => readAll<Variable>(api, resource, "variables");
  const here = await list();
  const copy: VariableCopy = { set: 0, problems: [], onlyHere: [] };
  for (const { key, value } of variables) {
    const what = `variable ${key}`;
    const existing = here.find((variable) => variable.key === key);
    if (existing && existing.value === value) continue;
    if (value === null) {
      copy.problems.push({ path: what, reason: "Twilio does not tell its value" });
      continue;
    }
    try {
      if (existing) await change(api, `${resource}/${existing.sid}`, { Value: value });
      else {
        await create<Variable>(
          api,
          resource,
          new URLSearchParams({ Key: key, Value: value }),
          async () => (await list()).find((variable) => variable.key === key),
        );
      }
      copy.set += 1;
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status >= 404) throw error;
      copy.problems.push({ path: what, reason: error.reason });
    }
  }
  const wanted = new Set(variables.map(({ key }) => key));
  copy.onlyHere = here.map(({ key }) => key).filter((key) => !wanted.has(key));
  return copy;
}
