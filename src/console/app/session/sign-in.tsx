import { Button, Modal, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { checkCredentials } from "../api/check-credentials.ts";
import { ApiFailure } from "../api/failures.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { useFocusGivenBack } from "../shell/focus.ts";
import { ColourSchemeButton } from "../shell/header.tsx";
import { Logo } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { BROWSER_HOURS, type Keeping, keepingOf, signIn, signOut } from "./session.ts";

export function SignInPage() {
  return (
    <main className="rb-sign-in">
      <div className="rb-sign-in-card">
        <div className="rb-sign-in-head">
          <Logo size={40} />
          <ColourSchemeButton />
        </div>
        <Title order={1}>Sign in to Ringback</Title>
        <Text c="dimmed" size="sm" mt={4} mb="lg">
          Upload the audio and media that your calls and messages fetch, and deploy them.
        </Text>
        <SignInForm username="" submit="Sign in" />
      </div>
    </main>
  );
}

/** Stands above the page one was on, which stays as it is, unsaved text and all. */
export function SignInAgain({ username }: { username: string }) {
  useFocusGivenBack();
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Sign in again"
      centered
      zIndex={1000}
    >
      <Text size="sm" mb="md">
        The server no longer accepts this login. Nothing on the page is lost: sign in, and what was
        under way goes on.
      </Text>
      <SignInForm username={username} submit="Sign in and go on" />
      <Button variant="subtle" color="gray" fullWidth mt="xs" onClick={signOut}>
        Sign out instead
      </Button>
    </Modal>
  );
}

function SignInForm({ username: initial, submit }: { username: string; submit: string }) {
  const [username, setUsername] = useState(initial);
  const [password, setPassword] = useState("");
  const [keeping, setKeeping] = useState(keepingOf);
  const [problem, setProblem] = useState<{ field: "username" | "password"; text: string } | null>(
    null,
  );
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const isKey = unquoted(username).startsWith("SK");

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    const credentials = { username: unquoted(username), password: unquoted(password) };
    const missing = missingField(credentials.username, credentials.password);
    setProblem(missing);
    if (missing) return;
    setBusy(true);
    setError(null);
    try {
      signIn(credentials, await checkCredentials(credentials), keeping);
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="md">
        <TextInput
          label="Account SID or API key"
          description="Starts with AC or SK"
          placeholder="AC…"
          name="username"
          autoComplete="username"
          spellCheck={false}
          autoCapitalize="off"
          data-autofocus={initial === "" ? true : undefined}
          autoFocus={initial === ""}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          error={problem?.field === "username" && problem.text}
        />
        <PasswordInput
          label={isKey ? "API key secret" : "Auth token"}
          name="password"
          autoComplete="current-password"
          data-autofocus={initial === "" ? undefined : true}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={problem?.field === "password" && problem.text}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide what is typed" }}
        />
        <div>
          <span className="rb-label" aria-hidden="true">
            Stay signed in
          </span>
          <Picker
            label="Stay signed in"
            className="rb-wide"
            value={keeping}
            options={KEEPINGS}
            onChange={setKeeping}
          />
          <p className="rb-note rb-under">{KEPT[keeping]}</p>
        </div>
        {error !== null && (
          <FailureAlert title={titleOf(error)} error={error}>
            {error instanceof ApiFailure && error.status === 401 && (
              <Text size="sm" mt={4}>
                Check that both belong together and are whole. On your own machine the SID and the
                token stand in the file .dev.vars, unless the environment gave others.
              </Text>
            )}
          </FailureAlert>
        )}
        <Button type="submit" loading={busy} size="md">
          {submit}
        </Button>
      </Stack>
    </form>
  );
}

const KEEPINGS: [Keeping, string][] = [
  ["page", "Until the page is closed or reloaded"],
  ["tab", "In this tab"],
  ["browser", `In this browser, for ${BROWSER_HOURS} hours`],
];

const KEPT: Record<Keeping, string> = {
  page: "Only the page’s memory holds the login.",
  tab: "The tab keeps the login, over reloads, until it is closed.",
  browser: "New tabs do not ask again. On a machine that others use too, sign out when you go.",
};

/** What is copied from a file of settings often brings its quotes along. */
function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}

function titleOf(error: unknown): string {
  return error instanceof ApiFailure && error.status === 401
    ? "These credentials are not right"
    : "Signing in failed";
}

function missingField(username: string, password: string) {
  if (username === "")
    return { field: "username" as const, text: "Enter an Account SID or API key" };
  if (!/^(AC|SK)[0-9a-fA-F]{32}$/.test(username)) {
    const text = "This is AC or SK and 32 hexadecimal digits";
    return { field: "username" as const, text };
  }
  if (password === "") return { field: "password" as const, text: "Enter the token or secret" };
  return null;
}
