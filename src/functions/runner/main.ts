import { WorkerEntrypoint } from "cloudflare:workers";
import manifest from "manifest.json";
import { type Call, runInCall } from "./call.ts";
import { interpretCodeFromText } from "./code-from-text.ts";
import { replaceConsole, writeLastLines, writeLog } from "./console.ts";
import { functionContext } from "./context.ts";
import { environment } from "./environment.ts";
import { functionEvent } from "./event.ts";
import { failureAnswer, inspected, refusalAnswer } from "./failure.ts";
import { type Served, serveAlone } from "./instance.ts";
import { requireFile } from "./modules.ts";
import { resembleNode } from "./node-globals.ts";
import { guardScheduledCallbacks, withholdCaches } from "./patches.ts";
import { type FunctionAnswer, type FunctionCall, TIMED_OUT } from "./protocol.ts";
import { answerFor } from "./reply.ts";
import { runtime } from "./runtime.ts";
import { followTimeZone } from "./time-zone.ts";
import { globalClient, twilioGlobal } from "./twilio.ts";
import { answerBeforeExit, answerUnhandledRejections, isExit } from "./uncaught.ts";
import { compileLaidWasm } from "./wasm.ts";
import { watchWork } from "./work.ts";

type Handler = (context: object, event: object, callback: Call["callback"]) => unknown;

const CALLED_AGAIN = "callback was called again: the first answer stands";

// Before the functions' own code can replace it.
const { setTimeout, clearTimeout } = globalThis;
const withResolvers: typeof Promise.withResolvers = Promise.withResolvers.bind(Promise);

Object.assign(process.env, environment);
replaceConsole();
guardScheduledCallbacks();
answerUnhandledRejections();
answerBeforeExit();
withholdCaches();
resembleNode();
interpretCodeFromText();
watchWork();
compileLaidWasm();
followTimeZone();
defineGlobals();

/** The entrypoint of a build's Worker: runs one function for one request. */
export default class Runner extends WorkerEntrypoint {
  override fetch(request: Request): Promise<Response> {
    return serveAlone(request, this.ctx, answerCall);
  }
}

function answerCall(facts: FunctionCall): Served {
  const { promise, resolve } = withResolvers<FunctionAnswer>();
  let answered = false;
  let timedOut = false;
  let settled = true;
  const answer = (value: FunctionAnswer) => {
    answered = true;
    clearTimeout(timer);
    resolve(value);
  };
  const call: Call = {
    facts,
    lines: 0,
    last: null,
    answered: () => answered,
    callback(error, result) {
      if (answered) return writeLog("warn", () => CALLED_AGAIN);
      if (error) return call.fail(error);
      // May throw: then there is no answer yet, and the handler's caller gets the error.
      answer(answerFor(result));
    },
    fail(error) {
      if (isExit(error)) return;
      writeLog("error", () => inspected(error));
      if (!answered) answer(failureAnswer(error, facts));
    },
  };
  const timeOut = () => {
    timedOut = true;
    writeLog("error", () => TIMED_OUT);
    answer({ status: 504, headers: [["content-type", "text/plain"]], body: TIMED_OUT });
  };
  const timer = setTimeout(() => runInCall(call, timeOut), facts.timeout);
  runInCall(call, () => {
    try {
      const event = functionEvent(facts);
      if (!event.ok) return answer(refusalAnswer(event.refusal));
      const result = callHandler(call, event.event);
      if (!(result instanceof Promise)) return;
      settled = false;
      const settle = () => {
        settled = true;
      };
      result.catch(call.fail).then(settle, settle);
    } catch (error) {
      call.fail(error);
    }
  });
  return {
    answer: promise,
    settled: () => settled,
    timedOut: () => timedOut,
    end: () => writeLastLines(call),
  };
}

function callHandler(call: Call, event: object): unknown {
  const handler = handlerOf(call.facts.function);
  return handler(functionContext(call.facts), event, call.callback);
}

function handlerOf(path: string): Handler {
  const file = manifest.handlers[path];
  if (file === undefined) throw new Error(`This build has no function ${path}`);
  const { handler } = requireFile(file) as { handler?: unknown };
  if (typeof handler !== "function") {
    throw new Error(`Could not find a "handler" function in file ${file}`);
  }
  return handler as Handler;
}

function defineGlobals(): void {
  let client: object | undefined;
  Object.defineProperty(globalThis, "twilioClient", {
    get: () => (client ??= globalClient()),
    set: (value: object) => {
      client = value;
    },
    configurable: true,
  });
  Object.assign(globalThis, {
    Twilio: twilioGlobal(),
    Runtime: runtime,
    Functions: runtime.getFunctions(),
  });
}
