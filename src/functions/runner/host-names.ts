/*
 * Clients look a name up and connect to its address, and TLS is then to be made with the name. The
 * platform makes it with what the connection was opened to, so it is opened to the name.
 */

type Dns = Record<string, unknown>;
type Anything = (...given: unknown[]) => unknown;

/** Addresses that are remembered. */
const MAX_NAMES = 256;
const names = new Map<string, string>();

/** The name that the function looked up and found `host` for; else `host` itself. */
export function nameBehind(host: string): string {
  return names.get(host) ?? host;
}

/** Notes what node:dns, or node:dns/promises, answers to those that look names up. */
export function noteLookUps(dns: Dns): void {
  for (const method of ["lookup", "resolve", "resolve4", "resolve6"]) {
    const original = dns[method];
    if (typeof original !== "function") continue;
    dns[method] = function (this: unknown, name: unknown, ...rest: unknown[]) {
      const callback = rest.at(-1);
      if (typeof callback === "function") {
        rest[rest.length - 1] = (error: unknown, found: unknown, ...more: unknown[]) => {
          note(name, found);
          return (callback as Anything)(error, found, ...more);
        };
      }
      const result = (original as Anything).call(this, name, ...rest);
      if (result instanceof Promise)
        result.then(
          (found) => note(name, found),
          () => {},
        );
      return result;
    };
  }
}

function note(name: unknown, found: unknown): void {
  if (typeof name !== "string") return;
  for (const each of [found].flat()) {
    const address = typeof each === "string" ? each : (each as { address?: unknown })?.address;
    if (typeof address !== "string" || !/^[\d.]+$|:/.test(address)) continue;
    if (names.size >= MAX_NAMES) names.clear();
    names.set(address, name);
  }
}
