import { describe, expect, it } from "vitest";
import { parseDotenv } from "../../src/console/app/environments/dotenv.ts";

describe("a .env file", () => {
  it.each([
    ["A=1", { A: "1" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["\ufeffA=1", { A: "1" }],
    ["# comment\n\nexport A = 1 ", { A: "1" }],
    ["A=1 # one", { A: "1" }],
    ["A=a#b", { A: "a#b" }],
    ["A='a # $b\\n'", { A: "a # $b\\n" }],
    ['A="a\\nb \\"c\\""', { A: 'a\nb "c"' }],
    ['A="one\ntwo"\nB=3', { A: "one\ntwo", B: "3" }],
    ["A=", { A: "" }],
    ["A=1\nA=2", { A: "2" }],
    ["URL=https://x/?a=b&c=d", { URL: "https://x/?a=b&c=d" }],
    ["__proto__=1", Object.fromEntries([["__proto__", "1"]])],
  ])("%j", (text, expected) => {
    const { entries, problems } = parseDotenv(text);
    expect(Object.fromEntries(entries.map(({ key, value }) => [key, value]))).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it.each([
    ["hello", [{ line: 1, reason: "it is not KEY=value" }]],
    ["A=1\n1B=2", [{ line: 2, reason: "“1B” cannot be a variable's name" }]],
    ['A="open\nB=2', [{ line: 1, reason: "the value of A has no closing quote" }]],
  ])("says which line is wrong: %j", (text, problems) =>
    expect(parseDotenv(text).problems).toEqual(problems),
  );
});
