import { npmRegistry } from "../../scripts/npm-registry.ts";

/** Where npm gets packages, or null where that does not answer: tests that need it are left out then. */
export async function reachableRegistry(): Promise<string | null> {
  const url = npmRegistry(process.env);
  try {
    const signal = AbortSignal.timeout(3_000);
    const answer = await fetch(new URL("is-number", url), { method: "HEAD", signal });
    return answer.ok ? url : null;
  } catch {
    return null;
  }
}

/** Asks the real registry for what a test asked of `/npm/`. */
export async function fromRealRegistry(
  registry: string,
  path: string,
  accept: string | undefined,
): Promise<{ status: number; body: Buffer }> {
  const answer = await fetch(new URL(path, registry), accept ? { headers: { accept } } : {});
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}
