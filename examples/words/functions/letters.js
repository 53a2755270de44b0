// Anybody may ask for the letters; never for the word.
const game = require(Runtime.getFunctions().game.path);

exports.handler = (context, event, callback) => {
  const { letters } = game.wordOfDay(new Date());
  callback(null, { letters });
};
