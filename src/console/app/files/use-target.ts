import { useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";

/**
 * The environment that Deploy All deploys to: the one chosen in this tab, else the one without a
 * suffix, else the first.
 */
export function useTarget(
  serviceSid: string,
  environments: EnvironmentRepresentation[] | undefined,
): [EnvironmentRepresentation | undefined, (sid: string) => void] {
  const key = `ringback.target.${serviceSid}`;
  const [chosen, setChosen] = useState(() => sessionStorage.getItem(key));
  const target =
    environments?.find(({ sid }) => sid === chosen) ??
    environments?.find(({ domain_suffix }) => domain_suffix === null) ??
    environments?.at(-1);
  const choose = (sid: string) => {
    sessionStorage.setItem(key, sid);
    setChosen(sid);
  };
  return [target, choose];
}
