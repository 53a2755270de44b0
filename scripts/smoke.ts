/**
 * `npm run smoke -- https://<host>`: tries an installation from outside. Deploys a service of five
 * tiny assets and a function through the API, fetches them as callers do, and deletes it.
 */
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { ApiFailure, call, remove, type ServerlessApi } from "./deploy/serverless-api.ts";
import { readOperator } from "./operator.ts";
import { type Answer, request } from "./request.ts";

type File = {
  kind: "Asset" | "Function";
  path: string;
  visibility: "public" | "protected" | "private";
  content: string;
};
type Resource = { sid: string; url: string; domain_name: string };

/** How long KV may take to show a new hostname where another location has asked for it before. */
const PATIENCE_SECONDS = 90;

/** All that a zone would rewrite: an address, a script, a link without TLS, a body's end. */
const PAGE = `<!doctype html>
<html><head><script src="http://polyfill.io/v3/polyfill.min.js"></script></head>
<body><a href="mailto:media@ring.example">media@ring.example</a>
<img src="http://ring.example/a.png"></body></html>
`;

const FILES: File[] = [
  { kind: "Asset", path: "/smoke.txt", visibility: "public", content: "Ringback is up" },
  { kind: "Asset", path: "/protected.txt", visibility: "protected", content: "for signatures" },
  { kind: "Asset", path: "/private.txt", visibility: "private", content: "for nobody" },
  { kind: "Asset", path: "/page.html", visibility: "public", content: PAGE },
  { kind: "Asset", path: "/~signed.txt", visibility: "protected", content: "a tilde" },
  // Reads the private asset, and says it in TwiML: its package and a library have to be there.
  {
    kind: "Function",
    path: "/say",
    visibility: "public",
    content: `exports.handler = (context, event, callback) => {
      const twiml = new Twilio.twiml.VoiceResponse();
      twiml.say(Runtime.getAssets()["/private.txt"].open());
      callback(null, twiml);
    };`,
  },
];

const TYPES = { Asset: "text/plain", Function: "application/javascript" };

/** Why nothing was tried; the message is all that a person needs to see. */
class NotBegun extends Error {}

let failures = 0;
let began = true;

try {
  await smoke(readApi(process.argv.slice(2)));
} catch (error) {
  console.error(messageOf(error as Error));
  failures += 1;
  began = !(error instanceof NotBegun);
}
if (began) console.log(failures === 0 ? "All is well." : `${failures} failed.`);
process.exitCode = failures === 0 ? 0 : 1;

/** One that tried several addresses has no message of its own. */
function messageOf(error: Error): string {
  return error.message || String((error as AggregateError).errors?.[0] ?? error);
}

function readApi([url]: string[]): ServerlessApi {
  if (!url || !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    const what = url === undefined ? "Which installation?" : `"${url}" is no web address.`;
    throw new NotBegun(`${what}\nUsage: npm run smoke -- https://<host>, or http://localhost:8787`);
  }
  const operator = readOperator(process.env);
  if (operator === null) {
    throw new NotBegun("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to those of the operator.");
  }
  return { url: new URL(url).origin, ...operator };
}

async function smoke(api: ServerlessApi): Promise<void> {
  const name = `smoke-${randomUUID().slice(0, 8)}`;
  const form = new URLSearchParams({ UniqueName: name, FriendlyName: "Smoke test" });
  const service = await begin(() => call<Resource>(api, "POST", "/Services", form), api.url);
  try {
    await fetchAll(api, await deploy(api, `/Services/${service.sid}`));
  } finally {
    const status = await remove(api, `/Services/${service.sid}`);
    check("the service is deleted", status === 204, status);
  }
}

/** Makes the first call, and says what to do where it is not even answered. */
async function begin<Result>(call: () => Promise<Result>, url: string): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiFailure)) {
      const why = messageOf(error as Error);
      throw new NotBegun(
        `Nothing answers at ${url} (${why}).\nIs that its address? npm start starts one here.`,
      );
    }
    if (error.status !== 401) throw error;
    throw new NotBegun(
      `${error.message}\nTWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN have to be the operator's.`,
    );
  }
}

