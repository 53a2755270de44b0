import type { UsageRepresentation } from "../../../api/representations.ts";
import { basicAuthorization, type Credentials } from "../session/session.ts";
import { ApiFailure, ConnectionLost } from "./failures.ts";

/** Returns the SID of the account that `credentials` open; throws what the API says, or ConnectionLost. */
export async function checkCredentials(credentials: Credentials): Promise<string> {
  const response = await fetch("/v1/Usage", {
    headers: { Authorization: basicAuthorization(credentials) },
    credentials: "omit",
  }).catch(() => {
    throw new ConnectionLost();
  });
  const text = await response.text();
  if (!response.ok) {
    throw new ApiFailure(response.status, text, (name) => response.headers.get(name));
  }
  return (JSON.parse(text) as UsageRepresentation).account_sid;
}
