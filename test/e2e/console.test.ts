import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import {
  clipboard,
  consoleUnderTest,
  createService,
  drop,
  openMenu,
  row,
  screenshot,
  seriousAxeFindings,
  signIn,
  type Visit,
} from "./console-browser.ts";

const EXAMPLES = path.join(import.meta.dirname, "../../examples/ahoy/assets");

const under = consoleUnderTest();

/** Twenty files in folders: sound, pictures, TwiML, and two marked by their names. */
function phoneMenu(): string {
  const root = path.join(under.folder, "phone-menu");
  mkdirSync(path.join(root, "menu/fr"), { recursive: true });
  const copy = (from: string, to: string) => cpSync(path.join(EXAMPLES, from), path.join(root, to));
  copy("ahoy.mp3", "greeting.mp3");
  copy("ringback.wav", "hold music.wav");
  copy("ahoy.png", "logo.png");
  copy("anchor.svg", "anchor.svg");
  copy("voice.xml", "voice.xml");
  copy("ahoy.mp3", "menu/main.mp3");
  copy("ahoy.mp3", "menu/fr/répondeur.mp3");
  copy("ahoy.png", "menu/card.protected.png");
  writeFileSync(path.join(root, "prices.private.json"), '{"call": 1}');
  writeFileSync(path.join(root, "welcome.html"), "<h1>Welcome aboard</h1>");
  for (let number = 1; number <= 10; number++) {
    writeFileSync(path.join(root, `menu/option-${number}.txt`), `Option ${number}`);
  }
  return root;
}

