/** What is told while something takes long. */
export type Progress = {
  /** A line that stays. */
  say(line: string): void;
  /** How far something is; the newest takes the place of the one before. */
  show(line: string): void;
};

/** Milliseconds between two lines where lines cannot be replaced. */
const PACE = 5000;

/** Returns what tells progress on `stream`: in place on a terminal, else now and then in a line. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  let shown = false;
  let last = Date.now();
  return {
    say(line) {
      if (shown) stream.write("\r\x1b[K");
      shown = false;
      stream.write(`${line}\n`);
    },
    show(line) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${inColumns(line, Math.max(20, (stream.columns || 80) - 1))}`);
        shown = true;
      } else if (Date.now() - last > PACE) {
        last = Date.now();
        stream.write(`${line}\n`);
      }
    },
  };
}

/**
 * Returns what of a line fits: one that wraps could not be replaced. What is not ASCII is taken for two
 * columns wide, as Chinese and Japanese are.
 */
export function inColumns(line: string, columns: number): string {
  let left = columns;
  let shown = "";
  for (const character of line) {
    left -= character <= "\x7f" ? 1 : 2;
    if (left < 0) break;
    shown += character;
  }
  return shown;
}

/** Returns a number of bytes for people: `12.4 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `1 file`, `2 files`, `2 addresses`. */
export function counted(count: number, what: string): string {
  const ending = count === 1 ? "" : what.endsWith("s") ? "es" : "s";
  return `${count.toLocaleString("en-US")} ${what}${ending}`;
}
