import { beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../../deployment.ts";
import { receive, send } from "../client.ts";
import { quiet } from "../quiet.ts";

/** RFC 9110 13: conditional requests for an asset last modified Sun, 06 Nov 1994 08:49:37 GMT. */

quiet();

const HOST = "http-preconditions-1003.localhost";
const ORIGIN = `http://${HOST}:8787`;
/** printf 0123456789 | sha256sum */
const TAG = '"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"';
const MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT";
const EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER = "Sun, 06 Nov 1994 08:49:38 GMT";

beforeAll(() =>
  deploy(HOST, {
    "/ten": { body: "0123456789" },
    "/signed": { body: "0123456789", visibility: "protected" },
  }),
);

async function statusOf(headers: Record<string, string>, method = "GET"): Promise<number> {
  return (await send(`${ORIGIN}/ten`, { method, headers })).status;
}

describe("RFC 9110 13.2.2: precedence", () => {
  const fields = {
    "If-Match": { match: TAG, star: "*", mismatch: '"other"', absent: null },
    "If-Unmodified-Since": { holds: MODIFIED, fails: EARLIER, invalid: "soon", absent: null },
    "If-None-Match": { match: TAG, star: "*", mismatch: '"other"', absent: null },
    "If-Modified-Since": { modified: EARLIER, unmodified: MODIFIED, invalid: "soon", absent: null },
  } as const;

  /**
   * The steps of 13.2.2 in their order, the first whose cells fit decides; `-` fits everything.
   * Columns: If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since; GET, HEAD, POST.
   */
  const STEPS: [id: string, cells: string[], statuses: [number, number, number]][] = [
    ["13.2.2-1-false", ["mismatch", "-", "-", "-"], [412, 412, 412]],
    ["13.2.2-2-false", ["absent", "fails", "-", "-"], [412, 412, 412]],
    ["13.2.2-3-false", ["-", "-", "match|star", "-"], [304, 304, 412]],
    ["13.2.2-3-true", ["-", "-", "mismatch", "-"], [200, 200, 200]],
    ["13.2.2-4-false", ["-", "-", "absent", "unmodified"], [304, 304, 200]],
    ["13.2.2-6", ["-", "-", "-", "-"], [200, 200, 200]],
  ];
  const METHODS = ["GET", "HEAD", "POST"] as const;

  const states = Object.values(fields).reduce<string[][]>(
    (rows, field) => rows.flatMap((row) => Object.keys(field).map((state) => [...row, state])),
    [[]],
  );

  it.each(METHODS)("every combination of the four conditions with %s", async (method) => {
    const wrong: string[] = [];
    for (const row of states) {
      const headers: Record<string, string> = {};
      Object.entries(fields).forEach(([name, values], column) => {
        const value = (values as Record<string, string | null>)[row[column] as string];
        if (value) headers[name] = value;
      });
      const step = STEPS.find(([, cells]) =>
        cells.every(
          (cell, column) => cell === "-" || cell.split("|").includes(row[column] as string),
        ),
      );
      const [id, , statuses] = step as (typeof STEPS)[number];
      const expected = statuses[METHODS.indexOf(method)];
      const status = await statusOf(headers, method);
      if (status !== expected) wrong.push(`${id}: ${row.join(" ")}: ${status}, not ${expected}`);
    }
    expect(states).toHaveLength(256);
    expect(wrong).toEqual([]);
  });
});

describe("RFC 9110 13.1.1: If-Match compares strongly", () => {
  it.each([
    ["13.1.1-strong", TAG, 200],
    ["13.1.1-star", "*", 200],
    ["13.1.1-other", '"other"', 412],
    ["8.8.3.2-weak", `W/${TAG}`, 412],
    ["8.8.3-lower-case-w", `w/${TAG}`, 412],
    ["8.8.3-upper-case-digits", TAG.toUpperCase(), 412],
    ["8.8.3-empty-tag", '""', 412],
    ["8.8.3-unquoted", TAG.slice(1, -1), 412],
    ["13.1.1-list-first", `${TAG}, "other"`, 200],
    ["13.1.1-list-last", `"other", "another", ${TAG}`, 200],
    ["13.1.1-list-without", '"other", "another"', 412],
    ["13.1.1-list-weak-then-strong", `W/${TAG}, ${TAG}`, 200],
    ["5.6.1.2-list-empty-members", `, ,"other",, ${TAG} ,`, 200],
    ["5.6.1.2-list-no-space", `"other",${TAG},"another"`, 200],
    ["5.6.1.2-list-tabs", `"other"\t,\t${TAG}`, 200],
    ["8.8.3-comma-inside-tag", `"a,b", ${TAG}`, 200],
    ["8.8.3-tag-inside-tag", `"a ${TAG.slice(1, -1)} b"`, 412],
    ["8.8.3-etagc-punctuation", `"!#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~", ${TAG}`, 200],
    ["8.8.3-backslash-is-no-escape", `"a\\", ${TAG}`, 200],
    ["5.5-trailing-space", `${TAG} `, 200],
    ["5.5-trailing-tab", `${TAG}\t`, 200],
    ["5.5-star-trailing-space", "* ", 200],
  ])("%s: %s", async (_id, field, status) => {
    expect(await statusOf({ "If-Match": field })).toBe(status);
  });

  it("15.5.13: a 412 is no 200 in disguise", async () => {
    const { status, headers, body } = await send(`${ORIGIN}/ten`, {
      headers: { "If-Match": '"other"' },
    });
    expect(status).toBe(412);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).not.toContain("0123456789");
  });
});

