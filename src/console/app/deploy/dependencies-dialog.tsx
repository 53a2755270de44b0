import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import type { DependencyRepresentation } from "../../../api/representations.ts";
import { count } from "../format.ts";
import { useFocusGivenBack } from "../shell/focus.ts";
import { Icon } from "../shell/icons.tsx";
import type { BuildSettings } from "./build-settings.ts";
import { editDependencies } from "./dependencies.ts";
import { type DependencyFinding, nameFinding, versionFinding } from "./dependency-rules.ts";

/** The packages of the service's functions, as the next build will ask for them. */
export default function DependenciesDialog({
  serviceSid,
  settings,
  onClose,
}: {
  serviceSid: string;
  settings: BuildSettings;
  onClose: () => void;
}) {
  useFocusGivenBack();
  const { dependencies, resolved, runtime } = settings;
  const versionsOf = new Map(resolved.map(({ name, version }) => [name, version]));
  const set = (changed: DependencyRepresentation[]) => editDependencies(serviceSid, changed);
  return (
    <Modal
      opened
      onClose={onClose}
      size={620}
      title="Dependencies"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          The npm packages that functions require. Changes here take effect with the next Deploy
          All. The library twilio is there without being asked for.
        </Text>
        {dependencies.length === 0 && <Text size="sm">No dependencies.</Text>}
        {dependencies.map((dependency) => (
          <div key={dependency.name} className="rb-variable">
            <span className="rb-mono rb-breakable rb-variable-key">{dependency.name}</span>
            <TextInput
              className="rb-grow"
              aria-label={`Version of ${dependency.name}`}
              classNames={{ input: "rb-mono" }}
              spellCheck={false}
              maxLength={255}
              value={dependency.version}
              {...toldOf(versionFinding(dependency.version))}
              onChange={(event) => {
                const version = event.currentTarget.value;
                set(dependencies.map((one) => (one === dependency ? { ...one, version } : one)));
              }}
            />
            {versionsOf.has(dependency.name) && (
              <span className="rb-note rb-mono rb-built" title="What the last build has">
                {versionsOf.get(dependency.name)}
              </span>
            )}
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              aria-label={`Remove ${dependency.name}`}
              onClick={() => set(dependencies.filter((one) => one !== dependency))}
            >
              <Icon name="trash" />
            </ActionIcon>
          </div>
        ))}
        <NewDependency
          onAdd={(added) => set([...dependencies.filter(({ name }) => name !== added.name), added])}
        />
        {resolved.length > 0 && (
          <details className="rb-resolved">
            <summary>The last build has {count(resolved.length, "package")}</summary>
            <ul>
              {resolved.map(({ name, version }) => (
                <li key={`${name}@${version}`} className="rb-mono">
                  {name} {version}
                </li>
              ))}
            </ul>
          </details>
        )}
        {runtime !== null && (
          <Text size="sm" c="dimmed">
            Runtime: <span className="rb-mono">{runtime}</span>
          </Text>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function NewDependency({ onAdd }: { onAdd: (added: DependencyRepresentation) => void }) {
  const [name, setName] = useState("");
  const [version, setVersion] = useState("");
  const nameInput = useRef<HTMLInputElement>(null);
  const wanted = name.trim();
  const ofName = nameFinding(wanted);
  const ofVersion = wanted === "" && version === "" ? null : versionFinding(version);
  const problem = ofName?.level === "problem" || ofVersion?.level === "problem";
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted === "" || problem) return;
    onAdd({ name: wanted, version: version.trim() || "*" });
    setName("");
    setVersion("");
    nameInput.current?.focus();
  };
  return (
    <form className="rb-variable" onSubmit={onSubmit}>
      <TextInput
        ref={nameInput}
        className="rb-variable-new-key"
        aria-label="Name of a new dependency"
        required
        placeholder="lodash"
        classNames={{ input: "rb-mono" }}
        spellCheck={false}
        maxLength={214}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        {...toldOf(ofName)}
      />
      <TextInput
        className="rb-grow"
        aria-label="Version of the new dependency"
        placeholder="^4.17.0"
        classNames={{ input: "rb-mono" }}
        spellCheck={false}
        maxLength={255}
        value={version}
        onChange={(event) => setVersion(event.currentTarget.value)}
        {...toldOf(ofVersion)}
      />
      <Button type="submit" variant="default">
        Add
      </Button>
    </form>
  );
}

/** How a field tells what was found: a problem as its error, a note below it. */
function toldOf(finding: DependencyFinding | null) {
  if (!finding) return {};
  if (finding.level === "problem") return { error: finding.text };
  const inputWrapperOrder: ("input" | "description" | "error")[] = [
    "input",
    "description",
    "error",
  ];
  return { description: finding.text, inputWrapperOrder };
}
