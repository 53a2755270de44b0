import { once } from "node:events";
import http from "node:http";
import { setTimeout } from "node:timers/promises";
import { basicAuthorization } from "../operator.ts";
import { type BenchServer, OPERATOR, startBenchServer } from "./api-server.ts";

const MB = 1024 * 1024;
/** What a public asset may have at most (LIMITS in wrangler.toml). */
const FILE = Buffer.alloc(25 * MB, "An upload that does not fit into memory ten times. ");
const UPLOADS = 10;
const SAMPLE_EVERY_MS = 10;

/**
 * Prints how fast files of 25 MB are uploaded, one after the other and ten at once, and what the
 * runtime's process holds meanwhile, beside a bare Worker that hands the request's body to R2. The
 * local R2 and D1 live in that same process, so that only the difference is Ringback's.
 */
export async function printUploads(): Promise<void> {
  console.log(
    `\nUpload  files of ${FILE.length / MB} MB; memory is that of workerd with its stores\n`,
  );
  console.log("upload                          MB/s     idle MB     peak MB      growth");
  for (const concurrency of [1, UPLOADS]) {
    for (const name of ["Ringback", "bare R2 put"]) {
      const server = await startBenchServer();
      try {
        const upload = name === "Ringback" ? await ringbackUpload(server) : bareUpload(server);
        await print(`${name}, ${concurrency} at once`, server, concurrency, upload);
      } finally {
        await server.close();
      }
    }
  }
}

type Upload = (index: number) => Promise<void>;

async function print(name: string, server: BenchServer, concurrency: number, upload: Upload) {
  // The first of all compiles and loads what every other finds there.
  await upload(UPLOADS);
  await setTimeout(500);
  const idle = server.residentBytes();
  let peak = idle;
  const watch = setInterval(() => {
    const now = server.residentBytes();
    if (now !== null) peak = Math.max(peak ?? 0, now);
  }, SAMPLE_EVERY_MS);
  const started = performance.now();
  const indexes = Array.from({ length: UPLOADS }, (_, index) => index).values();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const index of indexes) await upload(index);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const growth = peak === null || idle === null ? null : peak - idle;
  console.log(
    `${name.padEnd(26)} ${((UPLOADS * FILE.length) / MB / seconds).toFixed(1).padStart(9)}` +
      ` ${[idle, peak, growth].map((bytes) => megabytes(bytes).padStart(11)).join(" ")}`,
  );
}

function megabytes(bytes: number | null): string {
  return bytes === null ? "-" : (bytes / MB).toFixed(0);
}

function bareUpload({ origin }: BenchServer): Upload {
  return (index) => send(`${origin}/bare/${index}`, "PUT", {}, [FILE]).then(() => {});
}

async function ringbackUpload({ origin }: BenchServer): Promise<Upload> {
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const create = async (path: string, body: string): Promise<string> => {
    const answer = await send(`${origin}/v1/${path}`, "POST", form, [Buffer.from(body)]);
    return JSON.parse(answer).sid;
  };
  const service = await create("Services", "UniqueName=uploads&FriendlyName=uploads");
  return async (index) => {
    const assets = `Services/${service}/Assets`;
    const asset = await create(assets, `FriendlyName=/${index}.wav`);
    const fields = [`Path"\r\n\r\n/${index}.wav`, 'Visibility"\r\n\r\npublic'];
    const content = 'Content"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n';
    const head = [...fields, content].map(
      (part) => `--boundary\r\nContent-Disposition: form-data; name="${part}`,
    );
    const type = { "Content-Type": "multipart/form-data; boundary=boundary" };
    await send(`${origin}/v1/${assets}/${asset}/Versions`, "POST", type, [
      ...[Buffer.from(head.join("\r\n")), FILE, Buffer.from("\r\n--boundary--\r\n")],
    ]);
  };
}

/** Sends one request and returns the answer's body; throws where it is no 201. */
async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: Buffer[],
): Promise<string> {
  const length = body.reduce((sum, { length }) => sum + length, 0);
  const request = http.request(url, {
    method,
    headers: {
      ...{ ...headers, "Content-Length": length },
      Authorization: basicAuthorization(OPERATOR),
    },
  });
  for (const part of body) request.write(part);
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (response.statusCode !== 201) throw new Error(`${url}: ${response.statusCode} ${text}`);
  return text;
}
