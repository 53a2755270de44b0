import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import {
  ACCOUNT,
  clipboard,
  consoleUnderTest,
  createService,
  drop,
  openMenu,
  row,
  screenshot,
  seriousAxeFindings,
  signIn,
  TOKEN,
  undo,
} from "./console-browser.ts";
import { startLocalRuntime } from "./local-runtime.ts";
import { freePort } from "./started-server.ts";

/** What is needed here of D1. */
type Database = {
  prepare(sql: string): { bind(...values: unknown[]): unknown };
  batch(statements: unknown[]): Promise<unknown>;
};

/** What is needed here of R2. */
type Bucket = {
  list(options: { prefix: string }): Promise<{ objects: { key: string }[] }>;
  delete(key: string): Promise<void>;
};

let database: Database;
let bucket: Bucket;

/** In this process, so that a thousand files can be there at once. */
const under = consoleUnderTest(async () => {
  const port = await freePort();
  const operator = { accountSid: ACCOUNT, authToken: TOKEN };
  const { miniflare, stop } = await startLocalRuntime(operator, port);
  database = (await miniflare.getD1Database("DB", "ringback")) as Database;
  bucket = (await miniflare.getR2Bucket("BYTES", "ringback")) as unknown as Bucket;
  return { origin: `http://localhost:${port}`, port, stop };
});

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
  it("one goes anywhere by a few letters, out of the editor too", async () => {
    const { page, close } = await under.visitService("Palette");
    const { keyboard } = page;
    await page.getByRole("button", { name: "Choose files" }).waitFor();
    await keyboard.press("Control+k");
    const search = page.getByRole("combobox", { name: "Service, file, environment or action" });
    await search.waitFor();
    await keyboard.type("new func");
    await page.getByRole("option", { name: "New function" }).waitFor();
    await screenshot(page, "57-palette");
    expect(await seriousAxeFindings(page)).toEqual([]);
    await keyboard.press("Enter");
    await page.getByRole("dialog", { name: "New function" }).waitFor();
    await keyboard.press("Control+k");
    await keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await keyboard.press("Control+k");
    await search.waitFor();
    await keyboard.type("logs prod");
    await page.getByRole("option", { name: "Logs of production" }).waitFor();
    await keyboard.press("Enter");
    await page.waitForURL(/\/logs\/ZE[0-9a-f]{32}$/);
    await keyboard.press("Control+k");
    await search.waitFor();
    await keyboard.type("zebra");
    await page.getByText("Nothing has such a name").waitFor();
    await keyboard.press("Control+k");
    await search.waitFor({ state: "detached" });
    await close();
  });

  it("one signs in, creates, uploads, sets visibility, deploys, copies and renames", async () => {
    await under.deleteServices();
    const { page, close } = await under.visit();
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
    await (await chooser).setFiles([
      under.file("one.txt"),
      under.file("two.txt"),
      under.file("three.txt"),
    ]);
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
    await page.getByRole("menu").waitFor({ state: "hidden" });
    await tabTo(page, /^More for \/one\.txt$/);
    await keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    await page.waitForFunction(() => document.activeElement?.closest("[role=menu]"));
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

    // What is closed gives the focus back, and what is deleted leaves it to the next.
    const hasFocus = (name: string) =>
      expect
        .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
        .toBe(name);
    await hasFocus("More for /zero.txt");
    await page.getByRole("button", { name: "zero.txt", exact: true }).focus();
    await keyboard.press("Enter");
    await page.getByRole("dialog", { name: "/zero.txt" }).waitFor();
    await keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await tabTo(page, /^Copy the URL of \/zero\.txt$/);
    await tabTo(page, /^More for \/zero\.txt$/);
    await keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.closest("[role=menu]"));
    await keyboard.press("End");
    await keyboard.press("Enter");
    await page.getByText("/zero.txt deleted").waitFor();
    // What is live stays in the list until it is not.
    await row(page, "one.txt").getByText("Deleted, still live").waitFor();
    await hasFocus("More for /one.txt");
    await close();
  });
});

