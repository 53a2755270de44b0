import { Menu } from "@mantine/core";
import type { ReactNode } from "react";

/** A menu beside a button of the list: made for the one that was pressed, not for each of a thousand. */
export function MenuAnchor({
  button,
  label,
  onClose,
  children,
}: {
  button: HTMLButtonElement;
  label: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const rect = button.getBoundingClientRect();
  return (
    <Menu
      opened
      onChange={(opened) => {
        if (opened) return;
        onClose();
        button.focus();
      }}
      position="bottom-end"
      width={250}
      closeOnItemClick={false}
      returnFocus={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${label}, open`}
          className="rb-anchor"
          style={{
            top: rect.top + scrollY,
            left: rect.left + scrollX,
            width: rect.width,
            height: rect.height,
          }}
        />
      </Menu.Target>
      <Menu.Dropdown aria-label={label}>{children}</Menu.Dropdown>
    </Menu>
  );
}
