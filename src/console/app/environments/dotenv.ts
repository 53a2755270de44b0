export type DotenvEntry = { key: string; value: string };
export type DotenvProblem = { line: number; reason: string };
export type Dotenv = { entries: DotenvEntry[]; problems: DotenvProblem[] };

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/**
 * Reads a .env file: `KEY=value` lines, `export` in front, `#` comments, single quotes (as is), double
 * quotes (escapes, several lines). A key that is given twice has its last value. What cannot be read
 * is a problem with its line number, and the rest is read on.
 */
export function parseDotenv(text: string): Dotenv {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  const entries = new Map<string, string>();
  const problems: DotenvProblem[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    const content = (lines[index] as string).trim();
    if (content === "" || content.startsWith("#")) continue;
    const assignment = /^(?:export\s+)?([^=\s]+)\s*=\s*([\s\S]*)$/.exec(content);
    if (!assignment) {
      problems.push({ line, reason: "it is not KEY=value" });
      continue;
    }
    const [, key, rest] = assignment as unknown as [string, string, string];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
      problems.push({ line, reason: `“${key}” cannot be a variable's name` });
      continue;
    }
    const quote = rest[0];
    if (quote !== '"' && quote !== "'") {
      entries.set(key, rest.replace(/\s+#.*$/, "").trim());
      continue;
    }
    let quoted = rest.slice(1);
    let end = closingQuote(quoted, quote);
    while (end === -1 && index + 1 < lines.length) {
      index += 1;
      quoted += `\n${lines[index]}`;
      end = closingQuote(quoted, quote);
    }
    if (end === -1) {
      problems.push({ line, reason: `the value of ${key} has no closing quote` });
      break;
    }
    const value = quoted.slice(0, end);
    entries.set(key, quote === "'" ? value : unescaped(value));
  }
  return { entries: [...entries].map(([key, value]) => ({ key, value })), problems };
}

function closingQuote(text: string, quote: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (pair, letter: string) => ESCAPES[letter] ?? pair);
}
