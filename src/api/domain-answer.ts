/** Whether a custom domain leads here already, as a stranger would find out. */
import type { DomainAnswer } from "./representations.ts";

/** How long an answer is waited for, milliseconds, and how much of it is read, bytes. */
const PATIENCE = 5_000;
const READ = 4_096;

/** What the gateway says of a path that nobody has (gateway/errors.ts). */
const OURS = "There is nothing at this address.";

/**
 * Asks `https://<hostname>/` for a path that nobody has: `here` where this installation answers it,
 * `elsewhere` where something else does, `none` where nothing does in five seconds.
 */
export async function answerOf(hostname: string): Promise<DomainAnswer> {
  try {
    const response = await fetch(`https://${hostname}/.is-this-here-${crypto.randomUUID()}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return response.status === 404 && (await start(response)).includes(OURS) ? "here" : "elsewhere";
  } catch {
    return "none";
  }
}

async function start(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= READ) break;
  }
  return text;
}
