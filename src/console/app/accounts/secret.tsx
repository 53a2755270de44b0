import { Alert, Button, Group, Text } from "@mantine/core";
import { copy } from "../files/copy.ts";
import { Icon } from "../shell/icons.tsx";

/** What is told once: whoever closes it without keeping it has to make another. */
export function Secret({
  title,
  lines,
  onClose,
}: {
  title: string;
  /** What each is, and its text. */
  lines: [string, string][];
  onClose: () => void;
}) {
  return (
    <Alert color="indigo" variant="outline" title={title} icon={<Icon name="key" />} mt="sm">
      <Text size="sm" mb="xs">
        It is shown this once. Keep it where only those who may use it can read it.
      </Text>
      {lines.map(([name, text]) => (
        <div key={name} className="rb-secret-line">
          <span className="rb-note">{name}</span>
          <code className="rb-mono rb-breakable rb-grow">{text}</code>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="copy" size={15} />}
            aria-label={`Copy the ${name}`}
            onClick={() => void copy(text, `${name} copied`)}
          >
            Copy
          </Button>
        </div>
      ))}
      <Group mt="xs">
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          I have kept it
        </Button>
      </Group>
    </Alert>
  );
}
