import { DurableObject } from "cloudflare:workers";
import type { LogRecord } from "../contract/log-record.ts";
import type { RequestBatch } from "../contract/request-record.ts";
import type { LogPage, LogQuery, LogRow } from "./logs.ts";
import type { RequestPage, RequestQuery, RequestRow } from "./requests.ts";
import type { Statistics, StatisticsQuery } from "./statistics.ts";
import type { ActivityStore } from "./store.ts";

/**
 * Keeps what one environment was asked for and answered, and what its functions wrote. One an
 * environment, named by its SID; made by its first record.
 */
export class EnvironmentActivity extends DurableObject<Env> {
  #store: Promise<ActivityStore> | undefined;

  /** Loaded by the first call: no Worker that serves assets loads it at its start. */
  #open(): Promise<ActivityStore> {
    this.#store ??= import("./store.ts").then(({ openStore }) => openStore(this.ctx, this.env));
    return this.#store;
  }

  async appendRequests(batch: RequestBatch): Promise<void> {
    (await this.#open()).appendRequests(batch);
  }

  async appendLogs(environmentSid: string, records: LogRecord[]): Promise<void> {
    (await this.#open()).appendLogs(environmentSid, records);
  }

  async listRequests(query: RequestQuery): Promise<RequestPage> {
    return (await this.#open()).listRequests(query);
  }

  async findRequest(id: string): Promise<RequestRow | null> {
    return (await this.#open()).findRequest(id);
  }

  async listLogs(query: LogQuery): Promise<LogPage> {
    return (await this.#open()).listLogs(query);
  }

  async findLog(sid: string): Promise<LogRow | null> {
    return (await this.#open()).findLog(sid);
  }

  async statistics(query: StatisticsQuery): Promise<Statistics> {
    return (await this.#open()).statistics(query);
  }

  /** Forgets everything, and for an hour takes nothing of what is still on its way. */
  async erase(): Promise<void> {
    await (await this.#open()).erase();
  }

  /** Opens a stream of what comes (stream.ts). */
  override async fetch(request: Request): Promise<Response> {
    return (await this.#open()).stream(request);
  }

  /** Nothing that a client of the stream says means anything. */
  override webSocketMessage(): void {}

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  override async alarm(): Promise<void> {
    await (await this.#open()).tidy(Date.now());
  }
}
