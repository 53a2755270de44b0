import { useCallback, useRef, useState } from "react";

export type Selection = {
  /** SIDs of files. */
  selected: ReadonlySet<string>;
  /** Selects a file or not; `range`: and all between it and the one that was pressed before. */
  select: (fileSid: string, selected: boolean, range: boolean) => void;
  selectAll: (fileSids: string[], selected: boolean) => void;
  clear: () => void;
};

/** Which files are selected; `order` is what stands between them, as it is listed. */
export function useSelection(order: string[]): Selection {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const listed = useRef(order);
  listed.current = order;
  const selectAll = useCallback((fileSids: string[], select: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      for (const sid of fileSids) {
        if (select) after.add(sid);
        else after.delete(sid);
      }
      return after;
    });
  }, []);
  const select = useCallback(
    (fileSid: string, chosen: boolean, range: boolean) => {
      const from = range && anchor.current !== null ? anchor.current : fileSid;
      anchor.current = fileSid;
      selectAll(between(listed.current, from, fileSid), chosen);
    },
    [selectAll],
  );
  const clear = useCallback(() => setSelected(new Set()), []);
  return { selected, select, selectAll, clear };
}

/** Returns what of `order` stands from `from` to `to`, both with it, whichever comes first. */
function between(order: string[], from: string, to: string): string[] {
  const [one, other] = [order.indexOf(from), order.indexOf(to)];
  if (one === -1 || other === -1) return [to];
  return order.slice(Math.min(one, other), Math.max(one, other) + 1);
}
