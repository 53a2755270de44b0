import native from "native.cjs";
import { noteLookUps } from "./host-names.ts";
import { type Socket, socketClass } from "./sockets.ts";
import { tlsClient } from "./tls.ts";

type Module = Record<string, unknown>;

/** The modules that are mended together: what one has, the others are asked for. */
export const NETWORK = ["node:net", "node:tls", "node:dns", "node:dns/promises"];

let mended = false;

/** Makes sockets of node:net and node:tls go by the way out: the platform's own know of no TLS there. */
export function mendNetwork(): void {
  if (mended) return;
  mended = true;
  const [net, tls, dns, promises] = NETWORK.map((name) => native.require(name)) as [
    Module,
    Module,
    Module,
    Module,
  ];
  const Socket = socketClass();
  function connect(...given: unknown[]): Socket {
    const options = given.find((argument) => typeof argument === "object") ?? {};
    return new Socket(options).connect(...given);
  }
  Object.assign(net, { Socket, Stream: Socket, connect, createConnection: connect });
  Object.assign(tls, tlsClient());
  for (const resolver of [dns, promises]) {
    noteLookUps(resolver);
    noteLookUps((resolver.Resolver as { prototype: Module }).prototype);
  }
}