/** Returns the origin that serves the files. */
async function deploy(api: ServerlessApi, service: string): Promise<string> {
  const versions: [string, string][] = [];
  for (const { kind, path, visibility, content } of FILES) {
    const named = new URLSearchParams({ FriendlyName: path });
    const { url } = await call<Resource>(api, "POST", `${service}/${kind}s`, named);
    const upload = new FormData();
    upload.set("Path", path);
    upload.set("Visibility", visibility);
    const type = path.endsWith(".html") ? "text/html" : TYPES[kind];
    upload.set("Content", new Blob([content], { type }), path.slice(1));
    const { sid } = await call<Resource>(api, "POST", `${url}/Versions`, upload);
    versions.push([`${kind}Versions`, sid]);
  }
  const build = await call<Resource>(
    api,
    "POST",
    `${service}/Builds`,
    new URLSearchParams(versions),
  );
  const environment = await call<Resource>(
    api,
    "POST",
    `${service}/Environments`,
    new URLSearchParams({ UniqueName: "smoke" }),
  );
  const chosen = new URLSearchParams({ BuildSid: build.sid });
  await call(api, "POST", `${environment.url}/Deployments`, chosen);
  console.log(`Deployed to ${environment.domain_name}`);
  return `${new URL(api.url).protocol}//${environment.domain_name}`;
}

async function fetchAll(api: ServerlessApi, origin: string): Promise<void> {
  const content = "Ringback is up";
  const whole = await fetchPublished(`${origin}/smoke.txt`);
  check("a public asset", whole.status === 200 && whole.body.toString() === content, whole.status);
  const etag = whole.headers.etag ?? "";
  const same = await request(`${origin}/smoke.txt`, { headers: { "If-None-Match": etag } });
  check("304 for what has not changed", same.status === 304 && same.body.length === 0, same.status);
  const part = await request(`${origin}/smoke.txt`, { headers: { Range: "bytes=9-10" } });
  check(
    "a range",
    part.status === 206 &&
      part.body.toString() === "is" &&
      part.headers["content-range"] === `bytes 9-10/${content.length}`,
    part.status,
  );
  const url = `${origin}/protected.txt`;
  const unsigned = await request(url);
  check("403 for a protected asset, unsigned", unsigned.status === 403, unsigned.status);
  const signed = await requestSigned(api, url);
  const isWhole = signed.status === 200 && signed.body.toString() === "for signatures";
  check("a protected asset, signed", isWhole, signed.status);
  await fetchWhatAZoneChanges(api, origin);
  const hidden = await request(`${origin}/private.txt`);
  const isHidden = hidden.status === 404 && !hidden.body.includes("for nobody");
  check("404 for a private asset", isHidden, hidden.status);
  const said = await request(`${origin}/say`);
  const isSaid = said.status === 200 && said.body.includes("<Say>for nobody</Say>");
  check("a function that reads it", isSaid, said.status);
}

/** What the defaults of a zone would change on the way (`npm run deploy -- --check` names the setting). */
async function fetchWhatAZoneChanges(api: ServerlessApi, origin: string): Promise<void> {
  const page = await request(`${origin}/page.html`);
  const isSame = page.status === 200 && page.body.toString() === PAGE;
  check("an HTML file, byte for byte", isSame, page.status);
  const head = await request(`${origin}/smoke.txt`, { method: "HEAD" });
  const length = head.headers["content-length"];
  check("HEAD has the length", head.status === 200 && length === "14", head.status);
  // A zone that normalizes makes one slash of it, and the file is found.
  const doubled = await request(`${origin}//smoke.txt`);
  check("// stays as it is sent", doubled.status === 404, doubled.status);
  const signed = await requestSigned(api, `${origin}/%7Esigned.txt?Digits=%7E`);
  const isSigned = signed.status === 200 && signed.body.toString() === "a tilde";
  check("a signature over %7E", isSigned, signed.status);
}

function requestSigned(api: ServerlessApi, url: string): Promise<Answer> {
  const signature = createHmac("sha1", api.authToken).update(url).digest("base64");
  return request(url, { headers: { "X-Twilio-Signature": signature } });
}

/** Asks until the new hostname is known here: 404 may be what a location has just been told. */
async function fetchPublished(url: string): Promise<Answer> {
  const end = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const answer = await request(url);
    if (answer.status !== 404 || Date.now() > end) return answer;
    await setTimeout(2000);
  }
}

function check(what: string, holds: boolean, status: number): void {
  console.log(`${holds ? "ok  " : "FAIL"}  ${what} (${status})`);
  if (!holds) failures += 1;
}
