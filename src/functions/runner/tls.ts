type Socket = { _handle?: { _parentWrap?: object } | null };
type SocketClass = new (...given: unknown[]) => Socket;
type Tls = { TLSSocket: SocketClass };

const mended = new WeakSet<SocketClass>();

/**
 * Gives sockets of workerd's node:tls the class that stands behind Node's: http2-wrapper, in got, makes
 * one when it is loaded only to ask for that.
 */
export function mendTls(tls: Tls): void {
  const Original = tls.TLSSocket;
  if (mended.has(Original)) return;
  class JSStreamSocket {}
  class TLSSocket extends Original {
    constructor(...given: unknown[]) {
      super(...given);
      this._handle ??= {};
      this._handle._parentWrap ??= new JSStreamSocket();
    }
  }
  mended.add(TLSSocket);
  tls.TLSSocket = TLSSocket;
}
