import type {
  EnvironmentRepresentation,
  ServiceRepresentation,
} from "../../../api/representations.ts";
import { iconOf } from "../files/file-icon.ts";
import type { FileVersion } from "../files/file-version.ts";
import { shownPath } from "../files/paths.ts";
import { isEditableText } from "../files/text-types.ts";
import { pathOf, type ServiceTab } from "../router.tsx";
import { SERVICE_TABS } from "../services/service-tabs.ts";
import type { IconName } from "../shell/icons.tsx";

/** Something that the palette finds by its words and does. */
export type Command = {
  id: string;
  label: string;
  /** What it is or where, in a few words; found by them too. */
  hint: string;
  icon: IconName;
  run: () => void;
};

/** What there is to go to: the files, environments and parts of the open service, then every service. */
export type Places = {
  services: ServiceRepresentation[];
  /** The service whose page is open. */
  service: ServiceRepresentation | undefined;
  files: FileVersion[];
  environments: EnvironmentRepresentation[];
};

/** Returns a command for each place, which `go` leads to; text files and functions open in the editor. */
export function placeCommands(places: Places, go: (path: string) => void): Command[] {
  const { services, service, files, environments } = places;
  const here = service
    ? [
        ...files.map((file): Command => fileCommand(file, service.sid, go)),
        ...environments.flatMap((environment) => environmentCommands(environment, service, go)),
        ...SERVICE_TABS.map(({ tab, label, icon }): Command => {
          const path = pathOf({ page: "service", serviceSid: service.sid, tab, item: null });
          const hint = `Part of ${service.friendly_name}`;
          return { id: `tab ${tab}`, label, hint, icon, run: () => go(path) };
        }),
      ]
    : [];
  const elsewhere = services
    .filter(({ sid }) => sid !== service?.sid)
    .map(({ sid, friendly_name: label, unique_name }): Command => {
      const path = pathOf({ page: "service", serviceSid: sid, tab: "files", item: null });
      const hint = label === unique_name ? "Service" : `Service ${unique_name}`;
      return { id: sid, label, hint, icon: "folder", run: () => go(path) };
    });
  return [
    ...here,
    ...elsewhere,
    { id: "services", label: "All services", hint: "Page", icon: "list", run: () => go("/") },
    {
      id: "account",
      label: "Keys and accounts",
      hint: "Page",
      icon: "key",
      run: () => go(pathOf({ page: "account" })),
    },
  ];
}

function fileCommand(file: FileVersion, serviceSid: string, go: (path: string) => void): Command {
  const at = (item: string | null) => pathOf({ page: "service", serviceSid, tab: "files", item });
  const path = isEditableText(file) ? at(file.file_sid) : `${at(null)}?file=${file.file_sid}`;
  return {
    id: file.file_sid,
    label: shownPath(file.path),
    hint: `${file.visibility} ${file.kind}`,
    icon: iconOf(file),
    run: () => go(path),
  };
}

function environmentCommands(
  { sid, unique_name, domain_name }: EnvironmentRepresentation,
  service: ServiceRepresentation,
  go: (path: string) => void,
): Command[] {
  const at = (tab: ServiceTab, item: string | null) =>
    pathOf({ page: "service", serviceSid: service.sid, tab, item });
  return [
    {
      id: `variables ${sid}`,
      label: `Variables of ${unique_name}`,
      hint: domain_name,
      icon: "lock",
      run: () => go(`${at("environments", null)}?open=${sid}.variables`),
    },
    {
      id: `history ${sid}`,
      label: `History of ${unique_name}`,
      hint: domain_name,
      icon: "history",
      run: () => go(`${at("environments", null)}?open=${sid}.history`),
    },
    {
      id: `activity ${sid}`,
      label: `Activity of ${unique_name}`,
      hint: domain_name,
      icon: "phone",
      run: () => go(at("activity", sid)),
    },
    {
      id: `logs ${sid}`,
      label: `Logs of ${unique_name}`,
      hint: domain_name,
      icon: "list",
      run: () => go(at("logs", sid)),
    },
  ];
}
