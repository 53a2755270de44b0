type Holder = { URL: typeof URL };

const scope = globalThis as unknown as Holder;

/**
 * Makes what is no URL an error as Node's is: its `code`, `ERR_INVALID_URL`, is what packages look
 * at, and its message what a function answers with. The platform's own says "Invalid URL string.".
 */
export function mendUrls(): void {
  const plain = scope.URL;
  scope.URL = new Proxy(plain, {
    construct(target, given, newTarget) {
      try {
        return Reflect.construct(target, given, newTarget);
      } catch (error) {
        throw given.length === 0 || canBeGiven(given) ? error : invalidUrl(given);
      }
    },
  });
  plain.prototype.constructor = scope.URL;
}

/** The same of node:url, which is asked for when a function requires it. */
export function mendUrlModule(module: Holder): void {
  module.URL = scope.URL;
}

/** What Node's fetch throws for a URL that is none. */
export function unparsedUrl(input: unknown): TypeError {
  return new TypeError(`Failed to parse URL from ${input}`, { cause: invalidUrl([input]) });
}

/** Whether the platform's error is about something else: a symbol, or a `toString` that throws. */
function canBeGiven(given: unknown[]): boolean {
  try {
    return URL.canParse(...(given as [string, string]));
  } catch {
    return true;
  }
}

function invalidUrl([input, base]: unknown[]): TypeError {
  return Object.assign(
    new TypeError("Invalid URL"),
    { code: "ERR_INVALID_URL", input: String(input) },
    base === undefined ? {} : { base: String(base) },
  );
}
