/** Other ways to use the console: by keyboard alone, on a phone, with a thousand files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import {
  ACCOUNT,
  clipboard,
  createService,
  drop,
  launchChromium,
  openMenu,
  screenshot,
  seriousAxeFindings,
  signIn,
  TOKEN,
  visit,
} from "./console-browser.ts";
import { type StartedServer, startServer } from "./started-server.ts";

let server: StartedServer;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "ringback-console-"));
  [server, browser] = await Promise.all([
    startServer({ environment: { RINGBACK_DEMO: "0" } }),
    launchChromium(),
  ]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content = name): string {
  const at = path.join(folder, name);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, content);
  return at;
}

/** Presses Tab (or Shift+Tab) until what is named `name` has the focus. */
async function tabTo(page: Page, name: RegExp, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      const labels = (element as HTMLInputElement | null)?.labels;
      return (
        element?.getAttribute("aria-label") || labels?.[0]?.innerText || element?.innerText || ""
      );
    });
    if (name.test(focused.trim())) return;
    passed.push(focused.trim().slice(0, 40));
    await page.keyboard.press(key);
  }
  throw new Error(`Tab does not lead to ${name}, but to ${passed.join(" | ")}`);
}

describe("by keyboard alone", () => {
  it("one signs in, creates, uploads, sets visibility, deploys, copies and renames", async () => {
    const { page, close } = await visit(browser, server.origin);
    const { keyboard } = page;
    await page.goto("/");
    await page.getByLabel("Account SID or API key").waitFor();
    await keyboard.type(ACCOUNT);
    await keyboard.press("Tab");
    await keyboard.type(TOKEN);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Create your first service" }).waitFor();

    await tabTo(page, /^Create service$/);
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo(page, /^Name$/);
    await keyboard.type("Keys");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Drop files or a folder here" }).waitFor();

    await tabTo(page, /^Choose files$/);
    const chooser = page.waitForEvent("filechooser");
    await keyboard.press("Enter");
    await (await chooser).setFiles([file("one.txt"), file("two.txt"), file("three.txt")]);
    await page.getByRole("dialog").waitFor();
    await tabTo(page, /^Visibility of three\.txt$/);
    await keyboard.type("Protected");
    await tabTo(page, /^Upload 3 files$/);
    await keyboard.press("Enter");
    await page.getByText("3 files uploaded").waitFor();
    await tabTo(page, /^Close the list of uploads$/);
    await keyboard.press("Enter");

    await tabTo(page, /^Deploy All$/);
    await keyboard.press("Enter");
    await page.getByText("Deployed: 3 files are live in production.").waitFor();

    // One row is in the order of Tab; the arrows go to the others.
    await tabTo(page, /^one\.txt$/);
    await keyboard.press("End");
    await tabTo(page, /^two\.txt$/);
    await keyboard.press("ArrowUp");
    await tabTo(page, /^three\.txt$/);
    expect(await page.getByLabel("Visibility of /three.txt").inputValue()).toBe("protected");
    await keyboard.press("ArrowUp");
    await tabTo(page, /^Copy the URL of \/one\.txt$/);
    await keyboard.press("Enter");
    await page.getByText("URL copied.").waitFor();
    expect(String((await request(await clipboard(page))).body)).toBe("one.txt");

    await tabTo(page, /^More for \/one\.txt$/);
    await keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    await keyboard.press("Escape");
    await tabTo(page, /^More for \/one\.txt$/);
    await keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    for (let presses = 0; presses < 12; presses++) {
      const at = await page.evaluate(() => document.activeElement?.textContent);
      if (at === "Rename or move") break;
      await keyboard.press("ArrowDown");
    }
    await keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Rename /one.txt" }).waitFor();
    await tabTo(page, /^Path$/);
    await keyboard.press("Control+a");
    await keyboard.type("/zero.txt");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "zero.txt", exact: true }).waitFor();
    await close();
  }, 60_000);
});

