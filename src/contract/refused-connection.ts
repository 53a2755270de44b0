/**
 * Where a function's way out tells its runner why it refuses a connection to the address, host and
 * port, that follows. Nobody has the name (RFC 6761, 6.4).
 */
export const REFUSAL_URL = "http://refusal.invalid/?address=";
