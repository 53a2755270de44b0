import { createHmac } from "node:crypto";
import type { Visibility } from "../deploy/toolkit-folder.ts";
import { type Answer, request } from "../request.ts";
import { PATIENCE, type Patience, withRetries } from "./retry.ts";

/** A site that serves assets, and the auth token that signs requests for its protected ones. */
export type Site = { origin: string; authToken: string };

/** An answer that is not the file. */
export class FileFailure extends Error {
  readonly status: number;
  readonly retryAfter: string | undefined;

  constructor(status: number, message: string, retryAfter?: string) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The largest file that is held, bytes. Twilio takes 25 MB. */
const LARGEST = 100 * 1024 * 1024;

/** How long a site may be silent, milliseconds. */
const SILENCE = 60_000;

/**
 * Fetches a public or protected asset as callers do, and returns the answer to it, a 200 with every
 * byte. Throws FileFailure for another answer, and an Error for none.
 */
export function fetchPublished(
  site: Site,
  path: string,
  visibility: Visibility,
  patience: Patience = PATIENCE,
): Promise<Answer> {
  const url = assetUrl(site.origin, path);
  const headers: Record<string, string> = { "Accept-Encoding": "identity" };
  if (visibility === "protected") {
    headers["X-Twilio-Signature"] = createHmac("sha1", site.authToken).update(url).digest("base64");
  }
  return withRetries(async () => {
    const answer = await request(url, { headers, timeout: SILENCE, limit: LARGEST });
    if (answer.status !== 200) {
      const reason = REASONS[answer.status] ?? "";
      const retryAfter = answer.headers["retry-after"];
      throw new FileFailure(answer.status, `${url} answers ${answer.status}${reason}`, retryAfter);
    }
    const length = answer.headers["content-length"];
    if (length !== undefined && Number(length) !== answer.body.length) {
      // As a connection that broke: the same request may well bring it whole.
      throw new FileFailure(500, `${url} sent ${answer.body.length} of ${length} bytes`);
    }
    return answer;
  }, patience);
}

const REASONS: Record<number, string> = {
  403: ": the auth token does not open what is protected there",
  404: ": it is not there",
};

/**
 * Returns the address of a stored path: what a URL cannot hold is percent-encoded, and what is
 * encoded already stays as it is (contract 6.1).
 */
export function assetUrl(origin: string, path: string): string {
  const encoded = path
    .replaceAll(/%(?![0-9a-fA-F]{2})/g, "%25")
    .replaceAll("?", "%3F")
    .replaceAll("#", "%23");
  return new URL(origin + encoded).href;
}