describe("on a phone, 360 pixels wide", () => {
  it("everything is there, and nothing is wider than the screen", async () => {
    const { page, close } = await under.visit({
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
        under.file("phone/a-file-with-quite-a-long-name-for-such-a-screen.txt"),
        under.file("phone/song.ogg"),
        under.file("phone/short.txt"),
      ]);
    await page.getByRole("dialog").getByLabel("Visibility of song.ogg").selectOption("protected");
    await fits("review");
    await page.getByRole("button", { name: "Upload 3 files" }).click();
    await page.getByText("3 files uploaded").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 3 files").waitFor();
    await fits("deployed");
    await page.getByRole("button", { name: "1 file with warnings" }).click();
    const warning = await page.getByText("<Play> does not take audio/ogg").boundingBox();
    expect((warning?.x ?? 0) + (warning?.width ?? 360)).toBeLessThan(360);
    await fits("warnings");
    await page.keyboard.press("Escape");
    await openMenu(page, "/short.txt");
    await page.getByRole("menuitem", { name: "Copy URL" }).waitFor();
    await screenshot(page, "41-phone-menu");
    await page.getByRole("menuitem", { name: "Preview and details" }).click();
    await page.getByText("SHA-256").waitFor();
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
    await page.getByLabel("Value of GREETING", { exact: true }).fill("x".repeat(451));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("GREETING was not saved").waitFor();
    await page.getByText("Error 20001.").waitFor();
    await fits("not-saved");

    // Of several environments each can be promoted, and its address is still a line or two.
    await page.getByRole("button", { name: "Add environment" }).click();
    await page.getByLabel("Name", { exact: true }).fill("staging");
    await page.getByRole("dialog").getByRole("button", { name: "Add environment" }).click();
    const production = page.getByRole("region", { name: "Environment production" });
    await production.getByRole("button", { name: "Promote to…" }).waitFor();
    const address = await production.getByRole("link", { name: /^on-the-road-/ }).boundingBox();
    expect(address?.height).toBeLessThan(50);
    await fits("environments");
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { name: "Delete this service" }).waitFor();
    await fits("settings");
    await close();
  });
});

