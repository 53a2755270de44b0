import type { Context } from "hono";

/**
 * A failure the client is told about, in Twilio's shape (contract: code, message, more_info, status).
 * Handlers throw it; the app turns it into the answer in one place.
 */
export class ApiError extends Error {
  readonly status: ApiStatus;
  readonly code: number;
  readonly headers: Record<string, string>;

  constructor(
    status: ApiStatus,
    code: number,
    message: string,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export type ApiStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 500 | 503;

/** 20001: a parameter that is missing or wrong, or a limit that is reached. */
export function invalid(message: string): ApiError {
  return new ApiError(400, 20001, message);
}

/** 20003: no credentials, or wrong ones: one body for every reason. */
export function unauthorized(): ApiError {
  // RFC 9110 15.5.2 wants a challenge. No browser knows this scheme, so none asks for a password.
  return new ApiError(401, 20003, "Authenticate", {
    "WWW-Authenticate": 'xBasic realm="Ringback"',
  });
}

/** 20403: who asks is known, and may not. */
export function forbidden(message: string): ApiError {
  return new ApiError(403, 20403, message);
}

/** 20404: no such resource, or not this account's: the two must not be told apart. */
export function notFound(path: string): ApiError {
  return new ApiError(404, 20404, `The requested resource ${path} was not found`);
}

/** 20404 for the resource that the request's own path names. */
export function requestedNotFound(context: Context): ApiError {
  return notFound(context.req.path.replace(/^\/v1(?=\/)/, ""));
}

/** 20409: what was asked for contradicts what is there. */
export function conflict(message: string): ApiError {
  return new ApiError(409, 20409, message);
}

/** 20413: a body past what is read; told as soon as it is known. */
export function contentTooLarge(message: string): ApiError {
  return new ApiError(413, 20413, message);
}

/** 20408: a body that comes too slowly; what it holds is for others. */
export function bodyLate(): ApiError {
  return new ApiError(408, 20408, "The request body came too slowly");
}

/** 20503: the isolate holds as many bytes as it may, and did not get rid of them in time. */
export function busy(): ApiError {
  return unavailable("Too much is under way: try again shortly");
}

/** 20503: a store that does not answer or a setting that is missing: nothing the client can mend. */
export function unavailable(message: string): ApiError {
  return new ApiError(503, 20503, message, { "Retry-After": "5" });
}

/** Returns the wire form of `error`. */
export function errorResponse(context: Context, error: ApiError): Response {
  const { status, code, message } = error;
  return context.json(
    { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
    status,
    { "Cache-Control": "no-store", ...error.headers },
  );
}
