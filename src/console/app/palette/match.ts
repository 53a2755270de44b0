/** What the palette shows at most: who sees more types on. */
export const MOST_SHOWN = 50;

/**
 * Returns those of `entries` that hold every word of `typed`, in their label or hint, the best first: a
 * label that starts with what was typed, then words that start with it, then any place. Entries as good
 * as one another keep their order. Nothing typed matches all.
 */
export function matching<Entry extends { label: string; hint: string }>(
  entries: readonly Entry[],
  typed: string,
): Entry[] {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.slice(0, MOST_SHOWN);
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score)
    .slice(0, MOST_SHOWN)
    .map(({ entry }) => entry);
}

/** The sum of what each word is worth; 0 where one is not there. */
function scoreOf({ label, hint }: { label: string; hint: string }, words: string[]): number {
  const name = folded(label);
  const about = folded(hint);
  let score = 0;
  for (const word of words) {
    const worth = Math.max(worthIn(name, word) * 2, worthIn(about, word));
    if (worth === 0) return 0;
    score += worth;
  }
  return score;
}

function worthIn(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === -1) return 0;
  if (at === 0) return 4;
  return startsWord(text, word) ? 3 : 1;
}

/** Whether a word of `text` starts with `word`: after a blank, a slash, a dot, a dash. */
function startsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] as string)) return true;
  }
  return false;
}

/** Letters without case and accents: `Répondeur` is found as `repondeur`. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
