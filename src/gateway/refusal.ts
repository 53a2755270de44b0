/**
 * Why a signature was refused, for the owner's eyes: the caller's 403 says nothing of it. Asked behind
 * the answer, of refused requests alone, and bounded: what is not found within the budget is unknown.
 */
import {
  bodySha256Of,
  decodeSignature,
  fitsOne,
  formSuffix,
  type HashBudget,
  isForm,
  type SignedRequest,
  signedSuffixes,
} from "./signature.ts";

export type RefusalReason =
  | "signature-malformed"
  | "signature-former-token"
  | "signature-other-scheme"
  | "signature-other-host"
  | "signature-without-query"
  | "signature-other-query"
  | "signature-parameters-missing"
  | "signature-parameters-added"
  | "signature-body-changed"
  | "signature-invalid";

/** What is known of the account and the deployment. */
export type RefusalSources = {
  current: readonly (string | undefined)[];
  former: string[];
  /** Other hostnames of the deployment. */
  hostnames: string[];
};

/** A body past this is not looked at again. */
const MAX_BODY = 64 * 1024;
/** Bytes hashed for one explanation, where each try counts as a kilobyte more. */
const MAX_HASHED = 2 * 1024 * 1024;
/** Parameters and fields that are left out one by one. */
const MAX_LEFT_OUT = 30;

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();

/** Names what is wrong with `signature`, which `request` was refused for. */
export async function explainRefusal(
  signature: string,
  { current, former, hostnames }: RefusalSources,
  request: SignedRequest,
  method: string,
): Promise<RefusalReason> {
  const claimed = decodeSignature(signature);
  if (claimed === null) return "signature-malformed";
  if (request.body.byteLength > MAX_BODY) return "signature-invalid";
  const budget: HashBudget = { bytes: MAX_HASHED, each: 1024 };
  const suffixes = await signedSuffixes(request);
  const fits = (url: string, over: Uint8Array[], tokens = current) => {
    const host = url === request.url ? request.host : null;
    return fitsOne(claimed, tokens, { url, host }, over, budget);
  };
  // A body that nothing binds was refused for that alone; its URL may tell more.
  const over = suffixes.length === 0 ? [NOTHING] : suffixes;
  for (const { reason, url, as, tokens } of [
    ...former.map((token) => ({
      ...{ reason: "signature-former-token" as const, url: request.url, as: over },
      tokens: [token],
    })),
    ...bodies(request),
    ...addresses(request.url, hostnames).map((moved) => ({ ...moved, as: over })),
    ...queries(request.url).map((other) => ({ ...other, as: over })),
  ] as Attempt[]) {
    if (await fits(url, as, tokens)) return reason;
    if (budget.bytes < 0) return "signature-invalid";
  }
  const empty = request.body.byteLength === 0;
  return method === "POST" && empty ? "signature-parameters-missing" : "signature-invalid";
}

type Attempt = { reason: RefusalReason; url: string; as: Uint8Array[]; tokens?: string[] };

/** What the body may have been: another one of the hash that was signed, or other fields. */
function bodies({ url, contentType, body }: SignedRequest): Attempt[] {
  const attempts: Attempt[] = [];
  if (bodySha256Of(url) !== null && body.byteLength > 0) {
    attempts.push({ reason: "signature-body-changed", url, as: [NOTHING] });
  }
  const question = url.indexOf("?");
  if (question !== -1) {
    // A redirect has made a GET of a POST, and put its fields into the query.
    const fields = suffixOf(url.slice(question + 1));
    const bare = url.slice(0, question);
    attempts.push({ reason: "signature-parameters-missing", url: bare, as: fields });
  }
  if (body.byteLength === 0) return attempts;
  const text = new TextDecoder().decode(body);
  if (!isForm(contentType)) {
    attempts.push({ reason: "signature-parameters-missing", url, as: suffixOf(text) });
    return attempts;
  }
  attempts.push({ reason: "signature-parameters-added", url, as: [NOTHING] });
  for (const rest of withoutOne(text)) {
    attempts.push({ reason: "signature-parameters-added", url, as: suffixOf(rest) });
  }
  return attempts;
}

function suffixOf(form: string): Uint8Array[] {
  const suffix = formSuffix(form);
  return suffix === null ? [] : [encoder.encode(suffix)];
}

/** The same path with the other scheme, and under the other hostnames with both. */
function addresses(url: string, hostnames: string[]): Omit<Attempt, "as">[] {
  const [, scheme = "", authority = "", rest = ""] = /^(https?):\/\/([^/?]*)(.*)$/s.exec(url) ?? [];
  const other = scheme === "https" ? "http" : "https";
  const port = /:\d*$/.exec(authority)?.[0] ?? "";
  return [
    { reason: "signature-other-scheme", url: `${other}://${authority}${rest}` },
    ...hostnames.slice(0, 25).flatMap((hostname): Omit<Attempt, "as">[] => [
      { reason: "signature-other-host", url: `${scheme}://${hostname}${port}${rest}` },
      { reason: "signature-other-host", url: `${other}://${hostname}${port}${rest}` },
    ]),
  ];
}

/** Without the query, without one of its parameters, and with them in another order. */
function queries(url: string): Omit<Attempt, "as">[] {
  const question = url.indexOf("?");
  if (question === -1) return [];
  const bare = url.slice(0, question);
  const query = url.slice(question + 1);
  const pairs = query.split("&", MAX_LEFT_OUT);
  const others = [
    ...withoutOne(query),
    pairs.toSorted().join("&"),
    pairs.toReversed().join("&"),
  ].filter((other) => other !== query && other !== "");
  return [
    { reason: "signature-without-query", url: bare },
    ...others.map((other) => ({
      reason: "signature-other-query" as const,
      url: `${bare}?${other}`,
    })),
  ];
}

function withoutOne(pairs: string): string[] {
  const all = pairs.split("&");
  return all
    .slice(0, MAX_LEFT_OUT)
    .map((_, left) => all.filter((_, index) => index !== left).join("&"));
}
