/** Functions in the console: written, deployed, called, followed in the log, broken and mended. */
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import {
  ACCOUNT,
  clipboard,
  consoleUnderTest,
  createService,
  openMenu,
  row,
  screenshot,
  seriousAxeFindings,
  signIn,
  TOKEN,
  undo,
  type Visit,
} from "./console-browser.ts";

const under = consoleUnderTest();

const GREET = `exports.handler = (context, event, callback) => {
  console.log("<img src=x onerror=alert(1)> greets", event.name);
  console.warn("a warning");
  callback(null, { hello: event.name });
};
`;

function editorOf(page: Page, path: string): Locator {
  return page.getByRole("textbox", { name: `Code of ${path}` });
}

/** Replaces all that stands in an editor, as one who pastes. */
async function write(page: Page, path: string, text: string): Promise<void> {
  await editorOf(page, path).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

async function newFunction(page: Page, path: string, visibility?: string): Promise<void> {
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("menuitem", { name: "New function" }).click();
  const dialog = page.getByRole("dialog", { name: "New function" });
  await dialog.getByLabel("Path").fill(path);
  if (visibility) await dialog.getByLabel("Visibility").selectOption(visibility);
  await dialog.getByRole("button", { name: "Create function" }).click();
  await editorOf(page, path).waitFor();
}

async function save(page: Page): Promise<void> {
  await page.keyboard.press("ControlOrMeta+s");
  await page.getByText("Not saved", { exact: true }).waitFor({ state: "detached" });
}

/** Waits for a scheme's colours and movements to settle, then looks for what axe finds. */
async function accessible(page: Page, name: string, findings: string[]): Promise<void> {
  await page.waitForTimeout(300);
  for (const finding of await seriousAxeFindings(page)) findings.push(`${name}: ${finding}`);
  await screenshot(page, name);
}

describe("functions in the console", () => {
  let session: Visit;
  const findings: string[] = [];
  beforeAll(async () => {
    session = await under.visit();
  });
  afterAll(() => session?.close());

  it("are written, deployed, called, followed, broken and mended", async () => {
    const { page, complaints, origins } = session;
    await signIn(page);
    await createService(page, "Call flow");

    // A protected one, from its template: it answers what Twilio signed, and nobody else.
    await page.getByRole("button", { name: "New function" }).click();
    await accessible(page, "60-new-function", findings);
    const dialog = page.getByRole("dialog", { name: "New function" });
    await dialog.getByLabel("Path").fill("voice");
    await dialog.getByRole("button", { name: "Create function" }).click();
    await editorOf(page, "/voice").waitFor();
    expect(await editorOf(page, "/voice").innerText()).toContain("Twilio.twiml.VoiceResponse");
    await accessible(page, "61-editor", findings);

    // A public one, typed: what is saved is a version, what is deployed is live.
    await newFunction(page, "/greet", "public");
    await write(page, "/greet", GREET);
    await page.getByText("Not saved", { exact: true }).waitFor();
    await save(page);
    const deploy = page.getByRole("button", { name: "Deploy All" });
    await deploy.click();
    await page.getByText("Deployed: 2 files are live in production.").waitFor();
    await page.getByRole("button", { name: "Copy URL" }).click();
    const url = await clipboard(page);
    expect(url).toMatch(/^http:\/\/call-flow-\d{4}\.localhost:\d+\/greet$/);
    expect(String((await request(`${url}?name=Ada`)).body)).toBe('{"hello":"Ada"}');

    await page.getByRole("button", { name: "All files" }).click();
    await row(page, "voice").getByText("Live").waitFor();
    await openMenu(page, "/voice");
    await accessible(page, "62-function-menu", findings);
    await page.getByRole("menuitem", { name: "Copy signed curl command" }).click();
    const line = /^curl -H 'X-Twilio-Signature: (.+)' '(.+)'$/.exec(await clipboard(page));
    const [, signature, protectedUrl] = line as unknown as [string, string, string];
    const signed = await request(protectedUrl, { headers: { "X-Twilio-Signature": signature } });
    expect(String(signed.body)).toContain("<Say>Hello from Ringback</Say>");
    expect((await request(protectedUrl)).status).toBe(403);
    await openMenu(page, "/voice");
    await page.getByRole("menuitem", { name: "Copy as voiceUrl" }).click();
    expect(await clipboard(page)).toBe(`voiceUrl: "${protectedUrl}"`);

    // Its log: text as it was written, in the order of its writing.
    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByText("<img src=x onerror=alert(1)> greets Ada").waitFor();
    const log = page.getByRole("log");
    expect(await log.locator("img").count()).toBe(0);
    await accessible(page, "63-log", findings);
    await page.getByLabel("Level").selectOption("WARN");
    expect(await log.locator(".rb-log-line").count()).toBe(1);
    await page.getByLabel("Level").selectOption("INFO");
    await request(`${url}?name=Grace`);
    await page.getByText("greets Grace").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("Nothing was written yet").waitFor();
    await page.getByLabel("Function", { exact: true }).selectOption("/voice");
    await page.getByText("Nothing was written yet").waitFor();
    await page.getByLabel("Function", { exact: true }).selectOption("/greet");
    await page.getByText("greets Ada").waitFor();

    // Broken: the build says where, nothing typed is lost, what was live still is.
    await page.getByRole("link", { name: "Functions & Assets" }).click();
    await page.getByRole("button", { name: "greet", exact: true }).click();
    const broken = GREET.replace("console.warn", "const = console.warn");
    await write(page, "/greet", broken);
    await save(page);
    await deploy.click();
    const alert = page.getByRole("alert").filter({ hasText: "The build failed" });
    await alert.getByText("SyntaxError: Unexpected token").waitFor();
    await accessible(page, "64-build-failed", findings);
    expect(String((await request(`${url}?name=Ada`)).body)).toBe('{"hello":"Ada"}');
    await page.getByRole("button", { name: "All files" }).click();
    await alert.getByRole("button", { name: "/greet, line 3" }).click();
    await editorOf(page, "/greet").waitFor();
    expect(await page.locator(".cm-activeLine").innerText()).toBe(
      '  const = console.warn("a warning");',
    );
    expect((await editorOf(page, "/greet").innerText()).replaceAll("\n\n", "\n").trim()).toBe(
      broken.trim(),
    );

    await write(page, "/greet", GREET.replace("hello:", "ahoy:"));
    await save(page);
    await deploy.click();
    await page.getByText("Deployed: 2 files are live in production.").waitFor();
    expect(String((await request(`${url}?name=Ada`)).body)).toBe('{"ahoy":"Ada"}');

    expect(complaints.filter((text) => !/status of 400/.test(text))).toEqual([]);
    expect([...origins]).toEqual([under.server.origin]);
    expect(findings).toEqual([]);
  }, 120_000);

  it("keep what was typed while one looks around, and ask before it is lost", async () => {
    const { page } = session;
    await editorOf(page, "/greet").click();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.insertText("// hours of work\n");
    await page.getByRole("button", { name: "All files" }).click();
    await page.getByText("/greet is not saved. What you typed is kept in this tab.").waitFor();
    await row(page, "greet").getByText("Not saved").waitFor();
    await page.getByText("1 file with text that is not saved").waitFor();
    const asked = page.waitForEvent("dialog");
    void page.reload().catch(() => {});
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();

    // Meanwhile another tool saves a version of its own: the person chooses.
    expect(await uploadGreeting(page, "exports.handler = () => {}; // theirs\n")).toBe(201);
    await page.getByRole("button", { name: "greet", exact: true }).click();
    await expect.poll(() => editorOf(page, "/greet").innerText()).toContain("// hours of work");
    await page.getByText("This file was changed elsewhere").waitFor({ timeout: 25_000 });
    await screenshot(page, "65-conflict");
    await page.getByRole("button", { name: "Take theirs" }).click();
    await expect.poll(() => editorOf(page, "/greet").innerText()).toContain("// theirs");
    await write(page, "/greet", GREET);
    await save(page);
  }, 90_000);

  it("are edited by keyboard: Tab indents, Escape and Tab lead out", async () => {
    const { page } = session;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest(".cm-editor") !== null);
    await editorOf(page, "/greet").focus();
    await keyboard.press("ControlOrMeta+Home");
    await keyboard.press("Tab");
    expect(await page.locator(".cm-line").first().innerText()).toMatch(/^ {2}exports/);
    expect(await focused()).toBe(true);
    await keyboard.press("Escape");
    await keyboard.press("Shift+Tab");
    expect(await focused()).toBe(false);
    await keyboard.press("Tab");
    expect(await focused()).toBe(true);
    await keyboard.press("ControlOrMeta+z");
    expect(await page.locator(".cm-line").first().innerText()).toMatch(/^exports/);
    await page.getByText("Not saved", { exact: true }).waitFor({ state: "detached" });
  });

  it("come from .js files, ask for packages, and go", async () => {
    const { page } = session;
    await page.getByRole("button", { name: "All files" }).click();
    const source = `const { upperCase } = require("lodash");
exports.handler = (context, event, callback) => callback(null, upperCase("ahoy"));
`;
    await page.getByLabel("Files to upload").setInputFiles(under.file("shout.js", source));
    const review = page.getByRole("dialog");
    await review.getByLabel("Kind of shout.js").selectOption("function");
    expect(await review.getByLabel("Path of shout.js").inputValue()).toBe("/shout");
    await review.getByRole("button", { name: "Upload", exact: true }).click();
    await page.getByText("1 file uploaded").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByLabel("Kind").selectOption("asset");
    await page.getByText("No file matches.").waitFor();
    await page.getByRole("button", { name: "Show all files" }).click();

    const dependencies = page.getByRole("dialog", { name: "Dependencies" });
    const ask = async (name: string, version: string) => {
      await dependencies.getByLabel("Name of a new dependency").fill(name);
      await dependencies.getByLabel("Version of the new dependency").fill(version);
      await dependencies.getByRole("button", { name: "Add" }).click();
      await dependencies.getByLabel(`Version of ${name}`).waitFor();
    };
    await page.getByRole("button", { name: "Dependencies" }).click();
    await ask("lodash", "^4.17.0");
    await ask("left-pad", "1.3.0");
    await accessible(page, "66-dependencies", findings);
    await dependencies.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page
      .getByText(/left-pad/)
      .first()
      .waitFor();
    await screenshot(page, "67-unknown-dependency");
    await page.getByRole("button", { name: "2 dependencies" }).click();
    await dependencies.getByRole("button", { name: "Remove left-pad" }).click();
    await dependencies.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 3 files are live in production.").waitFor();
    await page.getByRole("button", { name: "Copy the URL of /shout" }).click();
    const url = await clipboard(page);
    expect(String((await request(url)).body)).toBe("AHOY");

    await openMenu(page, "/shout");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await row(page, "shout").waitFor({ state: "detached" });
    await undo(page, "/shout deleted").click();
    await row(page, "shout").waitFor();
    await openMenu(page, "/shout");
    await page.getByRole("menuitem", { name: "Rename or move" }).click();
    await page.getByLabel("Path", { exact: true }).fill("/loud/shout");
    await page.getByRole("button", { name: "Rename", exact: true }).click();
    await page.getByText("Renamed to /loud/shout").waitFor();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 3 files are live in production.").waitFor();
    expect((await request(url)).status).toBe(404);
    expect(String((await request(url.replace("/shout", "/loud/shout"))).body)).toBe("AHOY");
    expect(findings).toEqual([]);
  }, 90_000);

  it("fit on a phone, 360 pixels wide, in the dark", async () => {
    const { page, close } = await under.visit({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      colorScheme: "dark",
    });
    const fits = async (name: string) => {
      await accessible(page, `68-phone-${name}`, findings);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) findings.push(`${name} is ${width} pixels wide`);
    };
    await signIn(page);
    await fits("services");
    await page.getByRole("link", { name: "Call flow" }).click();
    await row(page, "greet").waitFor();
    await fits("list");
    await page.getByRole("button", { name: "greet", exact: true }).click();
    await editorOf(page, "/greet").waitFor();
    await fits("editor");
    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByText("greets Ada").first().waitFor();
    await fits("log");
    expect(findings).toEqual([]);
    await close();
  }, 60_000);
});

/** Saves a version of `/greet` of the service that is open, as another tool would; returns the status. */
async function uploadGreeting(page: Page, source: string): Promise<number> {
  const service = /ZS[0-9a-f]{32}/.exec(page.url())?.[0];
  const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString("base64")}`;
  const functions = `/v1/Services/${service}/Functions`;
  const headers = { Authorization: authorization };
  const list = await request(`${under.server.origin}${functions}`, { headers });
  const { functions: found } = JSON.parse(String(list.body)) as {
    functions: { sid: string; friendly_name: string }[];
  };
  const sid = found.find(({ friendly_name }) => friendly_name === "/greet")?.sid;
  const form = new FormData();
  form.append("Path", "/greet");
  form.append("Visibility", "public");
  form.append("Content", new Blob([source], { type: "application/javascript" }), "greet.js");
  const answer = await fetch(`http://127.0.0.1:${under.server.port}${functions}/${sid}/Versions`, {
    method: "POST",
    body: form,
    headers,
  });
  return answer.status;
}
