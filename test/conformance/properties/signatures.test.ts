import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalPath } from "../../../src/contract/manifest.ts";
import { isValidSignature } from "../../../src/gateway/signature.ts";
import { signedUrlCandidates } from "../../../src/gateway/signed-url.ts";
import { parseRequestTarget } from "../../../src/gateway/target.ts";
import { expectLinearTime } from "../../growth.ts";
import { type Parameters, sha256, sign } from "../sign.ts";
import { anyText } from "./any-text.ts";

/** Contract section 3: signedUrlCandidates and isValidSignature. */

const FORM = "application/x-www-form-urlencoded";
const bytes = (text: string) => new TextEncoder().encode(text);

const piece = fc.oneof(
  fc.string({ maxLength: 4 }).map(encodeURIComponent),
  fc.constantFrom(
    "a",
    "+",
    "%20",
    "%27",
    "'",
    "%C3%A9",
    "%c3%a9",
    "%F0%9F%93%9E",
    "%",
    "%zz",
    "%E9",
    "%2F",
    "=",
    "&",
    "!",
    "|",
    '"',
  ),
);
const pieces = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));
const url = fc
  .tuple(
    fc.constantFrom("http://", "https://"),
    fc.constantFrom("shop-1234.localhost", "media.example.com"),
    fc.constantFrom("", ":80", ":443", ":8787"),
    pieces,
    fc.oneof(
      fc.constant(""),
      pieces.map((query) => `?${query}`),
    ),
  )
  .map(([scheme, host, port, path, query]) => `${scheme}${host}${port}/${path}${query}`);
const token = fc.string({ minLength: 1, maxLength: 40 });
const anyName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
/** A name that begins as Twilio's do: with no digit and nothing that divides a URL. */
const isName = (name: string) => /^[A-Za-z_]/.test(name) || name.charCodeAt(0) > 0x7f;
const parameters: fc.Arbitrary<Parameters> = fc.dictionary(
  anyName.filter(isName),
  fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 8 }),
    fc.array(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  ),
  { maxKeys: 5, noNullPrototype: true },
);

function formOf(values: Parameters): string {
  const form = new URLSearchParams();
  for (const name of Object.keys(values)) {
    for (const value of [values[name] as string | string[]].flat()) form.append(name, value);
  }
  return form.toString();
}

