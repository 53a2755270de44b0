/** A form's parameters as a client has them: decoded; several values make an array. */
export type Parameters = Record<string, string | string[]>;

/** X-Twilio-Signature of a request, after contract section 3: base64(HMAC-SHA1(token, message)). */
export async function sign(
  token: string,
  url: string,
  parameters: Parameters = {},
): Promise<string> {
  let message = url;
  for (const name of Object.keys(parameters).sort()) {
    const values = parameters[name] as string | string[];
    for (const value of [...new Set([values].flat())].sort()) message += name + value;
  }
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(token),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message))).toBase64();
}

/** Lower-case hexadecimal SHA-256 of `text` as UTF-8: the value of bodySHA256. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
