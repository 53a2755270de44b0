export type ConnectOptions = {
  host: string;
  port: number;
  timeout?: number;
  signal?: AbortSignal;
  [option: string]: unknown;
};

export type ConnectArguments = { options: ConnectOptions; listener: (() => void) | undefined };

/**
 * Returns what `net.connect` and `tls.connect` mean by their arguments: `(port[, host][, options])` or
 * `(options)`, and a listener. Throws, as Node does, for what names no port.
 */
export function connectArguments(given: unknown[]): ConnectArguments {
  const all = Array.isArray(given[0]) ? given[0] : given;
  const options: Record<string, unknown> = {};
  let listener: (() => void) | undefined;
  for (const [index, argument] of all.entries()) {
    if (typeof argument === "function") listener = argument as () => void;
    else if (typeof argument === "object" && argument !== null) Object.assign(options, argument);
    else if (index === 0) options.port = argument;
    else if (index === 1 && typeof argument === "string") options.host = argument;
  }
  const { host, port, path } = options;
  if (options.socket === undefined) {
    if (path !== undefined && path !== null) {
      throw coded(`There is no socket file ${path}`, "ENOENT");
    }
    if (port === undefined) {
      throw coded('The "options" or "port" argument must be specified', "ERR_MISSING_ARGS");
    }
    if (!(Number(port) >= 0 && Number(port) < 65_536)) {
      const message = `options.port should be >= 0 and < 65536. Received ${port}.`;
      throw coded(message, "ERR_SOCKET_BAD_PORT", RangeError);
    }
  }
  // On a socket that there is already, its own host is meant where none is named.
  const unnamed = options.socket === undefined ? "localhost" : "";
  const named = typeof host === "string" && host !== "" ? host : unnamed;
  return { options: { ...options, host: named, port: Number(port) }, listener };
}

function coded(message: string, code: string, Kind: ErrorConstructor = TypeError): Error {
  return Object.assign(new Kind(message), { code });
}
