import type { Unsent } from "../../contract/unsent-request.ts";

/** What fetch throws and what node:http does differ: the second throws the first's cause. */
const failures = new WeakSet<object>();

/** The error, as Node's, of a fetch that failed outside, at `host`, a name and a port if it is given. */
export function fetchFailure(kind: Exclude<Unsent, "refused">, host: string): TypeError {
  const error = new TypeError("fetch failed", { cause: FAILURES[kind](host) });
  failures.add(error);
  return error;
}

/** What a request of node:http says instead of `error`; undefined where it is none of these. */
export function failureOutside(error: unknown): unknown {
  return failures.has(error as object) ? (error as Error).cause : undefined;
}

/** The codes are what clients try again by. The platform does not tell a refusal from a loss. */
const FAILURES = {
  "not-found": (host: string) => {
    const { hostname } = new URL(`http://${host}`);
    const facts = { errno: -3008, code: "ENOTFOUND", syscall: "getaddrinfo", hostname };
    return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), facts);
  },
  untrusted: (host: string) => {
    const message = `TLS failed: the certificate of ${host} is none that a public authority vouches for`;
    return Object.assign(new Error(message), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  },
  lost: (host: string) => {
    const message = `The connection to ${host} was refused or lost`;
    return Object.assign(new Error(message), { code: "ECONNRESET" });
  },
};
