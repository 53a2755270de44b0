import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { assetKey } from "../../src/contract/manifest.ts";
import { deploy, testSid } from "../deployment.ts";
import { receive } from "./client.ts";
import blns from "./data/fuzz/blns.base64.json";
import crlf from "./data/fuzz/crlf.txt?raw";
import names from "./data/fuzz/header-names.txt?raw";
import routing from "./data/fuzz/routing-headers.json";
import traversal from "./data/fuzz/traversal.txt?raw";
import { quiet } from "./quiet.ts";

/**
 * Lists of hostile strings, whole, put everywhere a client can put a string. They reach the Worker to
 * the letter; e2e/sockets.test.ts sends them over the wire.
 */

quiet();

const HOST = "fuzz-7001.localhost";
const CANARY = "canary";
/** Everything there is to get without a signature. */
const PUBLIC = ["public", "the root document"];

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const STRINGS = blns.map((base64) => new TextDecoder().decode(Uint8Array.fromBase64(base64)));
const PATHS = [...lines(traversal), ...lines(crlf)].map((line) =>
  line
    .replaceAll("{FILE}", "protected.txt")
    .replace(/\{\{REP:(.):(\d+)\}\}/g, (_, text: string, count: string) =>
      text.repeat(Number(count)),
    ),
);

beforeAll(async () => {
  const { service } = await deploy(HOST, {
    "/public.txt": { body: "public" },
    "/assets/index.html": { body: "the root document" },
    "/protected.txt": { body: `${CANARY}: protected`, visibility: "protected" },
    "/etc/passwd": { body: `${CANARY}: protected passwd`, visibility: "protected" },
  });
  await env.BYTES.put(assetKey(service, testSid("ZN")), `${CANARY}: private`);
  await env.BYTES.put("protected.txt", `${CANARY}: a key as plain as a path`);
  await deploy("fuzz-other-7002.localhost", { "/public.txt": { body: `${CANARY}: other tenant` } });
});

/** What went wrong with one request, or null. */
async function verdictOn(url: string, init: RequestInit = {}): Promise<string | null> {
  const { status, headers, body } = await receive(url, init);
  if (status >= 500) return `${status}`;
  if (body.includes(CANARY)) return `leaked ${body}`;
  for (const name of ["set-cookie", "location", "x-injected", "crlf"]) {
    if (headers.has(name)) return `${name} in the answer`;
  }
  return status === 200 && !PUBLIC.includes(body) ? `200 with ${body}` : null;
}

async function failures(requests: [what: string, url: string, init?: RequestInit][]) {
  const failed: string[] = [];
  for (const [what, url, init] of requests) {
    const verdict = await verdictOn(url, init);
    if (verdict !== null) failed.push(`${JSON.stringify(what).slice(0, 200)}: ${verdict}`);
  }
  return failed;
}

const absolute = (text: string) => (text.startsWith("/") ? text : `/${text}`);

describe("hostile strings", () => {
  it("FUZZ-sources: every list is there", () => {
    expect([lines(traversal).length, lines(crlf).length, STRINGS.length]).toEqual([2937, 22, 676]);
    expect([lines(names).length, routing.names.length, routing.values.length]).toEqual([
      1101, 22, 6,
    ]);
  });

  it("FUZZ-control: a leak would be seen", async () => {
    expect(await verdictOn("http://fuzz-other-7002.localhost/public.txt")).toBe(
      "leaked canary: other tenant",
    );
    expect(await verdictOn(`http://${HOST}/public.txt`)).toBe(null);
  });

  it("FUZZ-path: as the path", async () => {
    const paths = [...PATHS, ...STRINGS, ...STRINGS.map(encodeWell)];
    expect(await failures(paths.map((path) => [path, `http://${HOST}${absolute(path)}`]))).toEqual(
      [],
    );
  });

  it("FUZZ-below: below a public asset's path", async () => {
    const paths = PATHS.map((path) => `/public.txt${absolute(path)}`);
    expect(await failures(paths.map((path) => [path, `http://${HOST}${path}`]))).toEqual([]);
  });

  it("FUZZ-query: as the query", async () => {
    const queries = [...PATHS, ...STRINGS, ...STRINGS.map(encodeWell)];
    expect(
      await failures(queries.map((query) => [query, `http://${HOST}/public.txt?${query}`])),
    ).toEqual([]);
  });

  it("FUZZ-signed: as the query of a protected asset with some signature", async () => {
    const headers = { "X-Twilio-Signature": `${"A".repeat(27)}=` };
    const queries = STRINGS.filter((_, index) => index % 4 === 0);
    expect(
      await failures(
        queries.map((query) => [query, `http://${HOST}/protected.txt?${query}`, { headers }]),
      ),
    ).toEqual([]);
  });

  it("FUZZ-host: as the authority", async () => {
    const authorities = [...STRINGS, ...STRINGS.map((text) => `${text}.localhost`), ...PATHS];
    expect(await failures(authorities.map((text) => [text, `http://${text}/public.txt`]))).toEqual(
      [],
    );
  });

  it("FUZZ-field: as the value of every field the gateway reads", async () => {
    const fields = [
      "If-Match",
      "If-None-Match",
      "If-Modified-Since",
      "If-Range",
      "Range",
      "CF-Ray",
    ];
    // Only a value that a field can hold arrives at all.
    const values = STRINGS.filter((text) => /^[\t\x20-\x7e]+$/.test(text));
    expect(values.length).toBeGreaterThan(300);
    expect(
      await failures(
        values.map((value) => {
          const headers = Object.fromEntries(fields.map((name) => [name, value]));
          return [value, `http://${HOST}/public.txt`, { headers }];
        }),
      ),
    ).toEqual([]);
  });

  it("FUZZ-field-name: fields by which other servers route or trust", async () => {
    const values = routing.values.map((value) => value.replace("{{SECRET}}", "/protected.txt"));
    const requests = routing.names.flatMap((name) =>
      values.flatMap((value) =>
        ["/protected.txt", "/public.txt"].map((path): [string, string, RequestInit] => [
          `${name}: ${value}`,
          `http://${HOST}${path}`,
          { headers: { [name]: value } },
        ]),
      ),
    );
    for (const value of ["127.0.0.1", "fuzz-other-7002.localhost", "true"]) {
      for (let at = 0; at < lines(names).length; at += 100) {
        const headers = new Headers(
          lines(names)
            .slice(at, at + 100)
            .map((name) => [name, value]),
        );
        headers.delete("x-twilio-signature");
        requests.push([`names from ${at}: ${value}`, `http://${HOST}/protected.txt`, { headers }]);
      }
    }
    expect(await failures(requests)).toEqual([]);
  });
});

/** encodeURIComponent without its exception for lone surrogates. */
function encodeWell(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
