// A call comes in: three tones, and a menu of one digit.
exports.handler = (context, event, callback) => {
  const response = new Twilio.twiml.VoiceResponse();
  const menu = response.gather({ numDigits: 1, action: "/menu" });
  menu.play(`https://${context.DOMAIN_NAME}/chime.wav`);
  menu.say("For the word of the day, press 1. To play, send us a message.");
  response.redirect("/voice");
  callback(null, response);
};
