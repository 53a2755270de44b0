import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { hostileAnswer } from "./hostile-packages.ts";
import { installedVersions, packInstalled } from "./installed-packages.ts";
import { madePackage } from "./made-packages.ts";
import { fromRealRegistry, reachableRegistry } from "./real-registry.ts";
import { slowAnswer } from "./slow-answers.ts";
import { tarball } from "./tarball.ts";
import { watchedAnswer } from "./watched-packages.ts";

/**
 * A registry on the loopback address. It serves made packages and, packed when they are first asked
 * for, those of node_modules; below `/npm/` those of the real registry, where that can be reached.
 */
export async function startTestRegistry(
  beforeAnswer: (path: string) => void | Promise<void> = () => {},
): Promise<{ url: string; real: boolean }> {
  const real = await reachableRegistry();
  const server = http.createServer(async (request, response) => {
    await beforeAnswer(request.url ?? "/");
    const rest = /^\/npm\/(.*)$/.exec(request.url ?? "")?.[1];
    if (rest !== undefined && real !== null) {
      const answer = await fromRealRegistry(real, rest, request.headers.accept);
      response.writeHead(answer.status, { "content-length": answer.body.length }).end(answer.body);
      return;
    }
    const { address, port } = server.address() as AddressInfo;
    if (slowAnswer(request, response)) return;
    if (watchedAnswer(request, response, `http://${address}:${port}`)) return;
    const hostile = hostileAnswer(decodeURIComponent((request.url ?? "/").slice(1)));
    if (hostile !== null) {
      const { status, headers, body } = hostile;
      response.writeHead(status, headers).end(body);
      return;
    }
    const name = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname.slice(1));
    const body = name.endsWith(".tgz")
      ? packed(name.split("/-/")[0] as string, name)
      : document(name, `http://${address}:${port}`);
    if (body === null) {
      response.writeHead(404).end('{"error":"not found"}');
      return;
    }
    response.writeHead(200, { "content-length": body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, real: real !== null };
}

const tarballs = new Map<string, Buffer>();

function packed(name: string, path: string): Buffer | null {
  const version = /-(\d+\.\d+\.\d+(?:-[\w.]+)?)\.tgz$/.exec(path)?.[1] ?? "";
  const key = `${name}@${version}`;
  const known = tarballs.get(key);
  if (known !== undefined) return known;
  const made = madePackage(name)?.[version];
  const { folder } = installedVersions(name).get(version) ?? {};
  if (made === undefined && folder === undefined) return null;
  let bytes = made
    ? tarball([
        { name: "package.json", content: JSON.stringify({ name, version, ...made.manifest }) },
        ...Object.entries(made.files).map(([file, content]) => ({ name: file, content })),
        ...(made.raw ?? []),
      ])
    : packInstalled(folder as string);
  // Some archives of old are padded.
  if (name === "made-trailing") bytes = Buffer.concat([bytes, Buffer.alloc(512)]);
  tarballs.set(key, bytes);
  return bytes;
}

const SHOWN = [
  ...["dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"],
  ...["os", "cpu", "deprecated", "hasInstallScript", "gypfile"],
];

function document(name: string, url: string): Buffer | null {
  const manifests = new Map<string, Record<string, unknown>>();
  for (const [version, { manifest }] of installedVersions(name)) manifests.set(version, manifest);
  for (const [version, { manifest = {} }] of Object.entries(madePackage(name) ?? {})) {
    manifests.set(version, manifest);
  }
  if (manifests.size === 0) return null;
  const versions: Record<string, unknown> = {};
  for (const [version, manifest] of manifests) {
    const path = `${name}/-/${name.slice(name.indexOf("/") + 1)}-${version}.tgz`;
    const bytes = packed(name, path) as Buffer;
    versions[version] = {
      ...{ name, version },
      ...Object.fromEntries(
        SHOWN.flatMap((key) => (key in manifest ? [[key, manifest[key]]] : [])),
      ),
      ...{
        dist: {
          tarball: `${url}/${path}`,
          integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
        },
      },
    };
  }
  const newest = [...manifests.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const latest = newest.at(-1);
  return Buffer.from(JSON.stringify({ name, "dist-tags": { latest }, versions }));
}
