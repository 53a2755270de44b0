import type { Ask } from "../production/secrets.ts";
import { AccountFailure } from "./control-plane.ts";

/**
 * Returns the token that an account is given: what stands behind `--token`; where nothing does, that of
 * NEW_AUTH_TOKEN, else what a person types, unseen, so that neither the shell's history nor the list of
 * processes has it. Undefined without `--token`: the API makes one. Throws AccountFailure where there is
 * none and nobody to ask.
 */
export async function givenToken(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
  ask: Ask,
): Promise<string | undefined> {
  if (option !== "") return option;
  const token = environment.NEW_AUTH_TOKEN || (await ask?.("Auth token of the account: "));
  if (token) return token;
  throw new AccountFailure(
    "Which token? Set NEW_AUTH_TOKEN to it, or run this in a terminal: it is asked for.",
  );
}
