import { createHmac } from "node:crypto";
import { request } from "../request.ts";
import { ASSETS, type Content, FUNCTION_PATH } from "./deployments.ts";

/** What one read was of, how long it took, and what was wrong with its answer. */
export type Read = { kind: string; milliseconds: number; wrong: string | null };

const FUNCTION_SHARE = 0.1;
const RANGE_SHARE = 0.4;
const LONGEST_RANGE = 50_000;

/**
 * Reads an asset of `origin`, whole or in part, signed where it must be. `allowed` is what may be
 * answered: what is deployed, and while a deployment is under way the next too; it changes meanwhile.
 */
export async function readAsset(
  origin: string,
  authToken: string,
  allowed: readonly Content[],
): Promise<Read> {
  const { path, size, visibility } = ASSETS[below(ASSETS.length)] as (typeof ASSETS)[number];
  const ranged = Math.random() < RANGE_SHARE;
  const start = ranged ? below(size) : 0;
  const end = ranged ? Math.min(size, start + 1 + below(LONGEST_RANGE)) : size;
  const url = `${origin}${path}`;
  const headers: Record<string, string> = {};
  if (ranged) headers.Range = `bytes=${start}-${end - 1}`;
  if (visibility === "protected") {
    headers["X-Twilio-Signature"] = createHmac("sha1", authToken).update(url).digest("base64");
  }
  const before = [...allowed];
  return timed(`${visibility}${ranged ? " range" : ""}`, url, headers, (status, body) => {
    if (status !== (ranged ? 206 : 200)) return `${url}: ${status}`;
    const right = [...before, ...allowed].some((content) =>
      content.get(path)?.subarray(start, end).equals(body),
    );
    return right ? null : `${url}: ${body.length} wrong bytes`;
  });
}

/** Calls the function of `origin`. */
export async function callFunction(origin: string): Promise<Read> {
  const number = below(1_000_000);
  const url = `${origin}${FUNCTION_PATH}?number=${number}`;
  return timed("function", url, {}, (status, body) =>
    status === 200 && body.toString() === JSON.stringify({ twice: 2 * number })
      ? null
      : `${url}: ${status} ${body.toString().slice(0, 100)}`,
  );
}

/** Whether the next read is a call of the function. */
export function isFunctionsTurn(): boolean {
  return Math.random() < FUNCTION_SHARE;
}

async function timed(
  kind: string,
  url: string,
  headers: Record<string, string>,
  judge: (status: number, body: Buffer) => string | null,
): Promise<Read> {
  const started = performance.now();
  const answer = await request(url, { headers }).catch((error: Error) => error);
  const milliseconds = performance.now() - started;
  const wrong =
    answer instanceof Error ? `${url}: ${answer.message}` : judge(answer.status, answer.body);
  return { kind, milliseconds, wrong };
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}
