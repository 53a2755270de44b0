import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR, startControlPlane } from "./control-plane.ts";

const MEGABYTE = 1024 * 1024;
const BOUNDARY = "--------------------------515890814546601021194782";

let server: Awaited<ReturnType<typeof startControlPlane>>;
let port: number;
let versions: string;

const authorization = `Basic ${Buffer.from(`${OPERATOR.accountSid}:${OPERATOR.authToken}`).toString("base64")}`;

beforeAll(async () => {
  server = await startControlPlane();
  port = Number(new URL(server.url).port);
  const service = await create("/v1/Services", { UniqueName: "uploads", FriendlyName: "uploads" });
  const asset = await create(`/v1/Services/${service}/Assets`, { FriendlyName: "/a.bin" });
  versions = `/v1/Services/${service}/Assets/${asset}/Versions`;
});
afterAll(() => server.close());

async function create(path: string, form: Record<string, string>): Promise<string> {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { Authorization: authorization },
    body: new URLSearchParams(form),
  });
  return ((await response.json()) as { sid: string }).sid;
}

/** The body that Twilio's deploy tool sends. */
function uploadBody(content: Buffer): Buffer {
  const field = (name: string, value: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="Content"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const head = field("Path", "/a.bin") + field("Visibility", "public") + file;
  return Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}

type Answer = { status: number; body: { sid: string; code: number; content_sha256: string } };

/** Sends an upload as Twilio's tool does: on a connection of its own, with its Content-Length. */
function upload(body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: authorization,
      "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
      "Content-Length": body.byteLength,
    };
    const options = { port, host: "127.0.0.1", path: versions, method: "POST", headers };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(chunks).toString()),
        }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function objectKeys(): Promise<string[]> {
  const { BYTES } = await server.stores();
  return (await BYTES.list()).objects.map(({ key }: { key: string }) => key);
}

describe("uploads over a socket", () => {
  it("ten at once of 25 MB arrive whole, in the memory that an isolate has", {
    timeout: 180_000,
  }, async () => {
    const bodies = Array.from({ length: 10 }, () => randomBytes(25 * MEGABYTE));
    const warm = await upload(uploadBody(Buffer.from("warm")));
    expect(warm.status).toBe(201);
    const before = workerMemory();
    const memory = watchMemory();
    const started = performance.now();
    const answers = await Promise.all(bodies.map((content) => upload(uploadBody(content))));
    const seconds = (performance.now() - started) / 1000;
    const peak = memory.stop();
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(answers.map(({ body }) => body.content_sha256)).toEqual(bodies.map(sha256));
    console.log(
      `10 uploads of 25 MB at once: ${seconds.toFixed(1)} s, workerd ${megabytes(before)} before, ${megabytes(peak)} at its peak (the local R2 included)`,
    );
  });

  it("past 25 MB is a 413 that a client in the middle of sending gets to read", async () => {
    for (const size of [25 * MEGABYTE + 1, 40 * MEGABYTE]) {
      const { status, body } = await upload(uploadBody(Buffer.alloc(size)));
      expect([status, body.code]).toEqual([413, 20413]);
    }
  });

  it("past 25 MB by its Content-Length is a 413 before any of it is sent", async () => {
    const socket = net.connect(port, "127.0.0.1");
    const head = [
      `POST ${versions} HTTP/1.1`,
      `Host: localhost:${port}`,
      `Authorization: ${authorization}`,
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
      `Content-Length: ${40 * MEGABYTE}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
        if (text.includes("20413")) resolve(text);
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it("that break off leave nothing", async () => {
    const before = await objectKeys();
    const body = uploadBody(randomBytes(20 * MEGABYTE));
    for (const share of [0.001, 0.2, 0.6, 0.99]) {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("error", () => {});
      const head = [
        `POST ${versions} HTTP/1.1`,
        `Host: localhost:${port}`,
        `Authorization: ${authorization}`,
        `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
        `Content-Length: ${body.byteLength}`,
      ];
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
      await new Promise((resolve) => {
        socket.write(body.subarray(0, share * body.byteLength), resolve);
      });
      await sleep(100);
      socket.destroy();
    }
    await sleep(1500);
    expect(await objectKeys()).toEqual(before);
    const { DB } = await server.stores();
    const rows = await DB.prepare("SELECT count(*) AS n FROM versions").first("n");
    expect(rows).toBe(before.length);
    expect((await upload(uploadBody(Buffer.from("still alive")))).status).toBe(201);
  });
});

/** Resident bytes of the workerd processes that this test started. */
function workerMemory(): number {
  const parents = new Map<number, number>();
  const workers: number[] = [];
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      parents.set(Number(entry), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      if (/^Name:\s+workerd/m.test(status)) workers.push(Number(entry));
    } catch {
      // It ended meanwhile.
    }
  }
  const ours = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === process.pid || ours(parents.get(pid)));
  return workers
    .filter(ours)
    .map((pid) => readFileSync(`/proc/${pid}/status`, "utf8"))
    .map((status) => Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0);
}

function watchMemory() {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, workerMemory());
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}
