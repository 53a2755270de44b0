/** What an expression that names a file surely begins with; `whole` where it is all of it. */
export type NameStart = { text: string; whole: boolean };

const JOIN = /\s{0,50}(?:[\w$]{1,60}\.){0,3}(?:join|resolve)\(/y;
const PART = /\s{0,50}(?:(["'])([^"'\\\n]{0,300})\1|`([^`\\$\n]{0,300})`|(__dirname)\b)\s{0,50}/y;
const TEMPLATE = /\s{0,50}`(\$\{__dirname\})?([^`\\$\n]{0,300})(`|\$\{)/y;
const NEXT = /[+,)]/y;

/** The parts that one name is made of, at most. */
const PARTS = 12;

/**
 * Reads how the argument at `at` of a call of require() begins: a text, a template, `__dirname` and
 * what is added to it, or path.join() of such. `./locale/` of `"./locale/" + name`. Null where nothing
 * can be told, or there is no more to be told than that.
 */
export function nameStart(source: string, at: number): NameStart | null {
  const joined = match(JOIN, source, at);
  let place = at + (joined?.[0].length ?? 0);
  let text = "";
  for (let count = 0; count < PARTS; count++) {
    const part = match(PART, source, place);
    if (part === null) {
      const template = match(TEMPLATE, source, place);
      if (template === null) return text === "" ? null : { text, whole: false };
      const [all, dirname, rest = "", end] = template;
      text += (dirname ? "." : "") + rest;
      if (end !== "`") return { text, whole: false };
      place += all.length;
    } else {
      text += part[4] ? "." : (part[2] ?? part[3] ?? "");
      place += part[0].length;
    }
    const next = match(NEXT, source, place)?.[0];
    place += 1;
    if (next === ")") return { text, whole: true };
    if (next === "," && joined !== null) text += "/";
    else if (next !== "+") return { text, whole: false };
  }
  return { text, whole: false };
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
