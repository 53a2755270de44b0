/** Where tests find servers that speak TLS, on the loopback address: host and port. */
export type TlsServers = {
  /** Says what it hears, by TLS under the name of localhost. */
  echo: string;
  /** The same by a certificate of an authority that nobody trusts. */
  untrusted: string;
  /** Greets, answers each line with itself, and starts TLS after `STARTTLS`. */
  upgrading: string;
};
