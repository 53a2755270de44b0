import { createHash } from "node:crypto";
import twilio from "twilio";
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUTH_TOKEN, inParallel, type Ringback, seededBytes, startRingback } from "./ringback.ts";
import { makeProject, twilioRunIn } from "./twilio-run.ts";

const MiB = 1024 * 1024;

/** Names as real projects have them, with the path and the media type that each gets. */
const NAMED: [file: string, path: string, type: string, size: number][] = [
  ["ivr/fr/répondeur.wav", "/ivr/fr/répondeur.wav", "audio/wave", 300_000],
  ["Main-Menu.EN.WAV", "/Main-Menu.EN.WAV", "audio/wave", 300_001],
  [".well-known/security.txt", "/.well-known/security.txt", "text/plain", 120],
  ["assets/index.html", "/assets/index.html", "text/html", 2_000],
  ["prompts/hello.gsm", "/prompts/hello.gsm", "audio/x-gsm", 33_000],
  ["prompts/hello.ulaw", "/prompts/hello.ulaw", "audio/ulaw", 80_000],
  ["hold music.mp3", "/hold-music.mp3", "audio/mpeg", 5 * MiB],
  ["hold-music-2.mp3", "/hold-music-2.mp3", "audio/mpeg", 5 * MiB + 1],
  ["logo.svg", "/logo.svg", "image/svg+xml", 4_000],
  ["one-byte.txt", "/one-byte.txt", "text/plain", 1],
  ["empty.txt", "/empty.txt", "text/plain", 0],
];
const COUNT = 60;
const TOTAL = 40 * MiB;

type Visibility = "public" | "protected" | "private";
type File = {
  path: string;
  type: string;
  size: number;
  sha256: string;
  visibility: Visibility;
};

let ringback: Ringback;
let domain: string;
let project: string;
const files: File[] = [];

beforeAll(async () => {
  ringback = await startRingback();
  project = makeProject("sixty-files", folder());
  const { code, out, said } = await twilioRunIn(project, ringback)(["deploy", "-o", "json"]);
  expect(code, said).toBe(0);
  domain = JSON.parse(out).domain;
}, 120_000);
afterAll(() => ringback?.stop());

/** 60 files of 40 MiB: the named ones, and recordings of which some are protected, some private. */
function folder(): Record<string, Buffer> {
  const contents: Record<string, Buffer> = {};
  const add = (name: string, file: Omit<File, "sha256">) => {
    const content = seededBytes(files.length, file.size);
    const sha256 = createHash("sha256").update(content).digest("hex");
    contents[`assets/${name}`] = content;
    files.push({ ...file, sha256 });
  };
  for (const [name, path, type, size] of NAMED) {
    add(name, { path, type, size, visibility: "public" });
  }
  while (files.length < COUNT) {
    const index = files.length;
    const visibility = (["public", "protected", "private"] as const)[index % 3] as Visibility;
    const left = TOTAL - files.reduce((sum, { size }) => sum + size, 0);
    const size = index === COUNT - 1 ? left : Math.floor((left / (COUNT - index)) * 0.9);
    const suffix = visibility === "public" ? "" : `.${visibility}`;
    const path = `/recordings/${index}.mp3`;
    add(`recordings/${index}${suffix}.mp3`, { path, type: "audio/mpeg", size, visibility });
  }
  return contents;
}

function url(file: File): string {
  return `https://${domain}${encodeURI(file.path)}`;
}

function sign(address: string, parameters: Record<string, string | string[]> = {}): string {
  return getExpectedTwilioSignature(AUTH_TOKEN, address, parameters);
}

function withVisibility(visibility: Visibility): File[] {
  return files.filter((file) => file.visibility === visibility);
}

