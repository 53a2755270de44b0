/** Clients that keep what they fetched, and ask whether it still holds: none of them is ours. */
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import npmFetch from "make-fetch-happen";
import type { Browser } from "playwright-core";

/** What is deployed of an asset: its bytes, its media type, and what a rule says of other origins. */
export type Seen = { body: string; type: string; cors: string };

/** Asks once: what the client has then, as far as it keeps it, and whether that came anew. */
export type Client = () => Promise<{ seen: Partial<Seen>; fetched: boolean }>;

/** An asset, and a folder to keep it in. */
export type Place = { hostname: string; port: string; file: string; directory: string };

export function has(tool: string): boolean {
  try {
    execFileSync(tool, [tool === "ffmpeg" ? "-version" : "--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Returns what `tool` prints; not synchronous, because the server needs this process too. */
export async function run(tool: string, args: string[], directory: string): Promise<Buffer> {
  const options = { cwd: directory, maxBuffer: 1 << 24, timeout: 20_000 };
  return (await promisify(execFile)(tool, args, { ...options, encoding: "buffer" })).stdout;
}

/** curl, which keeps the bytes in `kept`; what else the answer said is kept here. */
export function curl(place: Place, kept: string, ...conditional: string[]): Client {
  const { hostname, port, file, directory } = place;
  let said: Omit<Seen, "body">;
  return async () => {
    const format = "%{http_code}\n%{content_type}\n%header{access-control-allow-origin}";
    const args = [
      ...["-s", "-S", "-R", "-o", kept, "-w", format, ...conditional],
      ...["--resolve", `${hostname}:${port}:127.0.0.1`, `http://${hostname}:${port}${file}`],
    ];
    const out = await run("curl", args, directory);
    const [status, type = "", cors = ""] = out.toString().split("\n");
    if (status !== "200" && status !== "304") throw new Error(`curl was answered ${status}`);
    const fetched = status === "200";
    if (fetched) said = { type, cors };
    return { seen: { body: readFileSync(path.join(directory, kept), "utf8"), ...said }, fetched };
  };
}

/** wget, which asks by date, and keeps bytes and date, but no type. */
export function wget({ hostname, port, file, directory }: Place): Client {
  const kept = path.join(directory, path.basename(file));
  const written = () => statSync(kept, { throwIfNoEntry: false })?.ctimeMs;
  return async () => {
    const before = written();
    const url = `http://127.0.0.1:${port}${file}`;
    await run("wget", ["-q", "-N", `--header=Host: ${hostname}`, url], directory);
    return { seen: { body: readFileSync(kept, "utf8") }, fetched: written() !== before };
  };
}

/** npm's own HTTP client, whose cache follows RFC 9111, asks by tag and by date, and keeps few fields. */
export function makeFetchHappen({ hostname, port, file, directory }: Place): Client {
  const fetch = npmFetch.defaults({ cachePath: path.join(directory, "npm") });
  return async () => {
    const headers = { host: `${hostname}:${port}` };
    const answer = await fetch(`http://127.0.0.1:${port}${file}`, { headers });
    const type = answer.headers.get("content-type") ?? "";
    const fetched = answer.headers.get("x-local-cache-status") !== "revalidated";
    return { seen: { body: await answer.text(), type }, fetched };
  };
}

/** Octets that Resource Timing counts for an answer besides its body, and for a 304. */
const HEADERS_COUNTED = 300;

/** Chromium, in a page of the same origin. */
export async function chromiumCache(browser: Browser, place: Place): Promise<Client> {
  const page = await browser.newPage({ baseURL: `http://${place.hostname}:${place.port}` });
  await page.goto("/page.html");
  return async () => {
    const { transferred, ...seen } = await page.evaluate(async (file) => {
      performance.clearResourceTimings();
      const answer = await fetch(file);
      const body = await answer.text();
      const said = (name: string) => answer.headers.get(name) ?? "";
      const seen = { body, type: said("content-type"), cors: said("access-control-allow-origin") };
      let timing: PerformanceEntry | undefined;
      while (timing === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        timing = performance.getEntriesByType("resource").find(({ name }) => name.endsWith(file));
      }
      return { ...seen, transferred: (timing as PerformanceResourceTiming).transferSize };
    }, place.file);
    return { seen, fetched: transferred > HEADERS_COUNTED };
  };
}
