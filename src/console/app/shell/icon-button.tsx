import type { ComponentProps } from "react";
import { Icon, type IconName } from "./icons.tsx";

/** A button that is an icon; `label` is its name for whoever does not see it. */
export function IconButton({
  label,
  icon,
  size = 17,
  className,
  ...rest
}: Omit<ComponentProps<"button">, "type" | "children" | "aria-label"> & {
  label: string;
  icon: IconName;
  /** Of the icon, in pixels. */
  size?: number;
}) {
  return (
    <button
      type="button"
      className={className ? `rb-icon-button ${className}` : "rb-icon-button"}
      aria-label={label}
      {...rest}
    >
      <Icon name={icon} size={size} />
    </button>
  );
}
