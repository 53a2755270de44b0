import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { deploy } from "../../deployment.ts";
import { send } from "../client.ts";

/** RFC 9110 13.1.5: If-Range. The asset is `0123456789`, last modified Sun, 06 Nov 1994 08:49:37 GMT. */

const HOST = "http-if-range-1002.localhost";
const URL_OF_TEN = `http://${HOST}:8787/ten`;
/** printf 0123456789 | sha256sum */
const TAG = '"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"';

beforeAll(() => deploy(HOST, { "/ten": { body: "0123456789" } }));

describe("RFC 9110 13.1.5: the range is honoured only for the representation If-Range names", () => {
  it.each([
    ["13.1.5-strong", TAG, 206],
    ["5.5-strong-trailing-space", `${TAG} `, 206],
    ["5.5-strong-trailing-tab", `${TAG}\t`, 206],
    ["13.1.5-other-strong", '"other"', 200],
    ["13.1.5-weak-never", `W/${TAG}`, 200],
    ["8.8.3-upper-case-digits", TAG.toUpperCase(), 200],
    ["8.8.3-unquoted", TAG.slice(1, -1), 200],
    ["8.8.3-half-quoted", TAG.slice(1), 200],
    ["8.8.3-empty-tag", '""', 200],
    ["13.1.5-no-list", `"other", ${TAG}`, 200],
    ["13.1.5-no-list-trailing", `${TAG}, "other"`, 200],
    ["13.1.5-no-star", "*", 200],
    ["13.1.5-date", "Sun, 06 Nov 1994 08:49:37 GMT", 206],
    ["5.5-date-trailing-space", "Sun, 06 Nov 1994 08:49:37 GMT ", 206],
    ["5.6.7-date-rfc850", "Sunday, 06-Nov-94 08:49:37 GMT", 206],
    ["5.6.7-date-asctime", "Sun Nov  6 08:49:37 1994", 206],
    ["13.1.5-date-earlier", "Sun, 06 Nov 1994 08:49:36 GMT", 200],
    ["13.1.5-date-later", "Sun, 06 Nov 1994 08:49:38 GMT", 200],
    ["13.1.5-date-now", new Date().toUTCString(), 200],
    ["5.6.7-date-iso", "1994-11-06T08:49:37Z", 200],
    ["5.6.7-date-offset", "Sun, 06 Nov 1994 08:49:37 +0000", 200],
    ["5.6.7-no-date", "yesterday", 200],
  ])("%s: If-Range: %s", async (_id, field, status) => {
    const answer = await send(URL_OF_TEN, { headers: { Range: "bytes=2-3", "If-Range": field } });
    expect(answer).toMatchObject({ status, body: status === 206 ? "23" : "0123456789" });
  });

  it.each([
    ["13.1.5-without-range", { "If-Range": TAG }, 200],
    ["13.1.5-without-range-mismatch", { "If-Range": '"other"' }, 200],
    ["13.1.5-unsatisfiable", { "If-Range": TAG, Range: "bytes=10-" }, 416],
    ["13.1.5-unsatisfiable-mismatch", { "If-Range": '"other"', Range: "bytes=10-" }, 200],
    ["13.1.5-malformed", { "If-Range": TAG, Range: "bytes=3-2" }, 200],
    [
      "13.2.2-not-modified-first",
      { "If-Range": TAG, Range: "bytes=2-3", "If-None-Match": TAG },
      304,
    ],
    ["13.2.2-failed-first", { "If-Range": TAG, Range: "bytes=2-3", "If-Match": '"other"' }, 412],
    ["13.2.2-both-hold", { "If-Range": TAG, Range: "bytes=2-3", "If-Match": TAG }, 206],
  ])("%s", async (_id, headers, status) => {
    const answer = await send(URL_OF_TEN, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
  });
});

describe("RFC 9110 8.8.2.2: a date is a strong validator once it is a second old", () => {
  const modified = 1_900_000_000;
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["8.8.2.2-same-second", 0, 200],
    ["8.8.2.2-a-second-later", 1, 206],
    ["8.8.2.2-a-minute-later", 60, 206],
  ])("%s", async (id, age, status) => {
    vi.useFakeTimers({ toFake: ["Date"], now: (modified + age) * 1000 });
    const host = `http-${id.replaceAll(".", "-")}.localhost`;
    await deploy(host, { "/fresh": { body: "0123456789", modified } });
    const answer = await send(`http://${host}/fresh`, {
      headers: { Range: "bytes=2-3", "If-Range": "Sun, 17 Mar 2030 17:46:40 GMT" },
    });
    expect(answer.headers.get("last-modified")).toBe("Sun, 17 Mar 2030 17:46:40 GMT");
    expect(answer.status).toBe(status);
  });
});