describe("RFC 9110 13.1.2: If-None-Match compares weakly", () => {
  it.each([
    ["13.1.2-strong", TAG, 304],
    ["8.8.3.2-weak", `W/${TAG}`, 304],
    ["13.1.2-star", "*", 304],
    ["13.1.2-other", '"other"', 200],
    ["8.8.3-lower-case-w", `w/${TAG}`, 200],
    ["8.8.3-upper-case-digits", TAG.toUpperCase(), 200],
    ["8.8.3-empty-tag", '""', 200],
    ["8.8.3-weak-empty-tag", 'W/""', 200],
    ["8.8.3-unquoted", TAG.slice(1, -1), 200],
    ["13.1.2-list-first", `${TAG}, "other"`, 304],
    ["13.1.2-list-last", `"other", W/"another", W/${TAG}`, 304],
    ["13.1.2-list-without", '"other", W/"another"', 200],
    ["13.1.2-list-of-200", `${'"other", '.repeat(200)}${TAG}`, 304],
    ["5.6.1.2-list-empty-members", `,, "other" , ${TAG},`, 304],
    ["8.8.3-comma-inside-tag", `"a,b", ${TAG}`, 304],
    ["8.8.3-tag-inside-tag", `"${TAG.slice(1, -1)}x"`, 200],
    ["5.5-trailing-space", `${TAG} `, 304],
    ["5.5-trailing-tab", `W/${TAG}\t`, 304],
    ["5.5-star-trailing-space", "* ", 304],
  ])("%s: %s", async (_id, field, status) => {
    expect(await statusOf({ "If-None-Match": field })).toBe(status);
  });
});

describe("RFC 9110 13.1.3: If-Modified-Since", () => {
  it.each([
    ["13.1.3-same", MODIFIED, 304],
    ["13.1.3-later", LATER, 304],
    ["13.1.3-earlier", EARLIER, 200],
    ["13.1.3-far-future", "Fri, 31 Dec 9999 23:59:59 GMT", 304],
    ["13.1.3-epoch", "Thu, 01 Jan 1970 00:00:00 GMT", 200],
    ["5.6.7-rfc850", "Sunday, 06-Nov-94 08:49:37 GMT", 304],
    ["5.6.7-rfc850-earlier", "Sunday, 06-Nov-94 08:49:36 GMT", 200],
    ["5.6.7-asctime", "Sun Nov  6 08:49:37 1994", 304],
    ["5.6.7-asctime-earlier", "Sun Nov  6 08:49:36 1994", 200],
    ["5.6.7-asctime-two-digit-day", "Wed Nov 16 08:49:37 1994", 304],
    ["5.6.7-leap-second", "Sat, 31 Dec 2016 23:59:60 GMT", 304],
    ["5.6.7-rfc850-past-century", "Wednesday, 06-Nov-85 08:49:37 GMT", 200],
    ["5.6.7-rfc850-this-century", "Friday, 06-Nov-20 08:49:37 GMT", 304],
    ["5.5-trailing-space", `${MODIFIED} `, 304],
    ["5.5-trailing-tab", `${MODIFIED}\t`, 304],
    ["13.1.3-invalid", "soon", 200],
    ["13.1.3-no-list", `${MODIFIED}, ${MODIFIED}`, 200],
    ["5.6.7-lower-case", MODIFIED.toLowerCase(), 200],
    ["5.6.7-no-comma", "Sun 06 Nov 1994 08:49:37 GMT", 200],
    ["5.6.7-one-digit-day", "Sun, 6 Nov 1994 08:49:37 GMT", 200],
    ["5.6.7-no-zone", "Sun, 06 Nov 1994 08:49:37", 200],
    ["5.6.7-utc", "Sun, 06 Nov 1994 08:49:37 UTC", 200],
    ["5.6.7-offset", "Sun, 06 Nov 1994 08:49:37 +0000", 200],
    ["5.6.7-iso", "1994-11-06T08:49:37Z", 200],
    ["5.6.7-unix", "784111777", 200],
    ["5.6.7-day-32", "Sun, 32 Dec 2023 08:49:37 GMT", 200],
    ["5.6.7-february-30", "Sun, 30 Feb 2020 08:49:37 GMT", 200],
    ["5.6.7-day-0", "Sun, 00 Nov 2020 08:49:37 GMT", 200],
    ["5.6.7-hour-24", "Sun, 06 Nov 2020 24:00:00 GMT", 200],
    ["5.6.7-minute-60", "Sun, 06 Nov 2020 08:60:37 GMT", 200],
    ["5.6.7-second-61", "Sun, 06 Nov 2020 08:49:61 GMT", 200],
    ["5.6.7-five-digit-year", "Sun, 06 Nov 19940 08:49:37 GMT", 200],
    ["5.6.7-suffix", `${MODIFIED}; length=10`, 200],
  ])("%s: %s", async (_id, field, status) => {
    expect(await statusOf({ "If-Modified-Since": field })).toBe(status);
  });
});

