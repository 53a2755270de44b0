import native from "native.cjs";
import { failureOutside } from "./outside.ts";

type Http = typeof import("node:http");
type Listener = Parameters<ClientRequest["on"]>[1];
type ClientRequest = InstanceType<Http["ClientRequest"]>;

/**
 * Makes workerd's node:http do what the clients built on it count on in Node's:
 *
 * - a request's header may be a list, as node-fetch and others pass it: once something is written,
 *   workerd fails on one (`Cannot read properties of null`);
 * - a response names its request, which follow-redirects, in axios, asks for its Host, and has the raw
 *   headers that node-fetch 3 reads;
 * - whoever waits for a request's socket gets one: axios and node-fetch start the clock of their
 *   `timeout` then, and others write their body;
 * - a host may be an IPv6 address as it is (`::1`, where axios is given no host): workerd puts it into
 *   a URL without the brackets that it has there;
 * - what failed outside is told as it is, not as what fetch says of it.
 */
export function mendHttpClient({ ClientRequest, OutgoingMessage }: Http): void {
  const { setHeader } = OutgoingMessage.prototype;
  OutgoingMessage.prototype.setHeader = function (name, value) {
    return setHeader.call(this, name, Array.isArray(value) ? value.join(", ") : value) as never;
  };
  const client = ClientRequest.prototype;
  const { emit, end, on } = client;
  client.emit = function (event: string | symbol, ...args: unknown[]) {
    if (event === "response") completeResponse(this, args[0] as Response);
    if (event === "error") args[0] = failureOutside(args[0]) ?? args[0];
    return emit.call(this, event, ...args);
  };
  client.end = function (this: ClientRequest, ...args: Parameters<typeof end>) {
    if (/^[^[]*:[^[]*:/.test(this.host)) this.host = `[${this.host}]`;
    return end.apply(this, args);
  } as typeof end;
  const connected = new WeakSet<ClientRequest>();
  client.on = function (event: string | symbol, listener: Listener) {
    if (event === "socket" && !connected.has(this)) {
      connected.add(this);
      process.nextTick(() => this.emit("socket", connectedSocket(this)));
    }
    return on.call(this, event, listener);
  };
  client.addListener = client.on;
}

type Response = {
  req?: object;
  socket?: object;
  rawHeaders: string[];
  headers: Record<string, string | string[]>;
};

function completeResponse(request: ClientRequest, response: Response): void {
  response.req ??= request;
  if (!response.socket) {
    // Not to be assigned: it is what was asked for.
    const value = connectedSocket(request);
    Object.defineProperty(response, "socket", { value, configurable: true, writable: true });
  }
  if (response.rawHeaders.length > 0) return;
  for (const [name, values] of Object.entries(response.headers)) {
    for (const value of [values].flat()) response.rawHeaders.push(name, value);
  }
}

/** What there is to a connection that the platform keeps to itself: it stands, and can be given up. */
function connectedSocket(request: ClientRequest): object {
  const { EventEmitter } = native.require("node:events") as typeof import("node:events");
  const socket = new EventEmitter();
  const unchanged = () => socket;
  return Object.assign(socket, {
    connecting: false,
    destroyed: false,
    writable: true,
    setTimeout: unchanged,
    setKeepAlive: unchanged,
    setNoDelay: unchanged,
    ref: unchanged,
    unref: unchanged,
    destroy: (error?: Error) => request.destroy(error),
  });
}
