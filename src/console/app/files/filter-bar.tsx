import { Text, TextInput } from "@mantine/core";
import { count } from "../format.ts";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import type { FileFilter } from "./filter.ts";

/** What of the files is listed. */
export function FilterBar({
  filter,
  onFilter,
  found,
  all,
}: {
  filter: FileFilter;
  onFilter: (filter: FileFilter) => void;
  found: number;
  all: number;
}) {
  return (
    <div className="rb-filters">
      <TextInput
        type="search"
        aria-label="Filter by name or path"
        placeholder="Filter by name or path"
        leftSection={<Icon name="search" size={16} />}
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        className="rb-filter-text"
      />
      <Picker
        label="Kind"
        value={filter.kind}
        options={[
          ["all", "Functions and assets"],
          ["function", "Functions"],
          ["asset", "Assets"],
        ]}
        onChange={(kind) => onFilter({ ...filter, kind })}
      />
      <Picker
        label="Visibility"
        value={filter.visibility}
        options={[
          ["all", "Any visibility"],
          ["public", "Public"],
          ["protected", "Protected"],
          ["private", "Private"],
        ]}
        onChange={(visibility) => onFilter({ ...filter, visibility })}
      />
      <Picker
        label="State"
        value={filter.state}
        options={[
          ["all", "Any state"],
          ["live", "Live"],
          ["changed", "Changed"],
          ["new", "Not deployed"],
          ["deleted", "Deleted, still live"],
          ["warned", "With warnings"],
        ]}
        onChange={(state) => onFilter({ ...filter, state })}
      />
      <Text size="sm" c="dimmed" role="status" className="rb-filter-count">
        {found === all ? count(all, "file") : `${found} of ${count(all, "file")}`}
      </Text>
    </div>
  );
}
