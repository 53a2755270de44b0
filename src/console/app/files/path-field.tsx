import { TextInput } from "@mantine/core";

/** Where a path is typed: the first field of a dialog. */
export function PathField({
  label = "Path",
  value,
  error,
  onChange,
  ...rest
}: {
  label?: string;
  value: string;
  error: string | null | false;
  onChange: (path: string) => void;
  placeholder?: string;
  description?: string;
  className?: string;
}) {
  return (
    <TextInput
      data-autofocus
      label={label}
      classNames={{ input: "rb-mono" }}
      spellCheck={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      {...rest}
    />
  );
}
