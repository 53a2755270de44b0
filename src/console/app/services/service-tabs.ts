import type { ServiceTab } from "../router.tsx";
import type { IconName } from "../shell/icons.tsx";

/** The parts of a service's page, in their order. */
export const SERVICE_TABS: { tab: ServiceTab; label: string; icon: IconName }[] = [
  { tab: "files", label: "Functions & Assets", icon: "file" },
  { tab: "environments", label: "Environments", icon: "globe" },
  { tab: "activity", label: "Activity", icon: "phone" },
  { tab: "logs", label: "Logs", icon: "list" },
  { tab: "settings", label: "Settings", icon: "edit" },
];
