type HeaderValue = string | number | boolean | (string | number)[] | null | undefined;

type ResponseOptions = {
  statusCode?: number;
  headers?: Record<string, HeaderValue>;
  body?: unknown;
};

const SET_COOKIE = "Set-Cookie";

/** What a function answers with when a string or an object says too little (contract 5). */
export class TwilioResponse {
  body: unknown = null;
  statusCode: unknown = 200;
  headers: Record<string, HeaderValue> = {};

  constructor(options?: ResponseOptions) {
    if (options?.statusCode) this.statusCode = options.statusCode;
    if (options?.body) this.body = options.body;
    if (options?.headers) this.headers = options.headers;
    const cookies = this.headers[SET_COOKIE];
    if (!Array.isArray(cookies))
      this.headers[SET_COOKIE] = cookies === undefined ? [] : [cookies as string];
  }

  setStatusCode(statusCode: unknown): this {
    this.statusCode = statusCode;
    return this;
  }

  setBody(body: unknown): this {
    this.body = body;
    return this;
  }

  /** Replaces every header; anything but an object is ignored. */
  setHeaders(headers: Record<string, HeaderValue>): this {
    if (typeof headers !== "object") return this;
    this.headers = {};
    for (const name in headers) this.appendHeader(name, headers[name]);
    return this;
  }

  /** Adds to what stands under `name`; Set-Cookie, in any case, is one list. */
  appendHeader(name: string, value: HeaderValue): this {
    if (typeof value === "object" && !Array.isArray(value)) {
      throw new Error("Header value cannot be an object");
    }
    const key = name.toLowerCase() === "set-cookie" ? SET_COOKIE : name;
    const existing = this.headers[key];
    if (existing) this.headers[key] = [existing, value].flat() as string[];
    else if (key === SET_COOKIE) this.headers[key] = [value].flat() as string[];
    else this.headers[key] = value;
    this.headers[SET_COOKIE] ??= [];
    return this;
  }

  setCookie(name: string, value: string, attributes: string[] = []): this {
    return this.appendHeader(SET_COOKIE, [`${name}=${value}`, ...attributes].join(";"));
  }

  /** Takes back a cookie set here, and tells the browser to drop the one it has. */
  removeCookie(name: string): this {
    const kept = [this.headers[SET_COOKIE]]
      .flat()
      .filter((cookie) => typeof cookie === "string" && !cookie.startsWith(`${name}=`));
    this.headers[SET_COOKIE] = [...kept, `${name}=;Max-Age=0`] as string[];
    return this;
  }
}

// The name a function sees in `constructor.name` and in what it prints.
Object.defineProperty(TwilioResponse, "name", { value: "Response" });
