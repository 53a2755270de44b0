import { useEffect, useState } from "react";

/** How the key is called that opens the palette. */
export const PALETTE_KEY = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl+K";

/**
 * Whether the palette is open, and what sets that. Ctrl+K or ⌘K opens and closes it wherever the focus
 * is, but over a dialog: that is to be ended first.
 */
export function usePalette(): [opened: boolean, setOpened: (opened: boolean) => void] {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const pressed = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if (!pressed || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (opened || document.querySelector("[role=dialog]") === null) setOpened(!opened);
    };
    // Before the editor, where the key means something else on some machines.
    addEventListener("keydown", press, { capture: true });
    return () => removeEventListener("keydown", press, { capture: true });
  }, [opened]);
  return [opened, setOpened];
}
