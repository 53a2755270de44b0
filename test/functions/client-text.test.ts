/** What a function logs or throws may be what a client sent it, as long as a body may be. */
import { beforeAll, describe, expect, it } from "vitest";
import { authorStacks } from "../../src/functions/runner/stacks.ts";
import { expectLinearTime } from "../growth.ts";
import { type Deployed, deploy } from "./harness.ts";

const LENGTH = 128 * 1024;

let project: Deployed;

beforeAll(async () => {
  project = await deploy({
    functions: {
      "throws.js":
        "exports.handler = (c, { text, times }) => { throw new Error(text.repeat(times)); };",
    },
  });
});

async function shownFor(text: string, times = 1): Promise<string> {
  const body = JSON.stringify({ text, times });
  const headers = { "content-type": "application/json" };
  const answer = await project.call("/throws", { headers, body });
  return JSON.parse(answer.body).message;
}

describe("a text of a client's", () => {
  it.each(["\n", "\n ", "\n    at ", " at runner.js:1", "/bundle", "/bundle/", "/bundle/a:1:"])(
    "of %j alone is logged in a time that grows with its length alone",
    (run) =>
      expectLinearTime(LENGTH, (length) =>
        authorStacks(`runner.js:${run.repeat(length / run.length)}`),
      ),
  );

  it.each(["\nRequire stack:", "\n- ", "\nRequire stack:\n- a"])(
    "of %j alone is thrown in such a time",
    (run) => expectLinearTime(LENGTH / 4, (times) => shownFor(run, times)),
  );
});

describe("an error of require", () => {
  it("names the function that is called, and no other file", async () => {
    const stack = "\nRequire stack:\n- /bundle/assets/secret.js\n- /bundle/functions/a.js";
    expect(await shownFor(`Cannot find module 'x'${stack}`)).toBe(
      "Cannot find module 'x'\nRequire stack:\n- /bundle/functions/a.js",
    );
    expect(await shownFor("Require stack:\n- /a")).toBe("Require stack:\n- /a");
    expect(await shownFor("x\nRequire stack:")).toBe("x\nRequire stack:");
    expect(await shownFor("x\n- a")).toBe("x\n- a");
  });
});

describe("a stack", () => {
  it("has no frame of the runner's, and first lines as the author counts", () => {
    const text =
      "Error: x\n    at f (/bundle/functions/a.js:1:149)\n    at load (file:///runner.js:12:3)\n    at g (/bundle/b.js:2:4)";
    expect(authorStacks(text)).toBe(
      "Error: x\n    at f (/bundle/functions/a.js:1:45)\n    at g (/bundle/b.js:2:4)",
    );
  });
});
