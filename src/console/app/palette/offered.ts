/** What the parts of the page that are shown can do: each offers it while it is there. */
import { useEffect, useId } from "react";
import type { Command } from "./commands.ts";

const offered = new Map<string, Command[]>();

/** Offers `commands` in the palette for as long as the calling component is shown. */
export function useOffered(commands: Command[]): void {
  const id = useId();
  useEffect(() => {
    offered.set(id, commands);
  });
  useEffect(
    () => () => {
      offered.delete(id);
    },
    [id],
  );
}

/** What can be done on the page as it is now. */
export function offeredCommands(): Command[] {
  return [...offered.values()].flat();
}
