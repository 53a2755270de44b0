import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers that do not come, or do not come to an end, by the package's name. */
const SLOW: Record<string, (response: ServerResponse) => void> = {
  /** Nothing at all. */
  "slow-silent": () => {},
  /** Its head, and then nothing. */
  "slow-stalled": (response) => {
    response.writeHead(200).flushHeaders();
  },
  /** A byte now and then, for ever. */
  "slow-trickle": (response) => {
    response.writeHead(200).write('{"versions":{');
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  },
  /** JSON without an end, as fast as it is read. */
  "slow-endless": (response) => {
    response.writeHead(200).write('{"versions":{');
    const piece = Buffer.alloc(1024 * 1024, `"1.0.0":{"a":[]},`);
    const more = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.on("drain", more);
    more();
  },
  /** Fewer bytes than it says. */
  "slow-short": (response) => {
    response.writeHead(200, { "content-length": 1000 }).write('{"versions":{}}');
    response.socket?.end();
  },
  /** More bytes than it says. */
  "slow-long": (response) => {
    response.writeHead(200, { "content-length": 9 }).end('{"versions":{}}');
  },
};

/** Answers for these packages; false for other paths. */
export function slowAnswer({ url }: IncomingMessage, response: ServerResponse): boolean {
  const name = (url ?? "/").slice(1).split("/")[0] as string;
  if (!Object.hasOwn(SLOW, name)) return false;
  SLOW[name]?.(response);
  return true;
}