describe("RFC 9110 13.1.4: If-Unmodified-Since", () => {
  it.each([
    ["13.1.4-same", MODIFIED, 200],
    ["13.1.4-later", LATER, 200],
    ["13.1.4-earlier", EARLIER, 412],
    ["5.6.7-rfc850", "Sunday, 06-Nov-94 08:49:37 GMT", 200],
    ["5.6.7-rfc850-earlier", "Sunday, 06-Nov-94 08:49:36 GMT", 412],
    ["5.6.7-asctime-earlier", "Sun Nov  6 08:49:36 1994", 412],
    ["5.5-trailing-space", `${EARLIER} `, 412],
    ["13.1.4-invalid", "long ago", 200],
    ["13.1.4-no-list", `${EARLIER}, ${EARLIER}`, 200],
    ["5.6.7-iso", "1994-11-06T08:49:36Z", 200],
  ])("%s: %s", async (_id, field, status) => {
    for (const method of ["GET", "HEAD", "POST"]) {
      expect([method, await statusOf({ "If-Unmodified-Since": field }, method)]).toEqual([
        method,
        status,
      ]);
    }
  });
});

describe("RFC 9110 13.2.1: no condition matters where the answer would not be a 2xx or a 412", () => {
  const CONDITIONS: Record<string, string>[] = [
    { "If-Match": '"other"' },
    { "If-Match": "*" },
    { "If-None-Match": "*" },
    { "If-None-Match": TAG },
    { "If-Unmodified-Since": EARLIER },
    { "If-Modified-Since": LATER },
  ];
  it.each([
    ["13.2.1-absent", "GET", "/absent", 404],
    ["13.2.1-method", "DELETE", "/ten", 405],
    ["13.2.1-put", "PUT", "/ten", 405],
    ["13.2.1-protected", "GET", "/signed", 403],
    ["13.2.1-protected-head", "HEAD", "/signed", 403],
    ["13.2.1-path", "GET", "/%zz", 400],
    ["13.2.1-options", "OPTIONS", "/ten", 204],
  ])("%s: %s %s stays %i", async (_id, method, path, status) => {
    for (const headers of CONDITIONS) {
      const answer = await send(ORIGIN + path, { method, headers });
      expect([headers, answer.status]).toEqual([headers, status]);
    }
  });
});

describe("RFC 9110 8.8.3: obs-text in an entity tag hides none that follows", () => {
  // A runtime decodes field values as UTF-8: any character can stand for obs-text.
  it.each([
    ["8.8.3-latin-1", "é"],
    ["8.8.3-cjk", "日本"],
    ["8.8.3-replacement-character", "\ufffd"],
  ])("%s", async (_id, text) => {
    const field = `"${text}", W/"${text}", ${TAG}`;
    const get = (name: string) => receive(`${ORIGIN}/ten`, { headers: { [name]: field } });
    expect((await get("If-None-Match")).status).toBe(304);
    expect((await get("If-Match")).status).toBe(200);
  });
});

describe("RFC 9110 15.4.5: a 304", () => {
  it.each([
    ["GET", { "If-None-Match": TAG }],
    ["HEAD", { "If-None-Match": "*" }],
    ["GET", { "If-Modified-Since": MODIFIED }],
  ])("%s %o has no content and its validators", async (method, headers) => {
    const answer = await send(`${ORIGIN}/ten`, {
      method,
      headers: headers as Record<string, string>,
    });
    expect(answer).toMatchObject({ status: 304, body: "" });
    expect(answer.headers.get("etag")).toBe(TAG);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=0, must-revalidate");
    expect(answer.headers.get("date")).toMatch(/ GMT$/);
    expect(answer.headers.get("content-range")).toBe(null);
    expect(answer.headers.get("transfer-encoding")).toBe(null);
    expect([null, "10"]).toContain(answer.headers.get("content-length"));
  });
});

describe("RFC 9110 13: a condition that is empty names nothing", () => {
  // The runtime drops an empty field of these names off the wire: only inside can it be seen.
  it.each([
    ["13.1.1-empty", { "If-Match": "" }, 412],
    ["13.1.1-only-commas", { "If-Match": ", ," }, 412],
    ["13.1.2-empty", { "If-None-Match": "" }, 200],
    ["13.1.2-empty-hides-date", { "If-None-Match": "", "If-Modified-Since": LATER }, 200],
    ["13.1.3-empty", { "If-Modified-Since": "" }, 200],
    ["13.1.4-empty", { "If-Unmodified-Since": "" }, 200],
    ["13.1.5-empty", { "If-Range": "", Range: "bytes=2-3" }, 200],
  ])("%s: %o", async (_id, headers, status) => {
    const answer = await receive(`${ORIGIN}/ten`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
  });
});
