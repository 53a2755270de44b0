import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { Picker } from "../shell/picker.tsx";

/** Chooses among a service's environments, where there are several. */
export function EnvironmentPicker({
  environment,
  environments,
  onChange,
}: {
  environment: EnvironmentRepresentation;
  environments: EnvironmentRepresentation[];
  onChange: (environmentSid: string) => void;
}) {
  if (environments.length < 2) return null;
  return (
    <Picker
      label="Environment"
      value={environment.sid}
      options={environments.map(({ sid, unique_name }) => [sid, unique_name] as const)}
      onChange={onChange}
    />
  );
}