describe("media", () => {
  it("are listened to and looked at in the list, found by address, and made fit for the phone", async () => {
    const examples = path.join(import.meta.dirname, "../../examples/ahoy/assets");
    const { page, sid, complaints, close } = await under.visitService("Media");
    const wav = readFileSync(path.join(examples, "ringback.wav"));
    await drop(page, [
      path.join(examples, "ahoy.mp3"),
      path.join(examples, "ahoy.png"),
      under.file("media/hold.ogg", wav),
      under.file("media/voice.xml", "<Response><Play>/nothing.mp3</Play></Response>"),
    ]);
    await page
      .getByRole("dialog")
      .getByText("As TwiML, line 1: <Play>: there is no file /nothing.mp3")
      .waitFor();
    await page.getByRole("button", { name: "Upload 4 files" }).click();
    await page.getByText("4 files uploaded").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();

    // One thing plays at a time; J goes to the next.
    await page.locator(".rb-thumbnail canvas:not([hidden])").waitFor();
    await page.getByRole("button", { name: "Play /ahoy.mp3" }).click();
    await page.getByRole("button", { name: "Pause /ahoy.mp3" }).waitFor();
    await page.keyboard.press("j");
    await page.getByRole("button", { name: "Pause /hold.ogg" }).waitFor();
    await page.getByRole("button", { name: "Play /ahoy.mp3" }).waitFor();
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "83-listening");
    await page.getByRole("button", { name: "Stop playing" }).click();

    // Sorted, filtered, open: all of it in the address, and back closes what was opened.
    await page.getByRole("button", { name: "Size", exact: true }).click();
    await page.getByRole("button", { name: "Size", exact: true }).click();
    await page.clock.fastForward(1_000);
    await expect.poll(() => new URL(page.url()).search).toBe("?sort=size&order=desc");
    expect(await page.locator(".rb-row-file .rb-name").first().innerText()).toBe("hold.ogg");
    await page.getByRole("button", { name: "hold.ogg", exact: true }).click();
    await page.getByText("<Play> refuses it").waitFor();
    expect(page.url()).toContain("&file=ZH");
    expect(await page.title()).toBe("/hold.ogg · Media · Ringback");
    await page.reload();
    await page.getByText("<Play> refuses it").waitFor();

    await page.getByRole("button", { name: "Make a telephone WAV" }).click();
    const made = page.getByRole("dialog", { name: "Make a telephone WAV" });
    await made.getByText(/^Made of it/).waitFor();
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "84-made-fit");
    await made.getByRole("button", { name: "Take it" }).click();
    await page.getByText("/hold.wav is there").waitFor();
    await page.goBack();
    await page.getByText("<Play> refuses it").waitFor({ state: "detached" });

    // What was found is kept with the version, for every machine.
    await expect
      .poll(
        async () => {
          await page.clock.fastForward(1_000);
          const { asset_versions } = await under.api("GET", `/Services/${sid}/AssetVersions`);
          return asset_versions
            .filter(({ facts }: { facts: object | null }) => facts !== null)
            .map(({ path, facts }: { path: string; facts: { sniffed: string } }) => [
              path,
              facts.sniffed,
            ])
            .sort();
        },
        { timeout: 15_000 },
      )
      .toEqual([
        ["/ahoy.mp3", "audio/mpeg"],
        ["/ahoy.png", "image/png"],
        ["/hold.ogg", "audio/wav"],
        ["/hold.wav", "audio/wav"],
      ]);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("an environment", () => {
  it("answers under a hostname of one's own, and can be taken down, and both taken back", async () => {
    const { page, complaints, close } = await under.visitService("Own name");
    await drop(page, [under.file("own/ahoy.txt", "Ahoy")]);
    await page.getByRole("dialog").getByRole("button", { name: "Upload", exact: true }).click();
    await page.getByText("1 file uploaded").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 1 file is live in production.").waitFor();
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("button", { name: "Custom domains" }).click();
    const hostname = page.getByLabel("Hostname");
    const add = page.getByRole("button", { name: "Add", exact: true });
    const answer = async () => {
      const headers = { Host: `media.example.com:${under.server.port}` };
      const { status, body } = await request(`${under.server.origin}/ahoy.txt`, { headers });
      return status === 200 ? String(body) : status;
    };

    await hostname.fill("not a hostname");
    await add.click();
    await page.getByText("The domain was not added").waitFor();
    await hostname.fill("media.example.com");
    await add.click();
    const remove = page.getByRole("button", { name: "Remove media.example.com" });
    await remove.waitFor();
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "45-domains");
    await expect.poll(answer, { timeout: 10_000 }).toBe("Ahoy");
    await remove.click();
    await remove.waitFor({ state: "detached" });
    await expect.poll(answer, { timeout: 10_000 }).toBe(404);
    await undo(page, "media.example.com removed").click();
    await remove.waitFor();
    await expect.poll(answer, { timeout: 10_000 }).toBe("Ahoy");

    await page.getByRole("button", { name: "More for production" }).click();
    await page.getByRole("menuitem", { name: "Un-deploy" }).click();
    await page.getByText("Changes for production: 1 removed").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Un-deploy" }).click();
    await page.getByText("Nothing is deployed here").waitFor();
    await expect.poll(answer, { timeout: 10_000 }).toBe(404);
    await undo(page, "production serves nothing now").click();
    await page.getByText("Live", { exact: true }).waitFor();
    await expect.poll(answer, { timeout: 10_000 }).toBe("Ahoy");
    expect(complaints.filter((text) => !/status of 400/.test(text))).toEqual([]);
    await close();
  });
});

/** Drops a file and sends it. */
async function upload(page: Page, file: string): Promise<void> {
  await drop(page, [file]);
  await page.getByRole("dialog").getByRole("button", { name: "Upload", exact: true }).click();
  await page.getByText("1 file uploaded").waitFor();
  await page.getByRole("button", { name: "Close the list of uploads" }).click();
}

describe("a dialog", () => {
  it("opens by its address and after a reload, closes by back, and keeps what was typed", async () => {
    const { page, sid, complaints, close } = await under.visitService("Places");
    const dialog = page.getByRole("dialog");
    await page.goto(`/services/${sid}?dialog=function`);
    await dialog.getByRole("heading", { name: "New function" }).waitFor();
    await page.reload();
    await dialog.getByLabel("Path").fill("/voice");
    await dialog.getByRole("button", { name: "Create function" }).click();
    await page.waitForURL(/\/files\/ZH[0-9a-f]{32}$/);
    await page.getByRole("link", { name: "Functions & Assets" }).click();

    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("menuitem", { name: "New text file" }).click();
    await dialog.getByLabel("Path").fill("/ivr/menu.txt");
    await dialog.getByLabel("Text").fill("Press one");
    await page.goBack();
    await dialog.waitFor({ state: "detached" });
    await page.goForward();
    expect(await dialog.getByLabel("Text").inputValue()).toBe("Press one");
    await dialog.getByRole("button", { name: "Save" }).click();
    await row(page, "menu.txt").waitFor();
    expect(new URL(page.url()).search).toBe("");

    await openMenu(page, "/ivr/menu.txt");
    await page.getByRole("menuitem", { name: "Rename or move" }).click();
    await page.reload();
    await dialog.getByLabel("Path").fill("/ivr/main.txt");
    await dialog.getByRole("button", { name: "Rename" }).click();
    await row(page, "main.txt").waitFor();

    await openMenu(page, "/ivr");
    await page.getByRole("menuitem", { name: "Rename or move" }).click();
    await page.reload();
    await dialog.getByRole("heading", { name: "Move /ivr" }).waitFor();
    await dialog.getByLabel("Folder").fill("/phone");
    await dialog.getByRole("button", { name: "Move" }).click();
    await openMenu(page, "/phone/main.txt");
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("a file that is dropped again as it is live", () => {
  it("undoes the change that was made of it, and is not sent", async () => {
    const { page, sid, complaints, close } = await under.visitService("As live");
    const live = under.file("live/prompt.txt", "live");
    await upload(page, live);
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 1 file is live in production.").waitFor();
    await upload(page, under.file("changed/prompt.txt", "changed"));
    await row(page, "prompt.txt").getByText("Changed").waitFor();

    await drop(page, [live]);
    await page.getByText("1 file is live like this, byte for byte.").waitFor();
    await page.getByRole("button", { name: "Take 1 change back" }).click();
    await row(page, "prompt.txt").getByText("Live", { exact: true }).waitFor();

    await openMenu(page, "/prompt.txt");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await row(page, "prompt.txt").getByText("Deleted, still live").waitFor();
    await drop(page, [live]);
    await page.getByRole("button", { name: "Take 1 change back" }).click();
    await row(page, "prompt.txt").getByText("Live", { exact: true }).waitFor();
    const { assets } = await under.api("GET", `/Services/${sid}/Assets`);
    const file = `/Services/${sid}/Assets/${assets[0].sid}/Versions`;
    expect([assets.length, (await under.api("GET", file)).asset_versions.length]).toEqual([1, 2]);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("a file whose bytes are lost", () => {
  it("is marked, says what to do, and is served again once it is sent again", async () => {
    const { page, sid, close } = await under.visitService("Lost");
    const file = under.file("lost/prompt.txt", "found again");
    await upload(page, file);
    const { objects } = await bucket.list({ prefix: `assets/${sid}/` });
    for (const { key } of objects) await bucket.delete(key);
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 1 file is live in production.").waitFor();
    const { environments } = await under.api("GET", `/Services/${sid}/Environments`);
    const answer = async () => {
      const { status, body } = await request(`http://${environments[0].domain_name}/prompt.txt`);
      return `${status} ${body}`;
    };
    expect(await answer()).toMatch(/^502 .*is not stored\. Sending and deploying it again/s);

    await page.getByRole("link", { name: "Activity" }).click();
    await page.getByText("The file's bytes are not stored.").first().waitFor();
    await page.goto(`/services/${sid}`);
    await page.getByRole("button", { name: "Callers got errors for this 1 time since" }).waitFor();
    await openMenu(page, "/prompt.txt");
    await page.getByLabel("Replacement for /prompt.txt").setInputFiles(file);
    await page.getByText("Replaced /prompt.txt").waitFor();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByRole("button", { name: "Deploy again" }).click();
    await page.getByText("Deployed: 1 file is live in production.").waitFor();
    await expect.poll(answer, { timeout: 10_000 }).toBe("200 found again");
    await close();
  });
});

describe("keys and accounts", () => {
  /** The status that credentials get of the API. */
  async function opens(username: string, password: string): Promise<number> {
    const credentials = Buffer.from(`${username}:${password}`).toString("base64");
    const headers = { Authorization: `Basic ${credentials}` };
    return (await request(`${under.server.origin}/v1/Services`, { headers })).status;
  }

  it("are made, told once, rotated and deleted in the page", async () => {
    const { page, complaints, close } = await under.visit();
    await signIn(page, "/account");
    const told = (what: string) =>
      page.locator(".rb-secret-line", { hasText: what }).locator("code").innerText();
    const kept = () => page.getByRole("button", { name: "I have kept it" }).click();
    const confirm = async (name: string) => {
      const dialog = page.getByRole("dialog");
      expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
      await dialog.getByLabel(`Type “${name}” to confirm`).fill(name);
      await dialog.getByRole("button", { name: "Delete" }).click();
      await dialog.waitFor({ state: "detached" });
    };

    await page.getByLabel("Name of a new key").fill("ci");
    await page.getByRole("button", { name: "Make a key" }).click();
    const key = [await told("SID"), await told("Secret")] as const;
    expect(await opens(...key)).toBe(200);
    expect(await seriousAxeFindings(page)).toEqual([]);
    await kept();
    expect(await page.content()).not.toContain(key[1]);
    await page.getByRole("button", { name: "Delete the key ci" }).click();
    await confirm("ci");
    await page.getByText("The key opens nothing any more").waitFor();
    expect(await opens(...key)).toBe(401);

    await page.getByRole("button", { name: "Add an account" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Branch");
    await page.getByRole("button", { name: "Add account" }).click();
    const [sid, first] = [await told("Account SID"), await told("Auth token")];
    await kept();
    const choose = async (item: string) => {
      await page.getByRole("button", { name: "More for Branch" }).click();
      await page.getByRole("menuitem", { name: item }).click();
    };
    await choose("1. Make a second token");
    const second = await told("Second token");
    expect([await opens(sid, first), await opens(sid, second)]).toEqual([200, 200]);
    await choose("2. Make the second the first");
    await page.getByText("The second token of Branch is the first now").waitFor();
    await choose("3. Drop the old one");
    await page.getByText("The second token of Branch is dropped").waitFor();
    expect([await opens(sid, first), await opens(sid, second)]).toEqual([401, 200]);
    await screenshot(page, "58-accounts");
    await choose("Delete account");
    await confirm("Branch");
    expect(await opens(sid, second)).toBe(401);
    expect(complaints).toEqual([]);
    await close();
  });
});

/** Returns how many seconds the page's main thread computes for `action`, waiting left out. */
async function busy(page: Page, action: () => Promise<unknown>): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const seconds = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const counted = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];
    return metrics
      .filter(({ name }) => counted.includes(name))
      .reduce((sum, { value }) => sum + value, 0);
  };
  const before = await seconds();
  await action();
  const spent = (await seconds()) - before;
  await devtools.detach();
  return spent;
}

describe("a thousand files", () => {
  /** Adds assets with a version each to the database: a thousand uploads take minutes here. */
  async function addAssets(serviceSid: string, count: number): Promise<void> {
    const assets = Array.from({ length: count }, (_, index) => {
      const digits = String(index).padStart(32, "0");
      return { digits, path: `/${index % 10}/prompt-${digits.slice(-4)}.txt` };
    });
    const values = [JSON.stringify(assets), ACCOUNT, serviceSid];
    await database.batch([
      database
        .prepare(
          `INSERT INTO resources (sid, kind, account_sid, service_sid, friendly_name, date_created,
           date_updated)
         SELECT 'ZH' || (value ->> 'digits'), 'asset', ?2, ?3, value ->> 'path',
           '2026-11-01T12:00:00Z', '2026-11-01T12:00:00Z' FROM json_each(?1)`,
        )
        .bind(...values),
      database
        .prepare(
          `INSERT INTO versions (sid, kind, account_sid, service_sid, resource_sid, path, visibility,
           content_type, content_size, content_sha256, date_created)
         SELECT 'ZN' || (value ->> 'digits'), 'asset', ?2, ?3, 'ZH' || (value ->> 'digits'),
           value ->> 'path', 'public', 'text/plain', 1000,
           (value ->> 'digits') || (value ->> 'digits'), '2026-11-01T12:00:00Z'
         FROM json_each(?1)`,
        )
        .bind(...values),
    ]);
  }

  it("are listed, scrolled, filtered, changed and deployed", async () => {
    const { page, sid, complaints, close } = await under.visitService("Thousand");
    await addAssets(sid, 1000);
    await page.reload();
    await page.getByText("1,000 files", { exact: true }).waitFor();
    expect(await page.locator(".rb-row-file").count()).toBe(1000);
    await screenshot(page, "50-thousand");

    // Seconds of the page's own thread: what a person would wait on a machine that does nothing else.
    const scrolling = await busy(page, () =>
      page.evaluate(async () => {
        for (let step = 0; step < 40; step++) {
          scrollBy(0, 900);
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        scrollTo(0, 0);
      }),
    );
    expect(scrolling / 40).toBeLessThan(0.05);
    const filter = page.getByLabel("Filter by name or path");
    const filtering = await busy(page, async () => {
      await filter.fill("prompt-0500");
      await page.getByText("1 of 1,000 files").waitFor();
    });
    expect(filtering).toBeLessThan(0.5);
    const showing = await busy(page, async () => {
      await filter.fill("");
      await page.getByText("1,000 files", { exact: true }).waitFor();
    });
    // Drawn in pieces, between which the page hears keys and pointers.
    expect(showing).toBeLessThan(6);

    await page.getByRole("button", { name: "Deploy All" }).click();
    await page
      .getByText("Deployed: 1,000 files are live in production.")
      .waitFor({ timeout: 30_000 });
    expect(await page.locator(".rb-row-file .rb-state-live").count()).toBe(1000);
    expect(complaints).toEqual([]);
    await close();
  });

  it("are reviewed before they are uploaded, a few at once, and can be cancelled", async () => {
    for (let number = 1; number <= 1000; number++) {
      under.file(
        `thousand/${number % 10}/prompt-${String(number).padStart(4, "0")}.txt`,
        `${number}`,
      );
    }
    const { page, close } = await under.visitService("Many");
    let inFlight = 0;
    let most = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/Versions")) most = Math.max(most, ++inFlight);
    });
    const ended = (request: { url(): string }) => {
      if (request.url().endsWith("/Versions")) inFlight -= 1;
    };
    page.on("requestfinished", ended);
    page.on("requestfailed", ended);
    await drop(page, [path.join(under.folder, "thousand")]);
    await page.getByRole("dialog", { name: "Upload 1,000 files" }).waitFor();
    expect(await page.locator(".rb-plan-line").count()).toBe(1000);
    await page.getByLabel("Visibility of all files").selectOption("private");
    await page.getByText("The service would have 1000 private files.").waitFor();
    await screenshot(page, "51-thousand-review");
    await page.getByRole("button", { name: "Upload 1,000 files" }).click();
    await page.getByText(/^Uploading 9\d\d files…$/).waitFor();
    await expect
      .poll(() => page.locator(".rb-row-file").count(), { timeout: 30_000 })
      .toBeGreaterThan(0);
    await page.getByRole("button", { name: "Cancel all" }).click();
    await page.getByText(/^\d+ files? uploaded$/).waitFor();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    await close();
  });
});
