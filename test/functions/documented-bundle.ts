import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const ROOT = path.join(import.meta.dirname, "../..");

/** A project whose function needs a package that Ringback does not ship: an ES module at that. */
const PROJECT = {
  "src/reply.js": `const { shout } = require("made-up-shout");
    exports.handler = (context, event, callback) => {
      const twiml = new Twilio.twiml.MessagingResponse();
      twiml.message(shout(event.Body));
      callback(null, twiml);
    };`,
  "node_modules/made-up-shout/package.json": '{"name":"made-up-shout","type":"module"}',
  "node_modules/made-up-shout/index.js":
    'import path from "node:path"; export const shout = (text) => path.basename(text).toUpperCase();',
};

/** Runs the esbuild command that docs/functions.md gives, and returns the function it makes. */
export async function documentedBundle(): Promise<string> {
  const docs = await readFile(path.join(ROOT, "docs/functions.md"), "utf8");
  const [, command] = /^npx (esbuild .*)$/m.exec(docs) ?? [];
  if (command === undefined) throw new Error("docs/functions.md has no esbuild command");
  const directory = await mkdtemp(path.join(tmpdir(), "ringback-bundle-"));
  try {
    for (const [file, content] of Object.entries(PROJECT)) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), content);
    }
    const [program = "", ...args] = command.split(" ");
    const executable = path.join(ROOT, "node_modules/.bin", program);
    await promisify(execFile)(executable, args, { cwd: directory });
    return await readFile(path.join(directory, "functions/reply.js"), "utf8");
  } finally {
    await rm(directory, { recursive: true });
  }
}
