// What the caller pressed.
const game = require(Runtime.getFunctions().game.path);

exports.handler = (context, event, callback) => {
  const response = new Twilio.twiml.VoiceResponse();
  if (event.Digits === "1") {
    const { letters } = game.wordOfDay(new Date());
    response.say(`The letters are: ${[...letters].join(", ")}.`);
    response.hangup();
  } else {
    response.redirect("/voice");
  }
  callback(null, response);
};
