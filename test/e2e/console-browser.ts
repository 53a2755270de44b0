/** A real Chromium at the console of a server that was started as a person would. */
import { accessSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { request } from "../../scripts/request.ts";
import { OPERATOR, startServer } from "./started-server.ts";

/** Screenshots are looked at by people; git ignores them. */
const ARTEFACTS = path.join(import.meta.dirname, "../../artefacts/console");

export const ACCOUNT = OPERATOR.TWILIO_ACCOUNT_SID;
export const TOKEN = OPERATOR.TWILIO_AUTH_TOKEN;

/** What "Stay signed in", in this tab, keeps in the session storage (session/session.ts). */
const SIGNED_IN: [key: string, session: string] = [
  "ringback.session",
  JSON.stringify({
    credentials: { username: ACCOUNT, password: TOKEN },
    accountSid: ACCOUNT,
  }),
];

/** Where Debian, macOS and CI images keep it; CHROMIUM names another. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A server with the operator's account, and without the demo. */
export type Server = { origin: string; port: number; stop(): Promise<unknown> };

/** What the tests of one file have: a server, a browser, and a folder of files. */
export type ConsoleUnderTest = {
  server: Server;
  browser: Browser;
  folder: string;
  /** Opens a tab of its own at the console. */
  visit(options?: BrowserContextOptions): Promise<Visit>;
  /**
   * Opens a tab at a new service, signed in to stay so: for tests of what comes after that. Its timers
   * are the test's, which fast-forwards what would be waited for (page.clock).
   */
  visitService(name: string, options?: BrowserContextOptions): Promise<Visit & { sid: string }>;
  /** Calls the API at `at` (below `/v1`) as another tool would; returns its answer, null for none. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
  api(method: string, at: string, form?: Record<string, string>): Promise<any>;
  /** An account has at most ten services. */
  deleteServices(): Promise<void>;
  /** Writes a file below the folder; returns its path. */
  file(name: string, content?: string | Uint8Array): string;
};

/** Sets up the console for the tests of the calling file, and takes it down after them. */
export function consoleUnderTest(
  start: () => Promise<Server> = () => startServer({ environment: { RINGBACK_DEMO: "0" } }),
): ConsoleUnderTest {
  let services = 0;
  const under = {
    visit: (options) => visit(under.browser, under.server.origin, options),
    visitService: async (name, options) => {
      services += 1;
      const fields = { FriendlyName: name, UniqueName: `service-${services}`, UiEditable: "true" };
      const [{ sid }, visited] = await Promise.all([
        under.api("POST", "/Services", fields),
        under.visit(options),
      ]);
      await under.api("POST", `/Services/${sid}/Environments`, { UniqueName: "production" });
      const { page } = visited;
      const context = page.context();
      await context.clock.install();
      await context.addInitScript(([key, value]) => sessionStorage?.setItem(key, value), SIGNED_IN);
      await page.goto(`/services/${sid}`);
      await page.getByRole("heading", { name, level: 1 }).waitFor();
      return { ...visited, sid };
    },
    api: async (method, at, form) => {
      const headers: Record<string, string> = {
        Authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString("base64")}`,
      };
      if (form) headers["Content-Type"] = "application/x-www-form-urlencoded";
      const body = form && new URLSearchParams(form).toString();
      const answer = await request(`${under.server.origin}/v1${at}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return answer.body.length > 0 ? JSON.parse(String(answer.body)) : null;
    },
    deleteServices: async () => {
      for (const { sid } of (await under.api("GET", "/Services")).services) {
        await under.api("DELETE", `/Services/${sid}`);
      }
    },
    file: (name, content = name) => {
      const at = path.join(under.folder, name);
      mkdirSync(path.dirname(at), { recursive: true });
      writeFileSync(at, content);
      return at;
    },
  } as ConsoleUnderTest;
  beforeAll(async () => {
    under.folder = mkdtempSync(path.join(tmpdir(), "ringback-console-"));
    [under.server, under.browser] = await Promise.all([start(), launchChromium()]);
  });
  afterAll(async () => {
    await under.browser?.close();
    await under.server?.stop();
    if (under.folder) rmSync(under.folder, { recursive: true, force: true });
  });
  return under;
}

/** Where Chromium is; undefined where there is none. */
export function chromiumPlace(): string | undefined {
  return process.env.CHROMIUM ?? PLACES.find(exists);
}

export function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPlace();
  if (!executablePath) throw new Error("No Chromium: install it, or name one in CHROMIUM");
  return chromium.launch({
    executablePath,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    // Without a locale of UTF-8, Chromium reads other letters in the names of files as "?".
    env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
  });
}

