import { Button, Group, Menu, Text, Title } from "@mantine/core";
import { useRef } from "react";
import { Icon } from "../shell/icons.tsx";
import { chosenFiles, type IncomingFile } from "../uploads/intake.ts";

/** The ways to add a file, in one menu. */
export function AddMenu({
  onFiles,
  onFunction,
  onText,
}: {
  onFiles: (files: IncomingFile[]) => void;
  onFunction: () => void;
  onText: () => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <>
      <FileInput ref={files} label="Files to upload" onFiles={onFiles} />
      <FileInput ref={folder} label="Folder to upload" folder onFiles={onFiles} />
      <Menu position="bottom-start" withInitialFocusPlaceholder={false} width={220}>
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="add" size={16} />}>
            Add
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="function" size={16} />} onClick={onFunction}>
            New function
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            leftSection={<Icon name="upload" size={16} />}
            onClick={() => files.current?.click()}
          >
            Upload files
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="folder" size={16} />}
            onClick={() => folder.current?.click()}
          >
            Upload a folder
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={onText}>
            New text file
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** An input that is pressed by others; shows nothing. */
export function FileInput({
  ref,
  label,
  folder = false,
  onFiles,
}: {
  ref: React.Ref<HTMLInputElement>;
  label: string;
  folder?: boolean;
  onFiles: (files: IncomingFile[]) => void;
}) {
  return (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      aria-label={label}
      {...(folder ? { webkitdirectory: "" } : {})}
      onChange={(event) => {
        onFiles(chosenFiles(event.currentTarget.files ?? []));
        event.currentTarget.value = "";
      }}
    />
  );
}

/** A service's first page. */
export function NoFiles({
  onFiles,
  onFunction,
}: {
  onFiles: (files: IncomingFile[]) => void;
  onFunction: () => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <div className="rb-empty rb-dropzone">
      <FileInput ref={files} label="Files to upload" onFiles={onFiles} />
      <FileInput ref={folder} label="Folder to upload" folder onFiles={onFiles} />
      <Icon name="upload" size={44} />
      <Title order={2}>Drop files or a folder here</Title>
      <Text c="dimmed" maw={460}>
        Greetings, hold music, images for messages, TwiML. They are uploaded now and can be fetched
        once you press Deploy All. Or write a function that answers calls and messages.
      </Text>
      <Group justify="center">
        <Button onClick={() => files.current?.click()}>Choose files</Button>
        <Button variant="default" onClick={() => folder.current?.click()}>
          Choose a folder
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="function" size={17} />}
          onClick={onFunction}
        >
          New function
        </Button>
      </Group>
    </div>
  );
}