describe("a folder of 60 files, 40 MiB, deployed by twilio-run", () => {
  it("is what it is said to be", () => {
    expect(files).toHaveLength(60);
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBe(TOTAL);
    expect(withVisibility("protected").length).toBeGreaterThan(10);
    expect(withVisibility("private").length).toBeGreaterThan(10);
  });

  it("comes back byte for byte, with the type of each file and a tag of its own", async () => {
    const served = files.filter(({ visibility }) => visibility !== "private");
    const tags = new Map<string, Set<string>>();
    for (const round of ["cold", "warm"]) {
      const answers = await inParallel(served, 10, async (file) => {
        const headers = { "Accept-Encoding": "identity", "X-Twilio-Signature": sign(url(file)) };
        const { status, headers: fields, body } = await ringback.fetch(url(file), { headers });
        const etag = fields.etag ?? "";
        tags.set(etag, (tags.get(etag) ?? new Set()).add(file.path));
        return {
          ...{ path: file.path, status, size: body.byteLength },
          sha256: createHash("sha256").update(body).digest("hex"),
          type: fields["content-type"]?.replace(/;.*/, ""),
        };
      });
      expect(answers, round).toEqual(
        served.map(({ path, size, sha256, type }) => ({
          ...{ path, status: 200, size, sha256, type },
        })),
      );
    }
    // Strong, the same in both rounds, and no two files' the same.
    expect([...tags.keys()].filter((etag) => !/^"[\w-]{22,64}"$/.test(etag))).toEqual([]);
    expect([...tags.values()].map((paths) => [...paths]).sort()).toEqual(
      served.map(({ path }) => [path]).sort(),
    );
  });

  it("answers / with the file assets/index.html", async () => {
    const { status, body } = await ringback.fetch(`https://${domain}/`);
    expect([status, body.byteLength]).toEqual([200, 2_000]);
  });

  it("answers as if there were no private file", async () => {
    // Each answer has a number of its own.
    const said = (body: Buffer) => body.toString().replace(/Request: \S+/, "");
    const nothing = await ringback.fetch(`https://${domain}/recordings/none.mp3`);
    expect(nothing.status).toBe(404);
    for (const file of withVisibility("private")) {
      const headers = { "X-Twilio-Signature": sign(url(file)) };
      const { status, body } = await ringback.fetch(url(file), { headers });
      expect([status, said(body)]).toEqual([404, said(nothing.body)]);
    }
  });
});

describe("a protected file", () => {
  const form = {
    CallSid: `CA${"0".repeat(32)}`,
    Digits: "1 + 2 & 3",
    From: "+15005550006",
    Ä: "ö",
  };

  /** A request as Twilio makes it, with the signature that the twilio package makes for it. */
  function requests(address: string): [string, RequestInit & { method: string }, string][] {
    const body = JSON.stringify({ event: "ahoy", text: "höy" });
    const hashed = `${address}?bodySHA256=${getExpectedBodyHash(body)}`;
    return [
      [address, { method: "GET" }, sign(address)],
      [address, { method: "HEAD" }, sign(address)],
      [`${address}?a=1&b=%20`, { method: "GET" }, sign(`${address}?a=1&b=%20`)],
      [
        address,
        {
          method: "POST",
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams(form).toString(),
        },
        sign(address, form),
      ],
      [
        hashed,
        { method: "POST", headers: { "Content-Type": "application/json" }, body },
        sign(hashed),
      ],
    ];
  }

  async function answer(
    [address, { method, headers, body }]: ReturnType<typeof requests>[number],
    signature?: string,
  ): Promise<[number, number]> {
    const answer = await ringback.fetch(address, {
      method,
      headers: {
        ...(headers as Record<string, string>),
        ...(signature === undefined ? {} : { "X-Twilio-Signature": signature }),
      },
      ...(body ? { body: body as string } : {}),
    });
    return [answer.status, answer.status === 200 ? answer.body.byteLength : 0];
  }

  it("is given to whoever signs with the account's token, by every method", async () => {
    const [file] = withVisibility("protected") as [File];
    for (const request of requests(url(file))) {
      const [address, { method, body }, signature] = request;
      const size = method === "HEAD" ? 0 : file.size;
      expect([method, address, ...(await answer(request, signature))]).toEqual([
        ...[method, address, 200, size],
      ]);
      if (!body) expect(twilio.validateRequest(AUTH_TOKEN, signature, address, {})).toBe(true);
    }
  });

  it("is refused to everybody else", async () => {
    const [file, other] = withVisibility("protected") as [File, File];
    for (const request of requests(url(file))) {
      const [address, { method }] = request;
      const foreign = getExpectedTwilioSignature("0".repeat(32), address, {});
      for (const signature of [undefined, "", foreign, sign(url(other))]) {
        expect([method, signature, ...(await answer(request, signature))]).toEqual([
          ...[method, signature, 403, 0],
        ]);
      }
    }
  });

  it("is refused when the body is not the one that was signed", async () => {
    const [file] = withVisibility("protected") as [File];
    const [, , , posted, json] = requests(url(file)) as [never, never, never, Posted, Posted];
    for (const [address, init, signature] of [posted, json]) {
      const altered = { ...init, body: `${init.body} ` };
      expect(await answer([address, altered, signature], signature)).toEqual([403, 0]);
    }
  });
  type Posted = ReturnType<typeof requests>[number];
});
