import { useEffect } from "react";

/** What had the focus last, dialogs and menus left out: they are gone when it is to come back. */
let place: Element | null = null;

addEventListener("focusin", ({ target }) => {
  if (target instanceof Element && !target.closest("[role=dialog], [role=menu]")) place = target;
});

/**
 * Gives the focus back to what had it when the calling dialog appeared, once the dialog is gone; what
 * came out of a menu gives it to the button of the menu.
 */
export function useFocusGivenBack(): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      const isThere =
        before?.isConnected && before !== document.body && !before.closest("[role=menu]");
      const to = isThere ? before : place;
      if (to instanceof HTMLElement && to.isConnected) to.focus({ preventScroll: true });
    };
  }, []);
}
