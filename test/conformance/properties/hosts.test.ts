import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { destinationOf } from "../../../src/gateway/hosts.ts";
import { parseRequestTarget } from "../../../src/gateway/target.ts";
import { deploy } from "../../deployment.ts";
import { receive } from "../client.ts";
import { quiet } from "../quiet.ts";
import { anyText } from "./any-text.ts";

/** docs/architecture.md "How a request is answered", 1: parseRequestTarget and destinationOf. */

quiet();

const BASE = "localhost:8787";
const DEPLOYED = "properties-6001";

/** RFC 1035 2.3.1, RFC 1123 2.1, told without a regular expression of the code under test. */
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
const label = fc
  .tuple(
    fc.constantFrom(...letters),
    fc.string({ unit: fc.constantFrom(...letters, "-"), maxLength: 61 }),
    fc.constantFrom(...letters),
  )
  .map((parts) => parts.join(""))
  .filter((text) => text.length <= 63);

const anyCase = (text: string, picks: boolean[]) =>
  [...text].map((c, i) => (picks[i % picks.length] ? c.toUpperCase() : c)).join("");
const picks = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
const port = fc.constantFrom("", ":", ":80", ":443", ":8787", ":0", ":65535");
const dot = fc.constantFrom("", ".");
const rest = fc.constantFrom("", "/", "/a", "/a?b=c", "?b=//c@d", "/?", "//x/y", "/a#b", "/%00");

describe("parseRequestTarget", () => {
  it("PROP-target-name: case, port and trailing dot do not change the name", () => {
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 4 }),
        picks,
        port,
        dot,
        rest,
        fc.constantFrom("http", "https"),
        (labels, how, portPart, dotPart, tail, scheme) => {
          const name = labels.join(".");
          const target = parseRequestTarget(
            `${scheme}://${anyCase(name, how)}${dotPart}${portPart}${tail}`,
          );
          expect(target).toMatchObject({ scheme, hostname: name });
          const asReceived = `${target?.path}${target?.query}`;
          expect(asReceived).toBe(tail.startsWith("/") ? tail : `/${tail}`);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("PROP-target-total: any text is malformed or has a name of host characters", () => {
    const text = fc.oneof(
      anyText,
      fc.string({ unit: "grapheme" }),
      fc
        .array(
          fc.constantFrom(
            "a",
            ".",
            ":",
            "8",
            "@",
            "/",
            "\\",
            "?",
            "#",
            "%2e",
            "[",
            "]",
            " ",
            ",",
            "é",
            "_",
            "-",
          ),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("http://", "https://", "", "HTTP://"),
        text,
        (scheme, authority) => {
          const target = parseRequestTarget(scheme + authority);
          if (target === null) return;
          expect(target.hostname).toMatch(/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/);
          expect(target.hostname).not.toMatch(/\.$/);
          expect(target.path).toMatch(/^\//);
          expect(target.path).not.toContain("?");
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe("destinationOf", () => {
  it("PROP-destination: one label below the base is an asset host, two are nowhere", () => {
    fc.assert(
      fc.property(label, label, (one, two) => {
        const plane = ["serverless", "serverless-upload"].includes(one);
        expect(destinationOf(`${one}.localhost`, BASE)).toBe(
          plane ? "control-plane" : "asset-host",
        );
        expect(destinationOf(`${two}.${one}.localhost`, BASE)).toBe("nowhere");
        expect(destinationOf(`${one}_${two}.localhost`, BASE)).toBe("nowhere");
      }),
      { numRuns: 500 },
    );
  });

  it("PROP-destination-total: any text has one, and the control plane few names", () => {
    const text = fc.oneof(
      anyText,
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
    );
    const names = [
      "localhost",
      "serverless.localhost",
      "serverless-upload.localhost",
      "127.0.0.1",
      "[::1]",
    ];
    fc.assert(
      fc.property(text, (hostname) => {
        const destination = destinationOf(hostname, BASE);
        expect(["control-plane", "asset-host", "nowhere"]).toContain(destination);
        if (destination === "control-plane") expect(names).toContain(hostname);
        expect(destinationOf(hostname, "example.net") === "control-plane").toBe(
          hostname === "example.net",
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the Worker", () => {
  beforeAll(() =>
    deploy(`${DEPLOYED}.localhost`, {
      "/ten": { body: "0123456789" },
      "/signed": { body: "0123456789", visibility: "protected" },
    }),
  );

  it("PROP-no-5xx: no host, path, method or field makes it fail", async () => {
    const value = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
      maxLength: 40,
    });
    const method = fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE");
    const fields = fc.dictionary(
      fc.constantFrom(
        "If-Match",
        "If-None-Match",
        "If-Range",
        "If-Modified-Since",
        "Range",
        "Host",
        "CF-Ray",
        "Content-Type",
        "Content-Length",
        "X-Twilio-Signature",
        "Origin",
      ),
      value,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom(`${DEPLOYED}.localhost`, "nobody.localhost") },
          anyText,
        ),
        fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom("ten", "ten?a=b", "signed", "absent", "") },
          anyText,
        ),
        method,
        fields,
        async (authority, tail, verb, headers) => {
          const { status } = await receive(`http://${authority}/${tail}`, {
            method: verb,
            headers,
          });
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