describe("the console", () => {
  let session: Visit;
  beforeAll(async () => {
    // As it is for most people: with what glides and fades.
    session = await under.visit({ reducedMotion: "no-preference" });
  });
  afterAll(() => session?.close());

  it("takes a folder from the desktop to callers, and back", async () => {
    const { page, complaints, origins } = session;
    await under.deleteServices();

    await page.goto("/");
    await screenshot(page, "01-sign-in");
    await signIn(page);
    await page.getByRole("heading", { name: "Create your first service" }).waitFor();
    await screenshot(page, "02-no-services");
    await createService(page, "Phone menu");
    await page.getByRole("heading", { name: "Drop files or a folder here" }).waitFor();
    await screenshot(page, "03-empty-service");

    // Twenty files, two of them marked by name, two more set by hand.
    await drop(page, [phoneMenu()]);
    const review = page.getByRole("dialog", { name: "Upload 20 files" });
    await review.waitFor();
    // A folder keeps its name unless one says where it goes.
    expect(await review.getByLabel("Path of greeting.mp3").inputValue()).toBe(
      "/phone-menu/greeting.mp3",
    );
    await review.getByLabel("Folder they go to").fill("/");
    const visibilityOf = (name: string) => review.getByLabel(`Visibility of ${name}`);
    expect(await visibilityOf("menu/card.protected.png").inputValue()).toBe("protected");
    expect(await visibilityOf("prices.private.json").inputValue()).toBe("private");
    await visibilityOf("menu/main.mp3").selectOption("protected");
    await visibilityOf("menu/option-1.txt").selectOption("private");
    await screenshot(page, "04-review");
    await review.getByRole("button", { name: "Upload 20 files" }).click();

    const uploads = page.getByRole("region", { name: "Uploads" });
    await uploads.waitFor();
    expect(await uploads.getByRole("listitem").count()).toBe(20);
    await screenshot(page, "05-uploading");
    await uploads.getByText("20 files uploaded").waitFor();
    await uploads.getByRole("button", { name: "Close the list of uploads" }).click();
    expect(await page.getByText("Not deployed").count()).toBeGreaterThanOrEqual(20);
    await screenshot(page, "06-uploaded");

    const deploy = page.getByRole("button", { name: "Deploy All" });
    await deploy.click();
    await page.getByText(/Building for production|Activating/).waitFor();
    await screenshot(page, "07-building");
    await page.getByText("Deployed: 20 files are live in production.").waitFor();
    expect(await page.locator(".rb-row-file .rb-state-live").count()).toBe(20);
    await screenshot(page, "08-deployed");

    await page.getByRole("button", { name: "Copy the URL of /greeting.mp3" }).click();
    const url = await clipboard(page);
    expect(url).toMatch(/^http:\/\/phone-menu-\d{4}\.localhost:\d+\/greeting\.mp3$/);
    const greeting = await request(url);
    expect(greeting.status).toBe(200);
    expect(greeting.headers["content-type"]).toBe("audio/mpeg");
    expect(greeting.body).toEqual(readFileSync(path.join(EXAMPLES, "ahoy.mp3")));

    // A name that needs escapes, in a folder: what is copied is a URL that works.
    await page.getByRole("button", { name: "Copy the URL of /menu/fr/répondeur.mp3" }).click();
    expect((await request(await clipboard(page))).status).toBe(200);

    // What is protected answers the signed line alone.
    await openMenu(page, "/menu/main.mp3");
    await screenshot(page, "09-menu");
    await page.getByRole("menuitem", { name: "Copy signed curl command" }).click();
    const line = /^curl -H 'X-Twilio-Signature: (.+)' '(.+)'$/.exec(await clipboard(page));
    const [, signature, protectedUrl] = line as unknown as [string, string, string];
    const signed = { "X-Twilio-Signature": signature };
    expect((await request(protectedUrl, { headers: signed })).status).toBe(200);
    expect((await request(protectedUrl)).status).toBe(403);

    // It plays and shows in the page.
    await page.getByRole("button", { name: "greeting.mp3", exact: true }).click();
    const audio = page.locator("audio");
    await audio.waitFor();
    await page.getByText("Duration").waitFor();
    await audio.evaluate((element: HTMLAudioElement) => {
      element.muted = true;
      return element.play();
    });
    await expect
      .poll(() => audio.evaluate((element: HTMLAudioElement) => element.currentTime))
      .toBeGreaterThan(0);
    await screenshot(page, "10-audio");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("button", { name: "logo.png", exact: true }).click();
    await page.getByText("480 × 480 pixels").waitFor();
    await screenshot(page, "11-image");
    await page.getByRole("button", { name: "Close", exact: true }).click();

    // The root page is the file whose path is /.
    await openMenu(page, "/welcome.html");
    await page.getByRole("menuitem", { name: "Rename or move" }).click();
    await page.getByLabel("Path", { exact: true }).fill("/");
    await page.getByRole("button", { name: "Rename", exact: true }).click();
    await page.getByText("Renamed to /").waitFor();

    // Another sound under the old name.
    await openMenu(page, "/greeting.mp3");
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("menuitem", { name: "Replace with a file" }).click();
    await (await chooser).setFiles(path.join(EXAMPLES, "ringback.wav"));
    await row(page, "greeting.mp3").getByText("Changed").waitFor();
    await page.getByRole("button", { name: "2 changes for production" }).click();
    await page.getByText("Deploying changes: 1 changed, 1 moved").waitFor();
    await screenshot(page, "12-changes");
    await page.keyboard.press("Escape");
    await deploy.click();
    await page.getByText("Deployed: 20 files are live in production.").waitFor();
    const root = new URL("/", url).href;
    expect(String((await request(root)).body)).toBe("<h1>Welcome aboard</h1>");
    expect((await request(url)).body).toEqual(readFileSync(path.join(EXAMPLES, "ringback.wav")));

    // To another environment, and back to the first build in this one.
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("button", { name: "Add environment" }).click();
    await page.getByLabel("Name", { exact: true }).fill("staging");
    await page.getByRole("dialog").getByRole("button", { name: "Add environment" }).click();
    const staging = page.getByRole("region", { name: "Environment staging" });
    await staging.getByText("Nothing is deployed here").waitFor();
    const production = page.getByRole("region", { name: "Environment production" });
    await production.getByRole("button", { name: "Promote to…" }).click();
    await page.getByRole("menuitem", { name: "staging" }).click();
    await page.getByText("Changes for staging: 20 added").waitFor();
    await screenshot(page, "13-promote");
    await page.getByRole("button", { name: "Promote", exact: true }).click();
    await staging.getByText("Live").waitFor();
    const stagingUrl = url.replace(/(phone-menu-\d{4})/, "$1-staging");
    expect((await request(stagingUrl)).status).toBe(200);

    await production.getByRole("button", { name: "Deployments" }).click();
    await production.getByText("1 changed, 1 moved").waitFor();
    await screenshot(page, "14-history");
    await production.getByRole("button", { name: /^Roll back/ }).click();
    await page.getByText("Changes for production: 1 changed, 1 moved").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    await page.getByText("production was rolled back").waitFor();
    expect((await request(url)).body).toEqual(readFileSync(path.join(EXAMPLES, "ahoy.mp3")));
    expect((await request(root)).status).toBe(404);
    expect((await request(stagingUrl)).body).toEqual(
      readFileSync(path.join(EXAMPLES, "ringback.wav")),
    );
    await screenshot(page, "15-rolled-back");

    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([under.server.origin]);
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  });

  it("has no serious accessibility issue on any page, light or dark", async () => {
    const { page } = session;
    const findings: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      // What is on its way in or out has no contrast to speak of.
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.getByRole("link", { name: "Assets" }).click();
      await page.getByRole("treegrid").waitFor();
      findings.push(...(await seriousAxeFindings(page)));
      await openMenu(page, "/logo.png");
      await page.waitForTimeout(400);
      findings.push(...(await seriousAxeFindings(page)));
      await screenshot(page, `20-${colorScheme}-menu`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "anchor.svg", exact: true }).click();
      await page.getByText("SHA-256").waitFor();
      await page.waitForTimeout(400);
      findings.push(...(await seriousAxeFindings(page)));
      await screenshot(page, `21-${colorScheme}-details`);
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Environments" }).click();
      await page.getByRole("region", { name: "Environment production" }).waitFor();
      findings.push(...(await seriousAxeFindings(page)));
      await screenshot(page, `22-${colorScheme}-environments`);
      await page.getByRole("button", { name: "More for production" }).click();
      await page.getByRole("menuitem", { name: "Un-deploy" }).click();
      await page.getByText("Changes for production: 20 removed").waitFor();
      findings.push(...(await seriousAxeFindings(page)));
      await screenshot(page, `23-${colorScheme}-un-deploy`);
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("heading", { name: "Delete this service" }).waitFor();
      findings.push(...(await seriousAxeFindings(page)));
      await page.getByRole("link", { name: "Services", exact: true }).click();
      await page.getByRole("heading", { name: "Services" }).waitFor();
      findings.push(...(await seriousAxeFindings(page)));
      await page.getByRole("link", { name: "Phone menu" }).click();
    }
    expect(findings).toEqual([]);
  });
});
