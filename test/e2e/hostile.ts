import { readFileSync } from "node:fs";
import path from "node:path";
import type { Latin1 } from "./raw-http.ts";

/** A request that no honest client sends; see test/conformance/data/fuzz/SOURCES.md. */
export type HostileRequest = { id: string; message: Latin1 };

/** What the placeholders of the lists stand for. */
export type Surroundings = {
  host: string;
  /** A public asset. */
  path: string;
  /** An asset that only a signature opens. */
  secret: string;
};

const DATA = path.join(import.meta.dirname, "../conformance/data/fuzz");
const read = (name: string) => readFileSync(path.join(DATA, name), "utf8");
const lines = (name: string) =>
  read(name)
    .split("\n")
    .filter((line) => line !== "");
const pairs = (name: string) =>
  lines(name).map((line) => JSON.parse(line) as [id: string, text: Latin1]);
const bytesOf = (text: string): Latin1 => Buffer.from(text, "utf8").toString("latin1");

/** Returns every hostile request there is, by list. */
export function hostileRequests(surroundings: Surroundings): Record<string, HostileRequest[]> {
  const filled = (id: string, template: Latin1): HostileRequest => ({
    id,
    message: fill(template, surroundings),
  });
  const get = (target: Latin1, fields = "") =>
    `GET ${target} HTTP/1.1\r\nHost: {{HOST}}\r\n${fields}\r\n`;
  const absolute = (text: string) => (text.startsWith("/") ? text : `/${text}`);
  const naughty = (JSON.parse(read("blns.base64.json")) as string[]).map((base64) =>
    Buffer.from(base64, "base64").toString("latin1"),
  );
  const routing = JSON.parse(read("routing-headers.json")) as { names: string[]; values: string[] };
  const names = lines("header-names.txt");

  return {
    smuggling: pairs("transfer-encodings.jsonl").flatMap(([id, spelling]) =>
      Object.entries(SMUGGLED).map(([kind, rest]) =>
        filled(`${kind}-${id}`, `POST {{PATH}} HTTP/1.1\r\n${spelling}Host: {{HOST}}\r\n${rest}`),
      ),
    ),
    messages: pairs("raw-requests.jsonl").map(([id, message]) => filled(id, message)),
    routing: routing.names.flatMap((name) =>
      routing.values.flatMap((value) => [
        filled(`${name}: ${value}`, get("{{PATH}}", `${name}: ${value}\r\n`)),
        filled(`${name}: ${value} on the secret`, get("{{SECRET}}", `${name}: ${value}\r\n`)),
      ]),
    ),
    names: Array.from({ length: Math.ceil(names.length / 24) }, (_, at) =>
      filled(
        `names from ${at * 24}`,
        get(
          "{{SECRET}}",
          names
            .slice(at * 24, at * 24 + 24)
            .map((name) => `${name}: 127.0.0.1\r\n`)
            .join(""),
        ),
      ),
    ),
    traversal: [...lines("traversal.txt"), ...lines("crlf.txt")].flatMap((line) => [
      filled(line, get(bytesOf(absolute(line)))),
    ]),
    naughty: naughty.flatMap((text, at) => [
      { id: `blns ${at} as path`, message: fill(get("{{TEXT}}"), surroundings, absolute(text)) },
      {
        id: `blns ${at} as Host`,
        message: `GET ${surroundings.path} HTTP/1.1\r\nHost: ${text}\r\n\r\n`,
      },
      {
        id: `blns ${at} as fields`,
        message: fill(
          get("{{PATH}}", FIELDS.map((name) => `${name}: {{TEXT}}\r\n`).join("")),
          surroundings,
          text,
        ),
      },
    ]),
  };
}

const FIELDS = ["If-None-Match", "If-Range", "Range", "CF-Ray", "X-Twilio-Signature"];

const FORM = "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n";

/** What follows Host: a body that two readers of Transfer-Encoding delimit differently. */
const SMUGGLED: Record<string, Latin1> = {
  "CL.TE": `${FORM}Content-Length: 4\r\n\r\n1\r\nZ\r\n0\r\n\r\n`,
  "TE.CL": `${FORM}Content-Length: 6\r\n\r\n0\r\n\r\nX`,
  hidden: `${FORM}Content-Length: {{LEN}}\r\n\r\n0\r\n\r\nGET {{SECRET}} HTTP/1.1\r\nHost: {{HOST}}\r\nX-Ignore: X\r\n\r\n`,
};

function fill(template: Latin1, { host, path, secret }: Surroundings, text = ""): Latin1 {
  const filled = template
    .replaceAll("{{HOST_UPPER}}", () => host.toUpperCase())
    .replaceAll("{{HOST}}", () => host)
    .replaceAll("{{PATH}}", () => path)
    .replaceAll("{{SECRET}}", () => secret)
    .replaceAll("{FILE}", () => secret.slice(1))
    .replace(/\{\{REP:(.+?):(\d+)\}\}/gs, (_, part: string, count: string) =>
      part.repeat(Number(count)),
    );
  const body = filled.slice(filled.indexOf("\r\n\r\n") + 4);
  return filled.replaceAll("{{LEN}}", () => String(body.length)).replaceAll("{{TEXT}}", () => text);
}
