import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { draftQuery, environmentsQuery, servicesQuery } from "../api/queries.ts";
import { navigate, placeOf, usePath } from "../router.tsx";
import { useFocusGivenBack } from "../shell/focus.ts";
import { Icon } from "../shell/icons.tsx";
import { type Command, placeCommands } from "./commands.ts";
import { matching } from "./match.ts";
import { offeredCommands } from "./offered.ts";

/** Goes anywhere and does anything by some letters of its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  useFocusGivenBack();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const commands = useCommands();
  const found = useMemo(() => matching(commands, typed), [commands, typed]);
  const active = Math.min(chosen, found.length - 1);

  const choose = (index: number) => {
    setChosen(index);
    list.current?.children[index]?.scrollIntoView({ block: "nearest" });
  };
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const press = (event: KeyboardEvent) => {
    const last = found.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: active === last ? 0 : active + 1,
      ArrowUp: active <= 0 ? last : active - 1,
      PageDown: Math.min(last, active + 8),
      PageUp: Math.max(0, active - 8),
    };
    const next = steps[event.key];
    if (next !== undefined) choose(next);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) run(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title="Go to, or do"
      size={640}
      yOffset="10vh"
      closeButtonProps={{ "aria-label": "Close" }}
      transitionProps={{ duration: 0 }}
    >
      <div className="rb-palette-field">
        <input
          className="rb-input"
          data-autofocus
          role="combobox"
          aria-label="Service, file, environment or action"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={found[active] ? `${id}-${active}` : undefined}
          aria-autocomplete="list"
          placeholder="Service, file, environment or action"
          spellCheck={false}
          autoComplete="off"
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            choose(0);
          }}
          onKeyDown={press}
        />
      </div>
      <div
        ref={list}
        id={`${id}-list`}
        className="rb-palette"
        role="listbox"
        aria-label="What is found"
      >
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys, by aria-activedescendant.
          <div
            key={command.id}
            id={`${id}-${index}`}
            className="rb-palette-line"
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onMouseMove={() => setChosen(index)}
            onClick={() => run(command)}
          >
            <Icon name={command.icon} size={17} />
            <span className="rb-breakable">{command.label}</span>
            <span className="rb-note">{command.hint}</span>
          </div>
        ))}
      </div>
      <p role="status" className={found.length > 0 ? "rb-hidden" : "rb-note rb-palette-none"}>
        {found.length > 0 ? `${found.length} found` : "Nothing has such a name"}
      </p>
    </Modal>
  );
}

/** What can be done here first, then where one can go; lists that are not loaded yet come when they are. */
function useCommands(): Command[] {
  const place = placeOf(usePath());
  const serviceSid = place.page === "service" ? place.serviceSid : "";
  const services = useQuery(servicesQuery()).data;
  const files = useQuery({ ...draftQuery(serviceSid), enabled: serviceSid !== "" }).data;
  const environments = useQuery({
    ...environmentsQuery(serviceSid),
    enabled: serviceSid !== "",
  }).data;
  const [here] = useState(offeredCommands);
  return useMemo(
    () => [
      ...here,
      ...placeCommands(
        {
          services: services ?? [],
          service: services?.find(({ sid }) => sid === serviceSid),
          files: files ?? [],
          environments: environments ?? [],
        },
        navigate,
      ),
    ],
    [here, services, serviceSid, files, environments],
  );
}
