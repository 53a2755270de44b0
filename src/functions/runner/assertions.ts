import { BUNDLE_ROOT, WRAPPER_HEAD } from "./protocol.ts";

type Assert = typeof import("node:assert");
type Readable = { readFileSync(path: string, encoding: "utf8"): string };

const FRAME = new RegExp(`(${BUNDLE_ROOT}/[^:\\n]{1,300}):(\\d+):(\\d+)`);

/**
 * Returns node:assert as Node has it, where `assert(x)` names the expression that was false, as it
 * stands in the file; the platform's says "undefined == true".
 */
export function nameFalseExpressions(assert: Assert, fs: () => Readable): Assert {
  const named = <Check extends (...given: never[]) => unknown>(check: Check): Check =>
    new Proxy(check, {
      apply(target, self, given) {
        try {
          return Reflect.apply(target, self, given);
        } catch (error) {
          if (given.length === 1) restate(error as Error, fs);
          throw error;
        }
      },
    });
  const strict = named(assert.strict) as Assert["strict"];
  const ok = named(assert.ok) as Assert["ok"];
  Object.assign(assert.strict, { ok, strict });
  Object.assign(assert, { ok, strict });
  return named(assert);
}

/** Gives `error` Node's words, where its place can be found and read. */
function restate(error: Error, fs: () => Readable): void {
  if (!(error as { generatedMessage?: boolean }).generatedMessage) return;
  const stack = String(error.stack);
  const [, file = "", row, at] = FRAME.exec(stack) ?? [];
  let line: string | undefined;
  try {
    line = fs().readFileSync(file, "utf8").split("\n", Number(row))[Number(row) - 1];
  } catch {
    return;
  }
  if (line === undefined) return;
  const column = Number(at) - 1 - (row === "1" ? WRAPPER_HEAD.length : 0);
  const { message } = error;
  error.message = `The expression evaluated to a falsy value:\n\n  ${callAt(line, column)}\n`;
  error.stack = stack.replace(message, () => error.message);
}

/** The call whose name stands at `column` of `line`, to its end or the line's. */
function callAt(line: string, column: number): string {
  const object = /[\w$.]*$/.exec(line.slice(Math.max(0, column - 100), column))?.[0] ?? "";
  const call = object + line.slice(column, column + 1_000);
  let depth = 0;
  for (const { 0: token, index } of call.matchAll(TOKEN)) {
    if (/^[([{]$/.test(token)) depth += 1;
    if (!/^[)\]}]$/.test(token)) continue;
    depth -= 1;
    if (depth === 0) return call.slice(0, index + 1);
  }
  return call;
}

/** Brackets, and what may hold some that are none: strings, and regular expressions behind an operator. */
const TOKEN =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:[!&|?{};]\s{0,9})\/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/|[()[\]{}]/g;
