// The rules: no URL leads here, nor to the words.
const words = require(Runtime.getAssets()["/words.json"].path);

const DAY = 24 * 3600 * 1000;

/** The word of a date (UTC), and its letters in the order of the alphabet. */
exports.wordOfDay = (date) => {
  const word = words[Math.floor(date.getTime() / DAY) % words.length];
  return { word, letters: [...word].sort().join("") };
};

exports.isRight = (guess, word) => guess.trim().toLowerCase() === word;
