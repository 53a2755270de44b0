/** What a reason says to the owner of a file or function, and what to do about it. */
export type DescribedReason = { text: string; advice: string | null };

const TRY_AGAIN = "Cloudflare's storage did not answer. Nothing is to be done if it happened once.";
const DEPLOY_AGAIN = "Deploy again: it writes what is missing.";
const SIGN_URL =
  "Use exactly the address that Twilio is configured with, everywhere, or configure the one that is asked for.";

/** By reason; docs/api.md lists the same. */
export const REASONS: Record<string, DescribedReason> = {
  "path-malformed": {
    text: "The address cannot be decoded.",
    advice: "Look for a stray % or a backslash in the address.",
  },
  "path-unknown": {
    text: "Nothing public or protected is deployed at this path.",
    advice:
      "Compare it with the file's path, letter by letter. A private file answers the same way, and a file that was saved but not deployed is not there yet.",
  },
  "method-not-allowed": {
    text: "Assets answer GET, HEAD, POST and OPTIONS.",
    advice: "Ask with GET.",
  },
  "function-method-not-allowed": {
    text: "Functions answer GET, POST and OPTIONS.",
    advice: "Ask with GET or POST.",
  },
  "signature-missing": {
    text: "This is protected, and the request had no X-Twilio-Signature.",
    advice:
      "Twilio signs what it fetches; a browser or curl does not. Make the file public if everyone may have it.",
  },
  "signature-malformed": {
    text: "The X-Twilio-Signature was not base64 of 20 bytes.",
    advice: "Send the header as it was computed: base64 of an HMAC-SHA1, 28 characters.",
  },
  "signature-invalid": {
    text: "The signature fits this request in no way that was tried.",
    advice:
      "It was made with another account's token, for another address, or with fields that were changed on the way. Compare the account SID of the caller with the service's.",
  },
  "signature-former-token": {
    text: "The signature was made with an auth token that was dropped.",
    advice: "Let the caller use the account's current auth token.",
  },
  "signature-other-scheme": {
    text: "The signature was made over the other of http and https.",
    advice: `Something in between changed it. ${SIGN_URL}`,
  },
  "signature-other-host": {
    text: "The signature was made over another hostname of this deployment.",
    advice: `A redirect or proxy led here. ${SIGN_URL}`,
  },
  "signature-without-query": {
    text: "The signature was made over the address without its query.",
    advice: `The query was added on the way. ${SIGN_URL}`,
  },
  "signature-other-query": {
    text: "The signature was made over the address with another query.",
    advice: `A parameter was added, or their order changed, on the way. ${SIGN_URL}`,
  },
  "signature-parameters-missing": {
    text: "The signature was made with form fields that did not arrive as such.",
    advice:
      "A redirect turns a POST into a GET, and a proxy may drop the body or its Content-Type: call the final address.",
  },
  "signature-parameters-added": {
    text: "The signature was made without fields that arrived.",
    advice: "Fields were added to the form on the way: call the address directly.",
  },
  "signature-body-changed": {
    text: "The body is not the one whose hash was signed.",
    advice: "Something changed it on the way, a proxy that formats JSON anew for one.",
  },
  "account-unknown": {
    text: "The account that this belongs to has no auth token here.",
    advice: "Make the account again, or set TWILIO_AUTH_TOKEN.",
  },
  "body-too-large": {
    text: "The body of a signed request may have 64 KiB.",
    advice: "Send less, or call a function.",
  },
  "function-body-too-large": {
    text: "The body was larger than a function takes.",
    advice: "Functions take 6 MB, signed forms 256 KiB.",
  },
  "body-broken": { text: "The body did not arrive whole.", advice: "The caller hung up." },
  "body-late": {
    text: "The body came too slowly.",
    advice: "The caller stopped sending, or is on a very slow line.",
  },
  busy: { text: "Too many bodies were held at once.", advice: "The caller may try again." },
  "too-many-calls": {
    text: "The account's functions were already running as often as they may at once.",
    advice: "Make them answer sooner, or call less of them at once.",
  },
  "precondition-failed": {
    text: "The file is not the one that If-Match or If-Unmodified-Since named.",
    advice: "The caller has an old copy, and may ask for the file anew.",
  },
  "range-unsatisfiable": {
    text: "The file has no bytes in the range that was asked for.",
    advice: "The caller took it for longer than it is, after a deployment perhaps.",
  },
  "manifest-corrupt": { text: "The deployment cannot be read.", advice: DEPLOY_AGAIN },
  "manifest-future": {
    text: "The deployment was written by a newer version.",
    advice: "Deploy the newest version of Ringback.",
  },
  "manifest-unavailable": { text: "The deployment could not be read.", advice: TRY_AGAIN },
  "tokens-unavailable": { text: "The account's tokens could not be read.", advice: TRY_AGAIN },
  "environment-unavailable": {
    text: "The environment's variables could not be read.",
    advice: TRY_AGAIN,
  },
  "bytes-missing": {
    text: "The file's bytes are not stored.",
    advice:
      "Send the file again and deploy: twilio-run sends every file, the console what Replace with a file, in the file's menu, is given.",
  },
  "bytes-unavailable": { text: "The file's bytes could not be read.", advice: TRY_AGAIN },
  "function-failed": {
    text: "The function's Worker ended without an answer.",
    advice: "Its log lines say what ended it.",
  },
  "function-late": {
    text: "The function did not call back in time.",
    advice: "Call callback() on every way through it, and bound what it waits for.",
  },
  "function-error": {
    text: "The function answered with a server error.",
    advice: "It threw, or said so itself: its log lines tell.",
  },
  "function-refused": {
    text: "The function itself answered with this status.",
    advice: "Its source says when it does.",
  },
  internal: {
    text: "Ringback failed to answer.",
    advice: "Look for the request id in the Worker's log.",
  },
};

/** Describes a reason; null where nothing failed. */
export function describeReason(reason: string | null, status: number): DescribedReason | null {
  if (reason === null) return null;
  return REASONS[reason] ?? { text: `The answer was ${status}.`, advice: null };
}
