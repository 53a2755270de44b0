/**
 * What the functions of one environment run with, as the two sides hand it over: one KV value an
 * environment, encrypted like an account's tokens. It is written when a build with functions is
 * deployed and whenever a variable changes, so that a change needs no deployment.
 */
import { seal, unseal } from "./account-record.ts";

export type EnvironmentRecord = {
  variables: Record<string, string>;
  /** Whether functions get the account's SID and auth token (a service's `include_credentials`). */
  includeCredentials: boolean;
};

/** The KV key of an environment's record. */
export function environmentRecordKey(environmentSid: string): string {
  return `environment:${environmentSid}`;
}

/** Returns the KV value of an environment's record. */
export function encodeEnvironmentRecord(
  environmentSid: string,
  { variables, includeCredentials }: EnvironmentRecord,
  encryptionKey: string,
): Promise<string> {
  const text = JSON.stringify({ variables, includeCredentials });
  return seal(text, environmentRecordKey(environmentSid), encryptionKey);
}

/**
 * Reads an environment's KV value; null for what was not sealed for this environment under this key.
 * What opens is whole: only `encodeEnvironmentRecord` seals for it.
 */
export async function decodeEnvironmentRecord(
  value: string,
  environmentSid: string,
  encryptionKey: string,
): Promise<EnvironmentRecord | null> {
  const text = await unseal(value, environmentRecordKey(environmentSid), encryptionKey);
  return text === null ? null : (JSON.parse(text) as EnvironmentRecord);
}
