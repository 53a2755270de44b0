import { useEffect, useEffectEvent, useState } from "react";
import { replaceParameters } from "../router.tsx";
import { type FileFilter, filterOf, queryOf } from "./filter.ts";

/** The address follows what is typed after this, milliseconds. */
const SETTLED = 250;

/** How the list is filtered and sorted, which the address says. */
export function useFilter(): [FileFilter, (filter: FileFilter) => void] {
  const [filter, setFilter] = useState(() => filterOf(location.search));
  const settle = useEffectEvent(() => replaceParameters(queryOf(filter)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change is written once it stands.
  useEffect(() => {
    const timer = setTimeout(settle, SETTLED);
    return () => clearTimeout(timer);
  }, [filter]);
  useEffect(() => {
    const follow = () => setFilter(filterOf(location.search));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  return [filter, setFilter];
}
