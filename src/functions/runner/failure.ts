import { inspect } from "node:util";
import type { BodyRefusal } from "./body.ts";
import { headerValue } from "./headers.ts";
import type { FunctionAnswer, FunctionCall } from "./protocol.ts";

// Before the functions' own code can replace it.
const { stringify } = JSON;

type PublicError = { message: string; name: string; stack: string };

/**
 * Returns the 500 for what a function threw, rejected or called back with: JSON, or a page for a
 * browser. It says the error's name and message, as Twilio's runtime does; stack frames and the
 * names of the files that required one another stand in the logs alone.
 */
export function failureAnswer(error: unknown, call: FunctionCall): FunctionAnswer {
  const shown = publicError(error);
  if (!/^Mozilla\//.test(headerValue(call.headers, "user-agent") ?? "")) {
    return json(500, shown);
  }
  const page = [
    "<!DOCTYPE html>",
    '<html lang="en">',
    "<title>Runtime Error</title>",
    "<h1>Runtime Error</h1>",
    `<p><strong>${escaped(shown.name)}:</strong> ${escaped(shown.message)}</p>`,
    "</html>",
  ];
  return html(500, page, []);
}

/** Returns the answer to a body that cannot be read. */
export function refusalAnswer({ status, name, message }: BodyRefusal): FunctionAnswer {
  const page = [
    "<!DOCTYPE html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    "<title>Error</title>",
    "</head>",
    "<body>",
    `<pre>${escaped(`${name}: ${message}`)}</pre>`,
    "</body>",
    "</html>",
  ];
  return html(status, page, [
    ["content-security-policy", "default-src 'none'"],
    ["x-content-type-options", "nosniff"],
  ]);
}

/** What was thrown, in words; whatever it is, there are some: getters and traps may throw in their turn. */
export function inspected(thrown: unknown): string {
  try {
    return inspect(thrown);
  } catch {
    return inspect(thrown, { customInspect: false, getters: false, depth: 0, showProxy: true });
  }
}

/** An error as it comes out of the JSON that Twilio's runtime sends it through. */
function publicError(error: unknown): PublicError {
  const { name, message: whole } = nameAndMessage(error);
  const message = withoutRequirers(whole);
  return { message, name, stack: message === "" ? name : `${name}: ${message}` };
}

function nameAndMessage(error: unknown): { name: string; message: string } {
  try {
    if (isErrorLike(error)) {
      const { name, message } = error as { name?: unknown; message?: unknown };
      return {
        name: typeof name === "string" ? name : "Error",
        message: typeof message === "string" ? message : "",
      };
    }
    return { name: "NonError", message: stringify(error) ?? String(error) };
  } catch {
    // What no JSON can carry is said in words: an error on the way to the answer would be no answer.
    return { name: "NonError", message: inspected(error) };
  }
}

/** What is no error, and has no message, is shown as it is. */
function isErrorLike(error: unknown): error is object {
  if (typeof error !== "object" || error === null || Array.isArray(error)) return false;
  return error instanceof Error || "message" in error || "name" in error;
}

const REQUIRE_STACK = "\nRequire stack:";

/**
 * Of the files that required one another the last is the function's own: its path is public. Cut by
 * place, not by an expression: what a client sent may be in the message, and repeat any part of it.
 */
function withoutRequirers(message: string): string {
  const head = message.indexOf(REQUIRE_STACK);
  const last = message.lastIndexOf("\n");
  if (head === -1 || !message.startsWith("\n- ", last)) return message;
  return message.slice(0, head + REQUIRE_STACK.length) + message.slice(last);
}

function json(status: number, value: object): FunctionAnswer {
  const headers: [string, string][] = [["content-type", "application/json; charset=utf-8"]];
  return { status, headers, body: stringify(value) };
}

function html(status: number, page: string[], headers: [string, string][]): FunctionAnswer {
  const type: [string, string] = ["content-type", "text/html; charset=utf-8"];
  return { status, headers: [...headers, type], body: `${page.join("\n")}\n` };
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