export type Visit = {
  page: Page;
  /** What the page complained of: policy violations, exceptions, failed loads. */
  complaints: string[];
  /** Origins that it asked anything of. */
  origins: Set<string>;
  close(): Promise<void>;
};

/** Opens a tab of its own, with a clipboard of its own, in which nothing glides or fades. */
export async function visit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
    baseURL: origin,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  // While somebody listens, file choosers are the test's; a listener that comes with the click is late.
  page.on("filechooser", () => {});
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "blob:" && protocol !== "data:") origins.add(origin);
  });
  return { page, complaints, origins, close: () => context.close() };
}

export async function signIn(
  page: Page,
  at = "/",
  password = TOKEN,
  username = ACCOUNT,
): Promise<void> {
  await page.goto(at);
  await page.getByLabel("Account SID or API key").fill(username);
  await page.getByLabel("Auth token", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Creates a service in the page and waits for its own page; returns its SID. */
export async function createService(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: "Create service" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByRole("button", { name: "Create service" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  return /ZS[0-9a-f]{32}/.exec(page.url())?.[0] as string;
}

/** Drops what is at `paths` onto a page that takes it, as a drag from the desktop does. */
export async function drop(page: Page, paths: string[]): Promise<void> {
  // As a hand does: let go once the page says that it takes them.
  await letGo(page, paths, () => page.getByText("Drop files or folders to upload them").waitFor());
}

/** Drops what is at `paths` onto the page, whether or not it takes it. */
export async function letGo(
  page: Page,
  paths: string[],
  hesitate = async (): Promise<void> => {},
): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const drag = (type: "dragEnter" | "dragOver" | "drop") =>
    devtools.send("Input.dispatchDragEvent", { type, x: 640, y: 420, data });
  await drag("dragEnter");
  await hesitate();
  await drag("dragOver");
  await drag("drop");
  await devtools.detach();
}

/** Lets the page's clock (visitService) run ahead until `wanted` is seen. */
export async function fastForwardTo(page: Page, wanted: Locator): Promise<void> {
  while (!(await wanted.first().isVisible())) await page.clock.fastForward(1_000);
}

/** The Undo of the notice that says `text`: one that was used is still there while it fades. */
export function undo(page: Page, text: string) {
  return page.getByRole("alert").filter({ hasText: text }).getByRole("button", { name: "Undo" });
}

/** The row of the file `name` in the list. */
export function row(page: Page, name: string) {
  return page.getByRole("row").filter({ has: page.getByRole("button", { name, exact: true }) });
}

export async function openMenu(page: Page, path: string): Promise<void> {
  await page.getByRole("button", { name: `More for ${path}`, exact: true }).click();
}

export function clipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: path.join(ARTEFACTS, `${name}.png`) });
}

/** Returns axe's findings that are serious or critical, a line each. */
export async function seriousAxeFindings(page: Page): Promise<string[]> {
  const source = await readFile(
    createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
    "utf8",
  );
  // What fades in or changes its colours has done so: contrast is that of a page at rest.
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    await Promise.all(ending.map(({ finished }) => finished.catch(() => {})));
  });
  // Through the debugger, as the page's own policy lets no foreign script in.
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: {
            id: string;
            impact: string;
            nodes: { target: unknown[]; failureSummary: string }[];
          }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`),
      );
  });
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
