import type { ErrorRepresentation } from "../../../api/representations.ts";

/** What the API refused, in its words. */
export class ApiFailure extends Error {
  readonly status: number;
  /** Twilio's code, such as 20404; null where the answer was not the API's. */
  readonly code: number | null;
  /** `RQ…`: what the operator's log knows this answer by. */
  readonly requestId: string | null;
  /** Seconds to wait before trying again, where the API said so. */
  readonly retryAfter: number | null;

  constructor(status: number, body: string, header: (name: string) => string | null) {
    const error = errorOf(body);
    super(error?.message ?? `The server answered with status ${status}`);
    this.status = status;
    this.code = error?.code ?? null;
    this.requestId = header("Twilio-Request-Id");
    const seconds = Number(header("Retry-After"));
    this.retryAfter = seconds > 0 ? seconds : null;
  }
}

/** No answer came. */
export class ConnectionLost extends Error {
  constructor() {
    super(
      navigator.onLine
        ? "The server cannot be reached. Check that it is running and try again."
        : "You are offline. It goes on when the connection is back.",
    );
  }
}

/** Returns whether the same call may well work a little later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  return error instanceof ApiFailure && (error.status === 429 || error.status >= 500);
}

/** Returns whether what was asked for is not, or no longer, there. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 404;
}

function errorOf(body: string): ErrorRepresentation | null {
  try {
    const error = JSON.parse(body) as Partial<ErrorRepresentation> | null;
    if (typeof error?.message !== "string" || typeof error.code !== "number") return null;
    return error as ErrorRepresentation;
  } catch {
    return null;
  }
}
