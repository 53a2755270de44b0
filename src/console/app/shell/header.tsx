import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { unsavedCount } from "../editor/unsaved.ts";
import { count } from "../format.ts";
import { useOffered } from "../palette/offered.ts";
import { PALETTE_KEY } from "../palette/use-palette.ts";
import { Link, pathOf } from "../router.tsx";
import { signOut } from "../session/session.ts";
import { activeUploads } from "../uploads/queue.ts";
import { Icon, Logo } from "./icons.tsx";

export function Header({ accountSid, onSearch }: { accountSid: string; onSearch: () => void }) {
  const leave = () => {
    const waiting = activeUploads();
    if (waiting > 0 && !confirm(`${waiting} uploads are not done. Sign out and cancel them?`)) {
      return;
    }
    const typed = unsavedCount();
    if (typed > 0 && !confirm(`${count(typed, "file")} not saved. Sign out and lose the text?`)) {
      return;
    }
    notifications.clean();
    signOut();
  };
  const { setColorScheme } = useMantineColorScheme();
  const other = useOtherScheme();
  useOffered([
    {
      id: "colours",
      label: `Use ${other} colours`,
      hint: "Action",
      icon: other === "dark" ? "moon" : "sun",
      run: () => setColorScheme(other),
    },
    { id: "sign-out", label: "Sign out", hint: "Action", icon: "lock", run: leave },
  ]);
  return (
    <header className="rb-header">
      <Link href="/" className="rb-brand">
        <Logo />
        <span>Ringback</span>
      </Link>
      <Link href={pathOf({ page: "account" })} className="rb-account" title={accountSid}>
        <span className="rb-account-sid">{accountSid}</span>
        <Icon name="key" size={17} />
        <span className="rb-account-words">Keys and accounts</span>
      </Link>
      <Button
        variant="default"
        size="compact-sm"
        className="rb-header-search"
        leftSection={<Icon name="search" size={15} />}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={onSearch}
      >
        Search
        <kbd>{PALETTE_KEY}</kbd>
      </Button>
      <ColourSchemeButton />
      <Button variant="subtle" color="gray" size="compact-sm" onClick={leave}>
        Sign out
      </Button>
    </header>
  );
}

export function ColourSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useOtherScheme();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`Use ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      <Icon name={other === "dark" ? "moon" : "sun"} />
    </ActionIcon>
  );
}

function useOtherScheme(): "light" | "dark" {
  return useComputedColorScheme("light") === "light" ? "dark" : "light";
}
