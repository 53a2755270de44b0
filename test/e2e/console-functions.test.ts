/** Functions in the console: written, deployed, called, followed in the log, broken and mended. */
import type { Locator, Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import { startTestRegistry } from "../registry/server.ts";
import {
  ACCOUNT,
  clipboard,
  consoleUnderTest,
  createService,
  fastForwardTo,
  openMenu,
  row,
  screenshot,
  seriousAxeFindings,
  signIn,
  TOKEN,
  undo,
  type Visit,
} from "./console-browser.ts";
import { startServer } from "./started-server.ts";

/** Packages come from node_modules, so that no test depends on the world. */
const under = consoleUnderTest(async () => {
  const registry = await startTestRegistry();
  return startServer({ environment: { RINGBACK_DEMO: "0", NPM_REGISTRY: registry.url } });
});

const GREET = `exports.handler = (context, event, callback) => {
  for (let line = 1; line <= (event.lines ?? 0); line++) console.log("line", line);
  console.log("<img src=x onerror=alert(1)> greets", event.name);
  console.warn("a warning");
  callback(null, { hello: event.name });
};
`;

/** For a busy machine: nothing here asserts a time. */
const PATIENTLY = { timeout: 10_000 };

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

/** Looks for what axe finds, and keeps how it looked. */
async function accessible(page: Page, name: string, findings: string[]): Promise<void> {
  for (const finding of await seriousAxeFindings(page)) findings.push(`${name}: ${finding}`);
  await screenshot(page, name);
}

describe("functions in the console", () => {
  let session: Visit | undefined;
  const findings: string[] = [];
  afterAll(() => session?.close());

  it("are written, deployed, called, followed, broken and mended", async () => {
    // When this is a second try, the first left something behind.
    await session?.close();
    await under.deleteServices();
    findings.length = 0;
    session = await under.visit();
    const { page, complaints, origins } = session;
    // What is asked for again and again need not be waited for.
    await page.clock.install();
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
    await fastForwardTo(page, page.getByText("<img src=x onerror=alert(1)> greets Ada"));
    const log = page.getByRole("log");
    expect(await log.locator("img").count()).toBe(0);
    await accessible(page, "63-log", findings);
    await page.getByLabel("Level").selectOption("WARN");
    expect(await log.locator(".rb-log-line").count()).toBe(1);
    await page.getByLabel("Level").selectOption("INFO");
    await request(`${url}?name=Grace`);
    await fastForwardTo(page, page.getByText("greets Grace"));
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("Nothing was written yet").waitFor();
    await page.getByLabel("Function", { exact: true }).selectOption("/voice");
    await page.getByText("Nothing was written yet").waitFor();
    await page.getByLabel("Function", { exact: true }).selectOption("/greet");
    await page.getByText("greets Ada").waitFor();

    // The newest line stays in sight, until one looks at older ones; nothing is read while it rests.
    const fromEnd = () =>
      log.evaluate(({ scrollHeight, scrollTop, clientHeight }) =>
        Math.round(scrollHeight - scrollTop - clientHeight),
      );
    await request(`${url}?name=Many&lines=100`);
    await fastForwardTo(page, page.getByText("greets Many"));
    await expect.poll(fromEnd, PATIENTLY).toBe(0);
    await log.evaluate((element) => element.scrollTo(0, 0));
    await page.getByRole("button", { name: "To the newest line" }).waitFor();
    await request(`${url}?name=Unseen`);
    await fastForwardTo(page, page.getByText("greets Unseen"));
    expect(await log.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
    await page.getByRole("button", { name: "To the newest line" }).click();
    await expect.poll(fromEnd, PATIENTLY).toBe(0);
    await page.getByRole("button", { name: "Pause" }).click();
    await request(`${url}?name=Later`);
    let reads = 0;
    page.on("request", (sent) => {
      if (/\/Logs\b/.test(sent.url())) reads += 1;
    });
    for (let seconds = 0; seconds < 60; seconds++) await page.clock.fastForward(1_000);
    expect(await page.getByText("greets Later").count()).toBe(0);
    expect(reads).toBe(0);
    await page.getByRole("button", { name: "Follow" }).click();
    await fastForwardTo(page, page.getByText("greets Later"));

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
    await alert.getByRole("button", { name: "/greet, line 4" }).click();
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
  });

  it("keep what was typed while one looks around, and ask before it is lost", async () => {
    const { page } = session as Visit;
    await editorOf(page, "/greet").click();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.insertText("// hours of work\n");
    await page.getByRole("button", { name: "All files" }).click();
    const notice = page.getByText("/greet is not saved. What you typed is kept in this tab.");
    await notice.waitFor();
    // Looking again says it no second time.
    await page.getByRole("button", { name: "greet", exact: true }).click();
    await editorOf(page, "/greet").waitFor();
    await page.getByRole("button", { name: "All files" }).click();
    await row(page, "greet").waitFor();
    expect(await notice.count()).toBe(1);
    await row(page, "greet").getByText("Not saved").waitFor();
    await page.getByText("1 file with text that is not saved").waitFor();
    const asked = page.waitForEvent("dialog");
    void page.reload().catch(() => {});
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();

    // Meanwhile another tool saves a version of its own: the person chooses.
    expect(await otherTool(page, "POST", "exports.handler = () => {}; // theirs\n")).toBe(201);
    await page.getByRole("button", { name: "greet", exact: true }).click();
    await editorOf(page, "/greet").filter({ hasText: "// hours of work" }).waitFor();
    await fastForwardTo(page, page.getByText("This file was changed elsewhere"));
    await screenshot(page, "65-conflict");
    await page.getByRole("button", { name: "Take theirs" }).click();
    await editorOf(page, "/greet").filter({ hasText: "// theirs" }).waitFor();

    // It is deleted elsewhere: what was typed makes it anew.
    await write(page, "/greet", GREET);
    await page.getByText("Not saved", { exact: true }).waitFor();
    expect(await otherTool(page, "DELETE")).toBe(204);
    await page.getByRole("button", { name: "All files" }).click();
    await page.getByRole("button", { name: "greet", exact: true }).click();
    await page.getByText("/greet was deleted while what you typed was not saved.").waitFor();
    await page.getByRole("button", { name: "Make it again with what I typed" }).click();
    await editorOf(page, "/greet").filter({ hasText: "greets" }).waitFor();
    await page.getByText("Not saved", { exact: true }).waitFor({ state: "detached" });
  });

  it("are edited by keyboard: Tab indents, Escape and Tab lead out", async () => {
    const { page } = session as Visit;
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
    const { page } = session as Visit;
    await page.getByRole("button", { name: "All files" }).click();
    const source = `const { upperCase } = require("lodash");
exports.handler = (context, event, callback) => callback(null, upperCase("ahoy"));
${"// a longer source than the editor is high\n".repeat(60)}`;
    await page.getByLabel("Files to upload").setInputFiles(under.file("shout.js", source));
    const review = page.getByRole("dialog");
    await review.getByLabel("Kind of shout.js").selectOption("function");
    expect(await review.getByLabel("Path of shout.js").inputValue()).toBe("/shout");
    await review.getByRole("button", { name: "Upload", exact: true }).click();
    await page.getByText("1 file uploaded").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByRole("button", { name: "shout", exact: true }).click();
    await editorOf(page, "/shout").waitFor();
    await accessible(page, "66-long-source", findings);
    await page.getByRole("button", { name: "All files" }).click();
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
    await dependencies.getByLabel("Version of the new dependency").fill("git+ssh://example.com/a");
    await dependencies.getByText(/^A version of the registry is needed/).waitFor();
    await ask("lodash", "^99.0.0");
    await accessible(page, "66-dependencies", findings);
    await dependencies.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    const refused = page.getByRole("alert").filter({ hasText: "Not deployed." });
    await refused.getByText(/lodash/).waitFor();
    await screenshot(page, "67-no-such-version");
    await page.getByRole("button", { name: "1 dependency" }).click();
    await dependencies.getByLabel("Version of lodash").fill("^4.17.0");
    await dependencies.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 3 files are live in production.").waitFor();
    // What the build made of it is told where it was asked for.
    await page.getByRole("button", { name: "1 dependency" }).click();
    await dependencies.getByText("The last build has 1 package").click();
    await dependencies.getByText(/^lodash 4\.\d+\.\d+$/).waitFor();
    await accessible(page, "67-resolved", findings);
    await dependencies.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Copy the URL of /shout" }).click();
    const url = await clipboard(page);
    expect(String((await request(url)).body)).toBe("AHOY");

    await openMenu(page, "/shout");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("production serves it until the next deployment.").waitFor();
    await row(page, "shout").getByText("Deleted, still live").waitFor();
    await undo(page, "/shout deleted").click();
    await row(page, "shout").getByText("Live", { exact: true }).waitFor();
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
  });

  it("share their editor with assets that are text", async () => {
    const { page } = session as Visit;
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("menuitem", { name: "New text file" }).click();
    await page.getByLabel("Path", { exact: true }).fill("/hold.xml");
    await page.getByLabel("Text", { exact: true }).fill("<Response><Play/></Response>");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "hold.xml").waitFor();
    await openMenu(page, "/hold.xml");
    await page.getByRole("menuitem", { name: "Edit text" }).click();
    await page.getByRole("textbox", { name: "Text of /hold.xml" }).click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("<!-- ☎ -->");
    await save(page);
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 4 files are live in production.").waitFor();
    await page.getByRole("button", { name: "Copy URL" }).click();
    const { headers, body } = await request(await clipboard(page));
    expect(headers["content-type"]).toContain("xml");
    expect(String(body)).toBe("<Response><Play/></Response><!-- ☎ -->");
  });

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
  });
});

/**
 * Does to `/greet`, of the service that is open, what another tool would: saves `source`, or deletes
 * it. Returns the status of the answer.
 */
async function otherTool(page: Page, method: "POST" | "DELETE", source = ""): Promise<number> {
  const functions = `/Services/${/ZS[0-9a-f]{32}/.exec(page.url())?.[0]}/Functions`;
  const list: { sid: string; friendly_name: string }[] = (await under.api("GET", functions))
    .functions;
  const sid = list.find(({ friendly_name }) => friendly_name === "/greet")?.sid;
  const url = `http://127.0.0.1:${under.server.port}/v1${functions}/${sid}`;
  const headers = {
    Authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString("base64")}`,
  };
  if (method === "DELETE") return (await fetch(url, { method, headers })).status;
  const body = new FormData();
  body.append("Path", "/greet");
  body.append("Visibility", "public");
  body.append("Content", new Blob([source], { type: "application/javascript" }), "greet.js");
  return (await fetch(`${url}/Versions`, { method, headers, body })).status;
}
