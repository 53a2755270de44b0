/** Node's modules. A package by one of these names is never what code gets by it. */
const BUILTINS = new Set(
  (
    "assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram " +
    "diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector " +
    "inspector/promises module net os path path/posix path/win32 perf_hooks process punycode " +
    "querystring readline readline/promises repl stream stream/consumers stream/promises stream/web " +
    "string_decoder sys timers timers/promises tls trace_events tty url util util/types v8 vm wasi " +
    "worker_threads zlib"
  ).split(" "),
);

/** The name of the module of Node's that `specifier` means, without `node:`; null for none. */
export function builtinOf(specifier: string): string | null {
  if (specifier.startsWith("node:")) return specifier.slice("node:".length);
  return BUILTINS.has(specifier) ? specifier : null;
}
