import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tarball } from "./tarball.ts";

/** What the registry was asked for, since it was last told. */
export type Asked = { path: string; authorization: string | null; etag: string | null };

const asked = new Map<string, Asked[]>();
const published = new Map<string, string[]>();
const down = new Set<string>();

/** The token of the packages below `/private/`. */
export const PRIVATE_TOKEN = "a-token-of-the-tests";

/** How long documents of such a name are good. */
const CACHING: Record<string, Record<string, string>> = {
  "watched-good": { "cache-control": "public, max-age=300" },
  "watched-ask": { "cache-control": "no-cache" },
  "watched-not": { "cache-control": "no-store" },
  "watched-unsaid": {},
};

const SOURCE = "exports.version = require('./package.json').version;";

/**
 * Answers for packages that count what they are asked for, of which versions are published while a
 * test runs, and which ask for a token; false for other paths. Tests say what they want below `/-/`.
 */
export function watchedAnswer(request: IncomingMessage, response: ServerResponse, origin: string) {
  const path = decodeURIComponent((request.url ?? "/").slice(1));
  const [, order, name = "", version = ""] = /^-\/(\w+)\/([^?]*?)(?:\?(.*))?$/.exec(path) ?? [];
  if (order === "asked") {
    response.end(JSON.stringify(asked.get(name) ?? []));
    asked.delete(name);
    return true;
  }
  if (order === "publish" || order === "down") {
    if (order === "down") down.add(name);
    else published.set(name, [...versionsOf(name), version]);
    response.end();
    return true;
  }
  if (path.startsWith("private/") || path.startsWith("store/")) {
    note("@private/package", path, request);
    return privateAnswer(path, request, response, origin);
  }
  const watched = /^(watched-[a-z]+)-[a-z\d-]+/.exec(path);
  if (watched === null) return false;
  const [full = "", kind = ""] = watched;
  note(full, path, request);
  if (down.has(full)) response.writeHead(503).end();
  else if (path.endsWith(".tgz")) response.end(packed(full, versionIn(path)));
  else {
    const etag = `"${versionsOf(full).join()}"`;
    if (request.headers["if-none-match"] === etag) {
      response.writeHead(304, CACHING[kind]).end();
      return true;
    }
    const sent = kind === "watched-unsaid" ? {} : { etag };
    response.writeHead(200, { ...CACHING[kind], ...sent }).end(documentOf(full, origin));
  }
  return true;
}

/** Its tarballs stand elsewhere, where the token must not come. */
function privateAnswer(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): true {
  const name = "@private/package";
  if (path.startsWith("store/")) {
    if (request.headers.authorization !== undefined) response.writeHead(400).end("a token");
    else response.end(packed(name, "1.0.0"));
  } else if (request.headers.authorization !== `Bearer ${PRIVATE_TOKEN}`) {
    response.writeHead(401).end(`{"error":"who are you"}`);
  } else if (path.endsWith(".tgz")) {
    response.writeHead(302, { location: `${origin}/store/1.tgz` }).end();
  } else response.end(documentOf(name, `${origin}/private`));
  return true;
}

function note(name: string, path: string, { headers }: IncomingMessage): void {
  const { authorization = null, "if-none-match": etag = null } = headers;
  asked.set(name, [...(asked.get(name) ?? []), { path, authorization, etag }]);
}

function versionsOf(name: string): string[] {
  return published.get(name) ?? ["1.0.0"];
}

function versionIn(path: string): string {
  return /-(\d+\.\d+\.\d+)\.tgz$/.exec(path)?.[1] ?? "";
}

function packed(name: string, version: string): Buffer {
  const manifest = JSON.stringify({ name, version });
  return tarball([
    { name: "package.json", content: manifest },
    { name: "index.js", content: SOURCE },
  ]);
}

function documentOf(name: string, base: string): string {
  const versions = versionsOf(name);
  const last = name.slice(name.indexOf("/") + 1);
  return JSON.stringify({
    name,
    "dist-tags": { latest: versions.at(-1) },
    versions: Object.fromEntries(
      versions.map((version) => {
        const sha512 = createHash("sha512").update(packed(name, version)).digest("base64");
        const address = `${base}/${name}/-/${last}-${version}.tgz`;
        const dist = { tarball: address, integrity: `sha512-${sha512}` };
        return [version, { name, version, dist }];
      }),
    ),
  });
}