describe("on a phone, 360 pixels wide", () => {
  it("everything is there, and nothing is wider than the screen", async () => {
    const { page, close } = await visit(browser, server.origin, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      colorScheme: "dark",
    });
    const fits = async (name: string) => {
      const { scrollWidth } = await page.evaluate(() => document.documentElement);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `${name} ${scrollWidth}`).toBeLessThanOrEqual(360);
      expect(await seriousAxeFindings(page), name).toEqual([]);
      await screenshot(page, `40-phone-${name}`);
    };
    await page.goto("/");
    await page.getByRole("heading", { name: "Sign in to Ringback" }).waitFor();
    await fits("sign-in");
    await signIn(page);
    await createService(page, "On the road");
    await fits("empty");
    await page
      .getByLabel("Files to upload")
      .first()
      .setInputFiles([
        file("phone/a-file-with-quite-a-long-name-for-such-a-screen.txt"),
        file("phone/song.ogg"),
        file("phone/short.txt"),
      ]);
    await page.getByRole("dialog").getByLabel("Visibility of song.ogg").selectOption("protected");
    await fits("review");
    await page.getByRole("button", { name: "Upload 3 files" }).click();
    await page.getByText("3 files uploaded").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 3 files").waitFor();
    await fits("deployed");
    await openMenu(page, "/short.txt");
    await page.getByRole("menuitem", { name: "Copy URL" }).waitFor();
    await page.waitForTimeout(300);
    await screenshot(page, "41-phone-menu");
    await page.getByRole("menuitem", { name: "Preview and details" }).click();
    await page.getByText("SHA-256").waitFor();
    await page.waitForTimeout(300);
    await fits("details");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("button", { name: "Deployments" }).click();
    await page.getByText("3 added").waitFor();
    await fits("history");
    await page.getByRole("button", { name: "Variables" }).click();
    await page.getByLabel("Name of a new variable").fill("GREETING");
    await page.getByLabel("Value of the new variable").fill("Ahoy");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel("Value of GREETING", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Import a .env file" }).click();
    await page.getByLabel("Text of a .env file").fill("GREETING=Hello\nOTHER='x y'\nwrong");
    await page.getByText("Line 3 is left out: it is not KEY=value").waitFor();
    await fits("variables");
    await page.getByRole("button", { name: "Import 2 variables" }).click();
    await page.getByLabel("Value of OTHER", { exact: true }).waitFor();
    expect(await page.getByLabel("Value of GREETING", { exact: true }).inputValue()).toBe("Hello");
    await close();
  }, 60_000);
});

describe("a thousand files", () => {
  it("are uploaded, listed, filtered and deployed", async () => {
    for (let number = 1; number <= 1000; number++) {
      file(`thousand/${number % 10}/prompt-${String(number).padStart(4, "0")}.txt`, `${number}`);
    }
    const { page, complaints, close } = await visit(browser, server.origin);
    await signIn(page);
    await createService(page, "Thousand");
    await drop(page, [path.join(folder, "thousand")]);
    const upload = page.getByRole("button", { name: "Upload 1,000 files" });
    await upload.waitFor().catch(async (error) => {
      await screenshot(page, "59-failed");
      throw error;
    });
    await screenshot(page, "50-thousand-review");
    await upload.click();
    await page.getByText(/^Uploading \d+ files…$/).waitFor();
    await page.getByText("1,000 files uploaded").waitFor({ timeout: 240_000 });
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    expect(await page.locator(".rb-row-asset").count()).toBe(1000);
    await screenshot(page, "51-thousand");

    // What a person feels: how long a key press or a scroll keeps the page from drawing.
    const slowest = await page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      let slowest = 0;
      for (let step = 0; step < 40; step++) {
        const before = performance.now();
        scrollBy(0, 900);
        await frame();
        await frame();
        slowest = Math.max(slowest, performance.now() - before);
      }
      scrollTo(0, 0);
      return slowest;
    });
    expect(slowest).toBeLessThan(500);
    const filter = page.getByLabel("Filter by name or path");
    const before = performance.now();
    await filter.fill("prompt-0500");
    await page.getByText("1 of 1,000 files").waitFor();
    expect(performance.now() - before).toBeLessThan(2_000);
    await filter.fill("");

    await page.getByRole("button", { name: "Deploy All" }).click();
    await page
      .getByText("Deployed: 1,000 files are live in production.")
      .waitFor({ timeout: 60_000 });
    expect(await page.locator(".rb-row-asset .rb-state-live").count()).toBe(1000);
    expect(complaints).toEqual([]);
    await close();
  }, 360_000);
});