describe("signedUrlCandidates", () => {
  it("PROP-candidates: some, each once, the received one with and without a port among them", () => {
    fc.assert(
      fc.property(url, (received) => {
        const candidates = [...signedUrlCandidates(received, null)];
        expect(new Set(candidates).size).toBe(candidates.length);
        expect(candidates).toContain(received.replace(/^(https?:\/\/[^/:]+):\d+/, "$1"));
        const port = /^https?:\/\/[^/:]+:\d+/.test(received);
        const scheme = received.startsWith("https") ? "443" : "80";
        expect(candidates).toContain(
          port ? received : received.replace(/^(https?:\/\/[^/:]+)/, `$1:${scheme}`),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("PROP-candidates-same-resource: none names another host or path than the request", () => {
    fc.assert(
      fc.property(url, (received) => {
        const asked = parseRequestTarget(received);
        const path = asked && canonicalPath(asked.path);
        if (asked === null || path === null) return;
        for (const candidate of signedUrlCandidates(received, null)) {
          const signed = new URL(candidate);
          expect(["https:", `${asked.scheme}:`]).toContain(signed.protocol);
          expect(signed.hostname).toBe(asked.hostname);
          const [signedPath] = candidate.replace(/^https?:\/\/[^/?]+/, "").split("?") as [string];
          expect([candidate, canonicalPath(signedPath || "/")]).toEqual([candidate, path]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("PROP-candidates-total: any text yields a bounded number", () => {
    const text = anyText;
    fc.assert(
      fc.property(text, fc.option(text), (received, host) => {
        expect([...signedUrlCandidates(received, host)].length).toBeLessThanOrEqual(80);
      }),
      { numRuns: 300 },
    );
  });

  it("PROP-candidates-time: a long URL takes time that grows with its length alone", async () => {
    for (const run of ["?", "&", "a&", "%27"]) {
      for (const end of ["=", "'"]) {
        await expectLinearTime(100_000, (length) => {
          const received = `http://a.localhost/x?${run.repeat(length / run.length)}${end}`;
          expect([...signedUrlCandidates(received, null)].length).toBeLessThanOrEqual(80);
        });
      }
    }
  });
});

describe("isValidSignature", () => {
  it("PROP-signature-fields: a form of more fields than Twilio sends is signed by nobody", async () => {
    const received = "https://media.example.com/a";
    const validWith = async (count: number) => {
      const sent = Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, ""]));
      const request = { url: received, host: null, contentType: FORM, body: bytes(formOf(sent)) };
      return isValidSignature(await sign("token", received, sent), ["token"], request);
    };
    expect(await validWith(10_000)).toBe(true);
    // Two million of them fit into the body of a request to a function.
    expect(await validWith(10_001)).toBe(false);
  });

  it("PROP-signature-get: what was signed over the URL is valid, with that token alone", async () => {
    await fc.assert(
      fc.asyncProperty(url, token, token, async (received, right, wrong) => {
        const request = { url: received, host: null, contentType: null, body: bytes("") };
        // A URL with bodySHA256 speaks of a body; none of these does.
        const signature = await sign(right, received);
        expect(await isValidSignature(signature, [right], request)).toBe(true);
        expect(await isValidSignature(signature, [wrong, right], request)).toBe(true);
        expect(await isValidSignature(signature, [wrong], request)).toBe(right === wrong);
      }),
      { numRuns: 300 },
    );
  });

  it("PROP-signature-form: the parameters as decoded are part of the message", async () => {
    await fc.assert(
      fc.asyncProperty(url, token, parameters, parameters, async (received, key, sent, others) => {
        const request = { url: received, host: null, contentType: FORM, body: bytes(formOf(sent)) };
        expect(await isValidSignature(await sign(key, received, sent), [key], request)).toBe(true);
        const same = (await sign(key, "", sent)) === (await sign(key, "", others));
        const crossed = await isValidSignature(await sign(key, received, others), [key], request);
        expect(crossed).toBe(same);
      }),
      { numRuns: 300 },
    );
  });

  it("PROP-signature-names: a parameter that begins as none of Twilio's is signed by nobody", async () => {
    const wrong = anyName.filter((name) => !isName(name));
    await fc.assert(
      fc.asyncProperty(url, wrong, parameters, async (received, name, others) => {
        const sent = { ...others, [name]: "value" };
        const request = { url: received, host: null, contentType: FORM, body: bytes(formOf(sent)) };
        const signature = await sign("token", received, sent);
        expect(await isValidSignature(signature, ["token"], request)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it("PROP-signature-body: a body is bound by its hash", async () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    await fc.assert(
      fc.asyncProperty(token, text, text, async (key, sent, other) => {
        const received = `https://media.example.com/a?bodySHA256=${await sha256(sent)}`;
        const signature = await sign(key, received);
        const request = (body: string) => ({
          url: received,
          host: null,
          contentType: "application/json",
          body: bytes(body),
        });
        expect(await isValidSignature(signature, [key], request(sent))).toBe(true);
        expect(await isValidSignature(signature, [key], request(other))).toBe(sent === other);
      }),
      { numRuns: 200 },
    );
  });

  it("PROP-signature-flipped: no one-character change of a valid signature is valid", async () => {
    const received = "https://media.example.com/a";
    const signature = await sign("token", received);
    const request = { url: received, host: null, contentType: null, body: bytes("") };
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 27 }),
        fc.string({ minLength: 0, maxLength: 2 }),
        async (at, text) => {
          const changed = signature.slice(0, at) + text + signature.slice(at + 1);
          const valid = await isValidSignature(changed, ["token"], request);
          // The last digit of base64 holds two bits that no byte of the twenty needs.
          if (valid) expect(bytesOf(changed)).toEqual(bytesOf(signature));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("PROP-signature-total: any text is valid or not, and nothing is valid without a token", async () => {
    const text = anyText;
    await fc.assert(
      fc.asyncProperty(
        fc.option(text),
        text,
        fc.option(text),
        fc.option(text),
        text,
        async (signature, received, host, contentType, body) => {
          const request = { url: received, host, contentType, body: bytes(body) };
          expect(await isValidSignature(signature, ["token"], request)).toBe(false);
          expect(await isValidSignature(signature, [""], request)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function bytesOf(base64: string): number[] {
  return [...atob(base64.trim())].map((character) => character.charCodeAt(0));
}
