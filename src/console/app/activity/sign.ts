import { twilioSignature } from "../files/snippets.ts";

/** X-Twilio-Signature over `url` and a form's fields, sorted by name (contract 3). */
export function signatureOf(
  url: string,
  authToken: string,
  fields: [name: string, value: string][] = [],
): Promise<string> {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of fields) {
    values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  let message = url;
  for (const name of [...values.keys()].sort()) {
    for (const value of [...(values.get(name) as Set<string>)].sort()) message += name + value;
  }
  return twilioSignature(message, authToken);
}
