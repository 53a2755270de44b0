import { env } from "cloudflare:workers";

/**
 * Returns the keys of what R2 holds of services, sorted. Libraries are a release's, and npm's are
 * everybody's: whoever asks for one first stores it, a test before this one perhaps, behind its last
 * answer.
 */
export async function storedKeys(): Promise<string[]> {
  const { objects } = await env.BYTES.list();
  return objects
    .map(({ key }) => key)
    .filter((key) => !/^(?:libraries|npm)\//.test(key))
    .sort();
}
