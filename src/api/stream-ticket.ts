import { seal, unseal } from "../contract/account-record.ts";

/** Subprotocol that carries a ticket: a page cannot send another header with a WebSocket. */
export const TICKET_PREFIX = "ringback.ticket.";

/** Milliseconds within which a stream must be opened. */
const VALID_FOR = 60_000;

export const STREAM_PATH =
  /^\/v1\/Services\/[^/]+\/Environments\/(ZE[0-9a-fA-F]{32})\/Requests\/Stream$/;

/** Returns what opens one environment's stream for `accountSid`, and until when (milliseconds). */
export async function streamTicket(
  accountSid: string,
  environmentSid: string,
  encryptionKey: string,
): Promise<{ ticket: string; expires: number }> {
  const expires = Date.now() + VALID_FOR;
  const text = JSON.stringify({ accountSid, expires });
  const sealed = await seal(text, contextOf(environmentSid), encryptionKey);
  const ticket = sealed.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return { ticket, expires };
}

/** Returns the account that a ticket was made for; null where it opens nothing here, or no more. */
export async function openTicket(
  protocols: string | null,
  environmentSid: string,
  encryptionKey: string,
): Promise<string | null> {
  const named = (protocols ?? "").split(",", 5).map((name) => name.trim());
  const ticket = named.find((name) => name.startsWith(TICKET_PREFIX))?.slice(TICKET_PREFIX.length);
  if (ticket === undefined) return null;
  const base64 = ticket.replaceAll("-", "+").replaceAll("_", "/");
  const padded = base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");
  const text = await unseal(padded, contextOf(environmentSid), encryptionKey);
  if (text === null) return null;
  const { accountSid, expires } = JSON.parse(text) as { accountSid: string; expires: number };
  return Date.now() < expires ? accountSid : null;
}

function contextOf(environmentSid: string): string {
  return `stream:${environmentSid}`;
}
