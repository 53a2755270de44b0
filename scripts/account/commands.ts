import {
  type Account,
  AccountFailure,
  type ControlPlane,
  callApi,
  type Key,
  listAll,
} from "./control-plane.ts";

export type Options = {
  sid?: string | undefined;
  token?: string | undefined;
  yes?: boolean | undefined;
};

/** A command: what stands behind its name on the command line, and what it does. */
export type Command = {
  usage: string;
  run(plane: ControlPlane, words: string[], options: Options): Promise<string>;
};

/** What each command does; it returns what to print: what was done, and what to do next. */
export const commands: Record<string, Command> = {
  add: { usage: "add <name> [--sid AC… --token]", run: add },
  list: { usage: "list", run: list },
  rename: { usage: "rename <AC…> <name>", run: rename },
  rotate: { usage: "rotate <AC…> [create [--token] | promote | drop]", run: rotate },
  remove: { usage: "remove <AC…> --yes", run: remove },
  keys: { usage: "keys [list | add [name] | remove <SK…>]", run: keys },
};

async function add(plane: ControlPlane, [name]: string[], options: Options): Promise<string> {
  if (!name) throw new AccountFailure(`Usage: ${commands.add?.usage}`);
  const account = await callApi<Account & { auth_token: string }>(plane, "POST", "/Accounts", {
    FriendlyName: name,
    Sid: options.sid,
    AuthToken: options.token,
  });
  return `Added the account "${account.friendly_name}".
  Account SID  ${account.sid}
  Auth token   ${account.auth_token}
The token is not shown again. Twilio's tools take the two as ACCOUNT_SID and AUTH_TOKEN.`;
}

async function list(plane: ControlPlane): Promise<string> {
  const accounts = await listAll<Account>(plane, "/Accounts", "accounts");
  if (accounts.length === 0) {
    return "No account beside the operator's. Add one: npm run account -- add <name>";
  }
  return accounts.map(line).join("\n");
}

function line({ sid, friendly_name, date_created }: Account | Key): string {
  return `${sid}  ${date_created}  ${friendly_name}`;
}

async function rename(plane: ControlPlane, [sid, name]: string[]): Promise<string> {
  if (!name) throw new AccountFailure(`Usage: ${commands.rename?.usage}`);
  await callApi(plane, "POST", `/Accounts/${accountSid(sid)}`, { FriendlyName: name });
  return `Renamed ${sid} to "${name}".`;
}

async function rotate(
  plane: ControlPlane,
  [sid, step = "create"]: string[],
  options: Options,
): Promise<string> {
  const tokens = `/Accounts/${accountSid(sid)}/AuthTokens`;
  switch (step) {
    case "create": {
      const created = await callApi<{ secondary_auth_token: string }>(
        plane,
        "POST",
        `${tokens}/Secondary`,
        { AuthToken: options.token },
      );
      return `Created a secondary auth token for ${sid}; both tokens work now.
  Auth token   ${created.secondary_auth_token}
It is not shown again. Give it to the account's clients, then: npm run account -- rotate ${sid} promote`;
    }
    case "promote":
      await callApi(plane, "POST", `${tokens}/Promote`);
      return `The newer token of ${sid} is its primary one now; the older still works.
When no client uses the older: npm run account -- rotate ${sid} drop`;
    case "drop":
      await callApi(plane, "DELETE", `${tokens}/Secondary`);
      return `The secondary token of ${sid} does not work any more.`;
    default:
      throw new AccountFailure(`Usage: ${commands.rotate?.usage}`);
  }
}

async function remove(plane: ControlPlane, [sid]: string[], options: Options): Promise<string> {
  const resource = `/Accounts/${accountSid(sid)}`;
  const account = await callApi<Account>(plane, "GET", resource);
  if (!options.yes) {
    throw new AccountFailure(
      `This deletes the account "${account.friendly_name}", its keys, services and everything they\n` +
        `host. To do so: npm run account -- remove ${sid} --yes`,
    );
  }
  await callApi(plane, "DELETE", resource);
  return `Removed ${sid}; its hostnames answer 404 now.`;
}

async function keys(plane: ControlPlane, [action = "list", word]: string[]): Promise<string> {
  switch (action) {
    case "list": {
      const found = await listAll<Key>(plane, "/Keys", "keys");
      if (found.length > 0) return found.map(line).join("\n");
      return `${plane.accountSid} has no API key. Make one: npm run account -- keys add <name>`;
    }
    case "add": {
      const key = await callApi<Key & { secret: string }>(plane, "POST", "/Keys", {
        FriendlyName: word,
      });
      return `Made an API key of ${plane.accountSid}.
  Key SID  ${key.sid}
  Secret   ${key.secret}
The secret is not shown again. The two stand in for the account SID and auth token.`;
    }
    case "remove": {
      if (!/^SK[0-9a-fA-F]{32}$/.test(word ?? "")) throw notSid(word, "SK");
      await callApi(plane, "DELETE", `/Keys/${word}`);
      return `Removed ${word}; it does not work any more.`;
    }
    default:
      throw new AccountFailure(`Usage: ${commands.keys?.usage}`);
  }
}

function accountSid(word: string | undefined): string {
  if (!/^AC[0-9a-fA-F]{32}$/.test(word ?? "")) throw notSid(word, "AC");
  return word as string;
}

function notSid(word: string | undefined, prefix: "AC" | "SK"): AccountFailure {
  const form = `${prefix} and 32 hexadecimal digits`;
  const which = prefix === "AC" ? "list" : "keys list";
  return new AccountFailure(
    `Which one? ${word === undefined ? "Its SID is" : `"${word}" is not`} ${form}. ` +
      `See them all: npm run account -- ${which}`,
  );
}
