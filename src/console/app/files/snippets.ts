/** The lines people paste into their own code. */

/** TwiML that plays the asset at `url`. */
export function playSnippet(url: string): string {
  return `<Play>${xml(url)}</Play>`;
}

/** The parameter of a message that sends the asset at `url`. */
export function mediaUrlSnippet(url: string): string {
  return `mediaUrl: [${JSON.stringify(url)}]`;
}

/** What a phone number, or a call being made, is given to answer with the function at `url`. */
export function webhookSnippet(parameter: "voiceUrl" | "smsUrl", url: string): string {
  return `${parameter}: ${JSON.stringify(url)}`;
}

/** A command that fetches the protected file at `url` as Twilio does, signed with `authToken`. */
export async function signedCurl(url: string, authToken: string): Promise<string> {
  const signature = await twilioSignature(url, authToken);
  return `curl -H ${shell(`X-Twilio-Signature: ${signature}`)} ${shell(url)}`;
}

/** X-Twilio-Signature of a GET: base64(HMAC-SHA1(authToken, url)) (contract 3). */
export async function twilioSignature(url: string, authToken: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const bytes = encoder.encode(authToken);
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(url)));
  return btoa(String.fromCharCode(...signature));
}

/** `text` as one argument of a POSIX shell. */
export function shell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function xml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
