import type { DeployerRepresentation } from "../../../api/representations.ts";

/** Returns `by the auth token, in the console: Deploy All`, or what else is known of who deployed. */
export function deployedBy(deployer: DeployerRepresentation): string {
  const { credential, key_name, key_sid, client, note } = deployer;
  const who =
    credential === "token"
      ? "the auth token"
      : `the key ${key_name || (key_sid ?? "").slice(0, 8)}`;
  const how = client === "" ? "" : `, ${clientInWords(client)}`;
  return `by ${who}${how}${note ? `: ${note}` : ""}`;
}

/** Browsers name Mozilla first (RFC 9110 10.1.5 and history); only the console deploys out of one. */
function clientInWords(client: string): string {
  const [product = client] = client.split("/");
  return product === "Mozilla" ? "in the console" : `with ${client}`;
}
