import { REFUSAL_URL } from "../../contract/refused-connection.ts";
import { writeLog } from "./console.ts";
import { countWork } from "./work.ts";

type Anything = (...args: unknown[]) => unknown;
type Connect = { connect: Anything };

// The platform's own, before it is watched and before functions can replace it.
const { fetch } = globalThis;

/** What the platform says to TLS in a raw connection; it has it for `fetch` alone. */
const NO_TLS =
  /^(?:Incoming CONNECT with TLS not supported|startTls\(\) is not supported|The options\.\w+ option is not implemented)/;
const TLS_ADVICE =
  "TLS in a raw connection is not available to functions: connect without TLS, or use HTTPS";

/**
 * Makes sockets of node:net say why they failed: what the way out refuses stands in the function's
 * logs, which the platform shows as a connection that was made and lost at once.
 */
export function explainSockets(Socket: { prototype: object }): void {
  const methods = Socket.prototype as Record<string, Anything>;
  const { connect, push, emit } = methods;
  const silent = new WeakMap<object, string>();
  Object.assign(methods, {
    connect(this: NodeJS.EventEmitter, ...args: unknown[]) {
      silent.set(this, addressOf(args));
      return (connect as Anything).apply(this, args);
    },
    push(this: object, ...args: unknown[]) {
      if (args[0]) silent.delete(this);
      return (push as Anything).apply(this, args);
    },
    emit(this: object, ...args: unknown[]) {
      if (args[0] === "error") explainTls(args[1]);
      if (args[0] === "close") {
        const address = silent.get(this);
        silent.delete(this);
        if (address !== undefined) void countWork(noteRefused(address));
      }
      return (emit as Anything).apply(this, args);
    },
  });
}

/** The same for what node:tls throws at once. */
export function explainTlsConnect(tls: object): void {
  const methods = tls as Connect;
  const { connect } = methods;
  methods.connect = (...args) => {
    try {
      return connect(...args);
    } catch (error) {
      explainTls(error);
      throw error;
    }
  };
}

function explainTls(error: unknown): void {
  if (!(error instanceof Error) || !NO_TLS.test(error.message)) return;
  const { message, stack } = error;
  error.message = `${message.replace(/\.$/, "")}: ${TLS_ADVICE}`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

async function noteRefused(address: string): Promise<void> {
  const url = REFUSAL_URL + encodeURIComponent(address);
  const refusal = await fetch(url).then(
    (response) => response.text(),
    () => "",
  );
  if (refusal !== "") writeLog("warn", () => refusal);
}

/** `host:port` of what `net.connect` was given, as itself or in the list that it makes of it. */
function addressOf(args: unknown[]): string {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const given = typeof first === "object" && first !== null ? first : { port: first, host: second };
  const { port, host } = given as { port?: unknown; host?: unknown };
  const name = typeof host === "string" ? host : "localhost";
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}
