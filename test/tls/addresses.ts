/** Where tests find servers that speak TLS, on the loopback address: host and port. */
export type TlsServers = {
  /** Says what it hears, by TLS under the name of localhost. */
  echo: string;
  /** The same by a certificate of an authority that nobody trusts. */
  untrusted: string;
  /** The same by a certificate with an RSA key, which is its own authority. */
  rsa: string;
  /** As `untrusted`, for who shows the certificate of `client` alone. */
  mutual: string;
  /** As `untrusted`, by a wire that changes one byte, for each connection another. */
  tampered: string;
  /** Greets, answers each line with itself, and starts TLS after `STARTTLS`. */
  upgrading: string;
};

/** What clients of these give, in PEM. */
export type TlsMaterial = {
  /** The authority of `untrusted`, `mutual` and `tampered`. */
  authority: string;
  rsaAuthority: string;
  client: { cert: string; key: string };
};
