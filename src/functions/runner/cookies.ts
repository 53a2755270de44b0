/**
 * Reads a Cookie header: the first value of a name wins, quotes around a value are dropped, percent
 * escapes are decoded where they can be, and `j:` starts a JSON value (0, null, false and "" stay
 * text), as Twilio's runtime has it.
 */
export function parseCookies(header: string | undefined): Record<string, unknown> {
  const cookies: Record<string, unknown> = {};
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals === -1) continue;
    const name = pair.slice(0, equals).trim();
    if (Object.hasOwn(cookies, name)) continue;
    const quoted = pair.slice(equals + 1).trim();
    const value = /^".*"$/.test(quoted) ? quoted.slice(1, -1) : quoted;
    Object.defineProperty(cookies, name, {
      value: jsonValue(decoded(value)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return cookies;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function jsonValue(value: string): unknown {
  if (!value.startsWith("j:")) return value;
  try {
    return JSON.parse(value.slice(2)) || value;
  } catch {
    return value;
  }
}
