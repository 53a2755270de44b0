/** Header by which the API tells whose stream it opens; no client's header reaches the object. */
export const OWNER_HEADER = "Ringback-Stream-Owner";

/** The subprotocol of the stream. */
export const STREAM_PROTOCOL = "ringback.requests";
