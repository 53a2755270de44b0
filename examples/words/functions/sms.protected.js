// A message is a guess. Twilio sends the cookie back with the sender's next one.
const game = require(Runtime.getFunctions().game.path);

exports.handler = (context, event, callback) => {
  const guesses = Number(event.request.cookies.guesses ?? 0) + 1;
  const { word, letters } = game.wordOfDay(new Date());
  const right = game.isRight(event.Body ?? "", word);
  const message = right
    ? `Yes, ${word}! ${context.GREETING} You took ${guesses}.`
    : `Not yet. The letters are ${letters}.`;
  console.log("guess %d by %s: %s", guesses, event.From, right ? "right" : "wrong");

  const answer = new Twilio.Response();
  const twiml = new Twilio.twiml.MessagingResponse();
  twiml.message(message);
  answer.appendHeader("Content-Type", "text/xml");
  answer.setBody(twiml.toString());
  if (right) answer.removeCookie("guesses");
  else answer.setCookie("guesses", String(guesses), ["Path=/"]);
  callback(null, answer);
};
