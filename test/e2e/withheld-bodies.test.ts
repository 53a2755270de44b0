import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type AssetHosts, startAssetHosts } from "./asset-hosts.ts";

const HOST = "withheld-1234.localhost";
const MB = 1024 * 1024;

let server: AssetHosts;
beforeAll(async () => {
  server = await startAssetHosts();
  await server.deploy(
    HOST,
    { "/asset.txt": { body: "asset" } },
    {
      "/length": {
        source: "exports.handler = (c, e, cb) => cb(null, String((e.a || '').length));",
      },
      "/large": { source: "exports.handler = (c, e, cb) => cb(null, 'x'.repeat(5_900_000));" },
    },
  );
  expect((await ask("/length", "a=1")).text).toBe("1");
});
afterAll(() => server.close());

type Answer = { status: number; head: string; text: string };

/** A connection, and what came of its answer when the server or the test ends it. */
function open(message: string, body?: Buffer): { socket: Socket; answer: Promise<Answer> } {
  const socket = connect(server.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.write(message);
  if (body) socket.write(body);
  const answer = new Promise<Answer>((resolve) => {
    socket.on("close", () => {
      const [head = "", text = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n", 2);
      resolve({ status: Number(head.slice(9, 12)), head, text });
    });
  });
  return { socket, answer };
}

function head(path: string, length: number): string {
  const fields = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close";
  return `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\nContent-Length: ${length}\r\n\r\n`;
}

function ask(path: string, body: string): Promise<Answer> {
  return open(head(path, body.length), Buffer.from(body)).answer;
}

/** Announces `length` bytes and withholds the last one. */
function withhold(length: number) {
  return open(head("/length", length), Buffer.alloc(length - 1, "a"));
}

/** What is so in the end: how soon the others' bytes have come is the machine's business. */
const inTheEnd = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 30_000, interval: 250 });

describe("callers who withhold the last byte of their bodies", () => {
  it("give way to those who send theirs, and are given up after ten seconds", async () => {
    const stalled = Array.from({ length: 30 }, () => withhold(1_000));
    // All places of the account are theirs, for a second.
    await inTheEnd(async () => {
      const { status, text } = await ask("/length", "a=12345");
      expect([status, text]).toEqual([200, "5"]);
    });
    const answers = await Promise.all(stalled.map(({ answer }) => answer));
    const statuses = answers.map(({ status }) => status).sort();
    // One for each that was let in, and perhaps for its room.
    expect(new Set(statuses)).toEqual(new Set([408, 503]));
    expect(statuses.filter((status) => status === 503).length).toBeLessThanOrEqual(10);
    const gaveWay = answers.find(({ status }) => status === 503);
    expect(gaveWay?.head).toMatch(/^retry-after: 5$/im);
  });

  it("cannot hold more than the isolate gives one account; it has all of it when they are gone", async () => {
    const stalled = Array.from({ length: 12 }, () => withhold(6 * MB));
    const ended = stalled.map(({ answer }) => answer.then(({ status }) => status));
    const refused: number[] = [];
    for (const status of ended) void status.then((known) => refused.push(known));
    // Four hold 24 MB; the others are told so.
    await inTheEnd(() => expect(refused).toEqual(Array(8).fill(503)));
    // One that has stood still for a second gives way.
    await inTheEnd(async () => expect((await ask("/length", "a=1")).text).toBe("1"));
    for (const { socket } of stalled) socket.destroy();
    const whole = `a=${"b".repeat(6 * MB - 2)}`;
    await inTheEnd(async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => ask("/length", whole)));
      expect(answers.map(({ text }) => text)).toEqual(Array(4).fill(String(6 * MB - 2)));
    });
  });
});

describe("callers who do not read what a function answers", () => {
  it("hold what the isolate gives one account, until they go", async () => {
    const message = `GET /large HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
    const unread = Array.from({ length: 8 }, () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(message);
      const status = new Promise<string>((resolve) => {
        socket.once("data", (data) => {
          socket.pause();
          resolve(data.subarray(9, 12).toString());
        });
      });
      return { socket, status };
    });
    const statuses = await Promise.all(unread.map(({ status }) => status));
    // 24 MB, of which each takes six or a little more.
    const served = statuses.filter((status) => status === "200").length;
    expect([3, 4]).toContain(served);
    expect(statuses.filter((status) => status === "503").length).toBe(8 - served);
    for (const { socket } of unread) socket.destroy();
    await inTheEnd(async () => {
      const read = open(message.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      expect((await read.answer).text.length).toBe(5_900_000);
    });
  });
});
