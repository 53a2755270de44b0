import { randomBytes } from "node:crypto";
import type { EncodedBody } from "../deploy/serverless-api.ts";

const BOUNDARY = `ringback-import-${randomBytes(16).toString("hex")}`;

/** Writes the form of an upload (contract 1.6); `type` null leaves the type to the server. */
export function multipart(
  fields: Record<string, string>,
  path: string,
  type: string | null,
  content: Uint8Array,
): EncodedBody {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const filename = (path.split("/").at(-1) ?? "").replaceAll(/["\r\n\\]/g, "_");
  parts.push(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="Content"; filename="${filename}"\r\n`,
    type === null ? "\r\n" : `Content-Type: ${type}\r\n\r\n`,
  );
  const end = `\r\n--${BOUNDARY}--\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    bytes: Buffer.concat([Buffer.from(parts.join("")), content, Buffer.from(end)]),
  };
}
