import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { StartFailure } from "./failure.ts";

/** Where each part of the local state is kept. */
export type State = {
  directory: string;
  /** What the Worker stores: D1, KV, R2. */
  storage: string;
  tls: string;
  /** Gives the directory back. */
  release(): void;
};

/**
 * Opens the directory that keeps all local state, made when missing, for one server at a time: two
 * runtimes would write the same database files. Throws StartFailure when it cannot be used.
 */
export async function openState(directory: string, port: number): Promise<State> {
  const lock = path.join(directory, "lock.json");
  try {
    mkdirSync(directory, { recursive: true });
    const holder = await findHolder(lock);
    if (holder !== null) {
      throw new StartFailure(
        `The state in ${directory} is in use by the server on port ${holder.port} (process ${holder.pid}).\n` +
          "Stop that one, or give this one a directory of its own: RINGBACK_STATE=<dir>",
      );
    }
    writeFileSync(lock, JSON.stringify({ pid: process.pid, port }));
    // The runtime keeps the Cache API on disk, without bound; a cache is no state.
    rmSync(path.join(directory, "v3/cache"), { recursive: true, force: true });
    // Earlier versions left the secrets there for their runtime to read.
    rmSync(path.join(directory, "secrets.env"), { force: true });
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(
      `Cannot keep state in ${directory}: ${(error as Error).message}\n` +
        "RINGBACK_STATE=<dir> names another directory",
    );
  }
  return {
    directory,
    storage: path.join(directory, "v3"),
    tls: path.join(directory, "tls"),
    release: () => rmSync(lock, { force: true }),
  };
}

/**
 * A server that was killed leaves its lock, and its process number may be another's by now: the lock
 * holds only while that process lives and its port answers.
 */
async function findHolder(lock: string): Promise<{ pid: number; port: number } | null> {
  try {
    const { pid, port } = JSON.parse(readFileSync(lock, "utf8"));
    process.kill(pid, 0);
    return (await answers(port)) ? { pid, port } : null;
  } catch {
    return null;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
