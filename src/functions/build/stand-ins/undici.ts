/**
 * undici over the runtime's own fetch: its connections of its own are not to be had. What is asked of a
 * dispatcher (time limits, retries, keep-alive) is left to the platform; a proxy is refused.
 */
export const UNDICI = `
const errors = require("./lib/core/errors.js");
const { EventEmitter } = require("events");
const { Readable } = require("stream");
const notHere = (what) => new errors.NotSupportedError(what + " of undici needs connections of its own, which are not to be had here");

class Dispatcher extends EventEmitter {
  constructor(origin, options) {
    super();
    this.origin = typeof origin === "string" || origin instanceof URL ? String(origin) : undefined;
    this.closed = this.destroyed = false;
  }
  compose() { return this; }
  dispatch() { throw notHere("dispatch()"); }
  request(options, callback) {
    const made = request(new URL(options.path || "/", options.origin || this.origin), options);
    if (typeof callback !== "function") return made;
    made.then((answer) => callback(null, answer), callback);
  }
  stream(options, factory) { return stream(new URL(options.path || "/", options.origin || this.origin), options, factory); }
  connect() { return Promise.reject(notHere("connect()")); }
  upgrade() { return Promise.reject(notHere("upgrade()")); }
  pipeline() { throw notHere("pipeline()"); }
  async close(callback) { this.closed = true; if (typeof callback === "function") callback(); }
  async destroy(error, callback) { this.closed = this.destroyed = true; if (typeof callback === "function") callback(); }
}
const named = (name) => ({ [name]: class extends Dispatcher {} })[name];
class ProxyAgent extends Dispatcher {
  constructor() { super(); throw notHere("ProxyAgent"); }
}

function headerList(headers) {
  const list = new Headers();
  if (!headers) return list;
  const pairs = Array.isArray(headers) && !Array.isArray(headers[0])
    ? headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []))
    : typeof headers[Symbol.iterator] === "function" ? [...headers] : Object.entries(headers);
  for (const [name, value] of pairs) {
    if (value !== undefined) for (const one of [value].flat()) list.append(name, String(one));
  }
  return list;
}

async function request(target, options = {}, handler) {
  const url = new URL(typeof target === "object" && target.origin && !(target instanceof URL) ? target.origin + (target.path || "") : target);
  for (const [name, value] of Object.entries(options.query || {})) {
    for (const one of [value].flat()) url.searchParams.append(name, String(one));
  }
  const { body, signal } = options;
  const method = (options.method || "GET").toUpperCase();
  const streamed = body && typeof body.pipe === "function" ? Readable.toWeb(body) : body;
  const response = await globalThis.fetch(url, {
    method,
    headers: headerList(options.headers),
    redirect: options.maxRedirections > 0 ? "follow" : "manual",
    ...(signal instanceof AbortSignal && { signal }),
    ...(streamed != null && { body: streamed, duplex: "half" }),
  });
  const headers = {};
  for (const [name, value] of response.headers) {
    headers[name] = name === "set-cookie" ? response.headers.getSetCookie() : value;
  }
  if (options.throwOnError && response.status >= 400) {
    throw new errors.ResponseError("Response Error", response.status, { headers, body: await response.text() });
  }
  return {
    statusCode: response.status,
    statusText: response.statusText,
    ...{ headers, trailers: {}, context: {}, opaque: options.opaque === undefined ? null : options.opaque },
    body: readable(response),
  };
}

function readable(response) {
  const body = response.body ? Readable.fromWeb(response.body) : Readable.from([]);
  const whole = async () => {
    const pieces = [];
    for await (const piece of body) pieces.push(piece);
    body.bodyUsed = true;
    return Buffer.concat(pieces);
  };
  body.bodyUsed = false;
  return Object.assign(body, {
    bytes: async () => new Uint8Array(await whole()),
    text: async () => (await whole()).toString("utf8"),
    json: async () => JSON.parse((await whole()).toString("utf8")),
    arrayBuffer: async () => new Uint8Array(await whole()).buffer,
    blob: async () => new Blob([await whole()]),
    formData: async () => new Response(await whole(), { headers: response.headers }).formData(),
    dump: async () => void (await whole()),
  });
}

async function stream(url, options, factory) {
  const { statusCode, headers, opaque, body, trailers } = await request(url, options);
  const sink = factory({ statusCode, headers, opaque, context: {} });
  await require("stream/promises").pipeline(body, sink);
  return { opaque, trailers };
}

function fetch(input, init) {
  const { dispatcher, ...rest } = init || {};
  return globalThis.fetch(input, rest);
}

let dispatcher = new Dispatcher();
const passing = () => (dispatch) => dispatch;
module.exports = {
  fetch, request, stream,
  connect: () => Promise.reject(notHere("connect()")),
  upgrade: () => Promise.reject(notHere("upgrade()")),
  pipeline() { throw notHere("pipeline()"); },
  Dispatcher, ProxyAgent, errors,
  getGlobalDispatcher: () => dispatcher,
  setGlobalDispatcher: (given) => { dispatcher = given; },
  getGlobalOrigin: () => undefined,
  setGlobalOrigin() {},
  buildConnector() { throw notHere("buildConnector()"); },
  install() {},
  util: {},
  cacheStores: { MemoryCacheStore: class {} },
  interceptors: Object.fromEntries(
    ["redirect", "responseError", "retry", "dump", "dns", "cache", "decompress", "deduplicate"].map((name) => [name, passing]),
  ),
};
for (const name of ["Client", "Pool", "BalancedPool", "RoundRobinPool", "Agent", "RetryAgent", "EnvHttpProxyAgent",
  "Socks5ProxyAgent", "H2CClient", "MockAgent", "MockClient", "MockPool", "SnapshotAgent", "RetryHandler", "DecoratorHandler", "RedirectHandler"]) {
  module.exports[name] = named(name);
}
for (const name of ["Headers", "Request", "Response", "FormData", "File", "WebSocket", "EventSource", "CloseEvent", "MessageEvent", "ErrorEvent"]) {
  module.exports[name] = globalThis[name];
}
`;
