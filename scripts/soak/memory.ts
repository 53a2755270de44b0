import { execFileSync } from "node:child_process";

/** Megabytes; null where it cannot be told. */
export type Memory = {
  /** What the gateway's isolate holds on to, after a collection of garbage. */
  gateway: number | null;
  /** What the stores' simulators hold on to: R2, KV, D1 and the Cache API, which share its process. */
  simulators: number | null;
  /** The whole process of the runtime, as the system counts it. */
  process: number | null;
};

export type Gauge = { read(): Promise<Memory>; close(): void };

const GATEWAY = "core:user:ringback";
const SIMULATORS = ["r2:bucket", "kv:ns", "d1:db", "cache:cache"];

/** Milliseconds. An isolate that runs something long answers late; the figure is then left out. */
const PATIENCE = 10_000;

/** Reads the memory of the runtime that this process has started, by way of its inspector. */
export async function openGauge(inspector: URL): Promise<Gauge> {
  const gateway = await openIsolate(inspector, GATEWAY);
  const simulators = await Promise.all(SIMULATORS.map((name) => openIsolate(inspector, name)));
  return {
    async read() {
      const held = await Promise.all(simulators.map((isolate) => isolate.held()));
      const known = held.filter((bytes) => bytes !== null);
      return {
        gateway: megabytes(await gateway.held()),
        simulators:
          known.length === held.length
            ? megabytes(known.reduce((sum, bytes) => sum + bytes, 0))
            : null,
        process: megabytes(residentBytes()),
      };
    },
    close() {
      for (const isolate of [gateway, ...simulators]) isolate.close();
    },
  };
}

async function openIsolate(inspector: URL, name: string) {
  const socket = new WebSocket(`${inspector.origin}/${name}`);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`No inspector answers for ${name}.`));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let serial = 0;
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  function command<Result>(method: string): Promise<Result | null> {
    serial += 1;
    const id = serial;
    socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve) => {
      waiting.set(id, resolve as (result: unknown) => void);
      setTimeout(resolve, PATIENCE, null);
    });
  }
  return {
    /** Bytes. */
    async held(): Promise<number | null> {
      type Usage = { usedSize: number; embedderHeapUsedSize: number; backingStorageSize: number };
      await command("HeapProfiler.collectGarbage");
      const usage = await command<Usage>("Runtime.getHeapUsage");
      if (usage === null) return null;
      // Objects of JavaScript, those of the runtime behind them, and the bytes of buffers.
      return usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
    },
    close: () => socket.close(),
  };
}

/** Of workerd among this process's children. */
function residentBytes(): number | null {
  const rows = execFileSync("ps", ["-A", "-o", "ppid=,rss=,comm="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , name]) => Number(parent) === process.pid && name === "workerd");
  return rows[0] === undefined ? null : Number(rows[0][1]) * 1024;
}

/** To one decimal. */
function megabytes(bytes: number | null): number | null {
  return bytes === null ? null : Math.round((bytes / 1024 / 1024) * 10) / 10;
}
