import type { Duplex } from "node:stream";
import type { Trust } from "./tls13/certificates.ts";

/** The options of tls.connect, TLSSocket and createSecureContext that mean something here. */
export type TlsOptions = {
  host?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
  ca?: unknown;
  cert?: unknown;
  key?: unknown;
  passphrase?: string;
  pfx?: unknown;
  checkServerIdentity?: NonNullable<Trust["identify"]>;
  ALPNProtocols?: unknown;
  secureContext?: { options?: TlsOptions };
  socket?: Duplex;
  allowHalfOpen?: boolean;
  signal?: AbortSignal;
};

export type TlsWishes = {
  /**
   * Whom to trust where the platform's TLS, which checks certificates against public authorities and
   * nothing else, is not what is asked for; null where it is.
   */
  trust: Trust | null;
  protocols: string[];
  /** What is not to be had, to be said where TLS fails. */
  unheard: string;
};

/** What a client asks of TLS; `host` is connected to, or named instead. */
export function tlsWishes(options: TlsOptions, host: string): TlsWishes {
  const given = { ...options.secureContext?.options, ...options };
  const { servername, ca, checkServerIdentity: identify, ALPNProtocols } = given;
  const { NODE_TLS_REJECT_UNAUTHORIZED: byDefault } = process.env;
  const check = given.rejectUnauthorized ?? byDefault !== "0";
  const authorities = ca ?? options.secureContext?.options?.ca;
  const own = !check || (authorities !== undefined && authorities !== null);
  const { cert, key, pfx, passphrase } = given;
  const identity = cert && key ? { cert, key, ...(passphrase && { passphrase }) } : null;
  const unshown = own ? pfx : (cert ?? pfx);
  return {
    trust: own
      ? {
          name: servername || host,
          check,
          authorities,
          ...(identify && { identify }),
          ...(identity && { identity }),
        }
      : null,
    protocols: Array.isArray(ALPNProtocols) ? ALPNProtocols.map(String) : [],
    unheard: unshown ? "; the client's certificate was not shown" : "",
  };
}

/**
 * The platform takes the name that is opened for the one to be vouched for: another one is opened itself,
 * since whoever proves it is meant.
 */
export function openedByName<Options extends { host: string }>(
  options: Options & TlsOptions,
): Options {
  const { host, servername } = options;
  return servername && servername !== host ? { ...options, host: servername } : options;
}

export function tlsError(why: string, { unheard }: TlsWishes): Error {
  return Object.assign(new Error(`TLS failed: ${why}${unheard}`), { code: "EPROTO" });
}
