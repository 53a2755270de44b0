/**
 * The client of ws over the runtime's own WebSocket: the handshake of its own asks node:http for a
 * connection that it does not give. Frames, pings and compression are the platform's, so that a ping is
 * answered as long as the socket is open. Up to version 7 a message of text is a string, since 8 a Buffer.
 */
export const WS_CLIENT = `
const { EventEmitter } = require("events");
const target = require("./event-target");
const { addEventListener, removeEventListener } = target.EventTarget || target;
const SINCE_8 = Number(require("../package.json").version.split(".")[0]) >= 8;
const STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
const HOP = /^(?:connection|upgrade|host|sec-websocket-(?:key|version|extensions))$/i;
const { fetch } = globalThis;
const later = (callback, ...given) => {
  if (typeof callback === "function") process.nextTick(callback, ...given);
};

class WebSocket extends EventEmitter {
  #socket = null;
  #abort = new AbortController();
  #timer;
  #on = {};

  constructor(address, protocols, options) {
    super();
    this.readyState = 0;
    this.binaryType = "nodebuffer";
    this.protocol = this.extensions = "";
    this.bufferedAmount = 0;
    this.isPaused = false;
    this._closeFrameReceived = this._closeFrameSent = false;
    if (address === null) throw new Error("A server of ws needs connections that come in, which functions have none of");
    if (protocols !== undefined && !Array.isArray(protocols) && typeof protocols === "object" && protocols !== null) {
      options = protocols;
      protocols = [];
    }
    const list = protocols === undefined || protocols === null ? [] : [protocols].flat();
    const url = this.#parse(address);
    this.url = url.href;
    this.#connect(url, list, options || {});
  }

  #parse(address) {
    let url;
    try {
      url = new URL(String(address instanceof URL ? address.href : address));
    } catch {
      throw new SyntaxError("Invalid URL: " + address);
    }
    if (url.protocol === "http:") url.protocol = "ws:";
    if (url.protocol === "https:") url.protocol = "wss:";
    if (url.protocol !== "ws:" && url.protocol !== "wss:") {
      throw new SyntaxError("The URL's protocol must be one of \\"ws:\\", \\"wss:\\", \\"http:\\", \\"https:\\", or \\"ws+unix:\\"");
    }
    if (url.hash !== "") throw new SyntaxError("The URL contains a fragment identifier");
    return url;
  }

  async #connect(url, protocols, options) {
    try {
      const headers = new Headers({ Upgrade: "websocket" });
      for (const [name, value] of Object.entries(options.headers || {})) {
        if (value !== undefined && !HOP.test(name)) for (const one of [value].flat()) headers.append(name, String(one));
      }
      if (options.origin) headers.set("Origin", options.origin);
      if (protocols.length > 0) headers.set("Sec-WebSocket-Protocol", protocols.join(","));
      const auth = options.auth || (url.username || url.password ? decodeURIComponent(url.username) + ":" + decodeURIComponent(url.password) : "");
      if (auth !== "") headers.set("Authorization", "Basic " + Buffer.from(auth).toString("base64"));
      const asked = new URL(url.href.replace(/^ws/, "http"));
      asked.username = asked.password = "";
      if (options.handshakeTimeout) {
        this.#timer = setTimeout(() => this.#abort.abort(new Error("Opening handshake has timed out")), options.handshakeTimeout);
      }
      const response = await fetch(asked, { headers, redirect: options.followRedirects ? "follow" : "manual", signal: this.#abort.signal });
      clearTimeout(this.#timer);
      const fields = Object.fromEntries(response.headers);
      if (response.webSocket === null || response.webSocket === undefined) {
        const { status } = response;
        if (this.listenerCount("unexpected-response") > 0) {
          const answer = Object.assign(require("stream").Readable.from(response.body ? response.body : []), { statusCode: status, headers: fields });
          this.emit("unexpected-response", { abort() {}, destroy() {} }, answer);
          return;
        }
        await response.body?.cancel();
        throw new Error("Unexpected server response: " + status);
      }
      this.#open(response.webSocket, fields);
    } catch (error) {
      clearTimeout(this.#timer);
      const { aborted, reason } = this.#abort.signal;
      if (aborted && reason instanceof Error) this.#fail(reason);
      else this.#fail((error && error.cause) || error);
    }
  }

  #open(socket, headers) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.protocol = headers["sec-websocket-protocol"] || "";
    socket.addEventListener("message", ({ data }) => this.#message(data));
    socket.addEventListener("close", ({ code, reason }) => {
      this._closeFrameReceived = this._closeFrameSent = true;
      if (this.readyState === 1) try { socket.close(code === 1005 ? 1000 : code, reason); } catch {}
      this.#closed(code, reason);
    });
    socket.addEventListener("error", ({ error, message }) => this.#fail(error || new Error(message)));
    socket.accept();
    this.readyState = 1;
    this.emit("upgrade", { headers, statusCode: 101 });
    this.emit("open");
  }

  #message(data) {
    if (typeof data === "string") {
      if (SINCE_8) this.emit("message", Buffer.from(data), false);
      else this.emit("message", data);
      return;
    }
    const bytes = Buffer.from(data);
    const given = this.binaryType === "arraybuffer" ? data : this.binaryType === "fragments" ? [bytes] : bytes;
    this.emit("message", given, true);
  }

  #fail(error) {
    if (this.readyState === 3) return;
    const { readyState } = this;
    this.readyState = 2;
    if (readyState !== 2 || this.listenerCount("error") > 0) this.emit("error", error);
    this.#closed(1006, "");
  }

  #closed(code, reason) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    clearTimeout(this.#timer);
    this.emit("close", code, SINCE_8 ? Buffer.from(reason || "") : reason || "");
  }

  send(data, options, callback) {
    if (typeof options === "function") [options, callback] = [{}, options];
    if (this.readyState === 0) throw new Error("WebSocket is not open: readyState 0 (CONNECTING)");
    if (this.readyState !== 1) {
      return later(callback, new Error("WebSocket is not open: readyState " + this.readyState + " (" + STATES[this.readyState] + ")"));
    }
    const isText = typeof data === "string" || typeof data === "number";
    let sent = isText ? String(data) : data || "";
    if (isText && options && options.binary === true) sent = Buffer.from(sent);
    if (!isText && options && options.binary === false) sent = Buffer.from(sent).toString();
    try {
      this.#socket.send(sent);
    } catch (error) {
      later(callback, error);
      process.nextTick(() => this.#fail(error));
      return;
    }
    later(callback);
  }

  ping(data, mask, callback) {
    const [done] = [data, mask, callback].filter((one) => typeof one === "function");
    if (this.readyState === 0) throw new Error("WebSocket is not open: readyState 0 (CONNECTING)");
    later(done);
    if (this.readyState === 1) process.nextTick(() => this.readyState === 1 && this.emit("pong", Buffer.alloc(0)));
  }

  pong(data, mask, callback) {
    later([data, mask, callback].find((one) => typeof one === "function"));
  }

  close(code, reason) {
    if (this.readyState === 0) return void this.#abort.abort(new Error("WebSocket was closed before the connection was established"));
    if (this.readyState !== 1) return;
    this.readyState = 2;
    try {
      this.#socket.close(code === undefined ? 1000 : code, reason === undefined ? undefined : String(reason));
    } catch (error) {
      this.#fail(error);
    }
  }

  terminate() {
    if (this.readyState === 1) try { this.#socket.close(); } catch {}
    if (this.readyState === 0) this.close();
    else this.#closed(1006, "");
  }

  pause() {}
  resume() {}

  _on(name, listener) {
    if (this.#on[name]) this.removeEventListener(name, this.#on[name]);
    this.#on[name] = typeof listener === "function" ? listener : null;
    if (this.#on[name]) this.addEventListener(name, listener);
  }
  _onOf(name) {
    return this.#on[name] || null;
  }
}

for (const name of ["open", "message", "close", "error"]) {
  Object.defineProperty(WebSocket.prototype, "on" + name, {
    enumerable: true,
    get() { return this._onOf(name); },
    set(listener) { this._on(name, listener); },
  });
}
for (const [value, name] of STATES.entries()) {
  Object.defineProperty(WebSocket, name, { enumerable: true, value });
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true, value });
}
Object.assign(WebSocket.prototype, { addEventListener, removeEventListener });

module.exports = WebSocket;
`;
