import { createHash } from "node:crypto";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "../../scripts/request.ts";
import {
  ACCOUNT,
  consoleUnderTest,
  createService,
  drop,
  fastForwardTo,
  letGo,
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

/** Adds an asset with one version, as another tool would. */
async function addAsset(serviceSid: string, at: string, content: string): Promise<void> {
  const asset = await under.api("POST", `/Services/${serviceSid}/Assets`, { FriendlyName: at });
  const parts = { Path: at, Visibility: "public" };
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  form.append("Content", new Blob([content], { type: "text/plain" }), "file");
  const answer = await fetch(
    `http://127.0.0.1:${under.server.port}/v1/Services/${serviceSid}/Assets/${asset.sid}/Versions`,
    {
      method: "POST",
      body: form,
      headers: {
        Authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString("base64")}`,
      },
    },
  );
  expect(answer.status).toBe(201);
}

async function uploadAll(page: Page, paths: string[]): Promise<void> {
  await drop(page, paths);
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Upload/ })
    .click();
  await page.getByText(/files? uploaded$/).waitFor();
  await page.getByRole("button", { name: "Close the list of uploads" }).click();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const HOSTILE = [
  "<img src=x onerror=alert(1)>.txt",
  "<svg onload=alert(1)>.svg",
  '"><script>alert(1)<．script>.html',
  "{{constructor.constructor('alert(1)')()}}.txt",
  "\u202egpj.exe.txt",
  "a'b&c=d+e;f$(id)`id`.txt",
  "100% of 50%.txt",
  "a%2e%2e%2fb.txt",
  "what?#fragment.txt",
  ".hidden",
  "emoji 📞.txt",
];

/** As the page shows it: what would turn letters around is escaped. */
function shown(name: string): string {
  return name.replace("\u202e", "%E2%80%AE");
}

describe("names", () => {
  let session: Visit;
  beforeAll(async () => {
    session = await under.visitService("Hostile <b>names</b>");
  });
  afterAll(async () => {
    await session?.close();
    await under.deleteServices();
  });

  it("are text everywhere, and each gets a URL that works", async () => {
    const { page, complaints } = session;
    let dialogs = 0;
    page.on("dialog", (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    const paths = HOSTILE.map((name) => under.file(`hostile/${name}`, `content of ${name}`));
    await uploadAll(page, paths);
    for (const name of HOSTILE) {
      await expect.poll(() => row(page, shown(name)).count(), { message: name }).toBe(1);
    }
    await screenshot(page, "30-hostile-names");
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 11 files are live").waitFor();
    for (const name of HOSTILE) {
      await page
        .getByRole("button", { name: `Copy the URL of /${shown(name)}`, exact: true })
        .click();
      await page.getByText("URL copied.").waitFor();
      const url = await page.evaluate(() => navigator.clipboard.readText());
      expect(String((await request(url)).body), url).toBe(`content of ${name}`);
    }
    await page.getByRole("button", { name: HOSTILE[1] as string, exact: true }).click();
    await page.getByRole("heading", { name: `/${HOSTILE[1]}` }).waitFor();
    await page.getByText("This browser cannot show image/svg+xml.").waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("button", { name: "Deployments" }).click();
    await page.getByRole("button", { name: /^Deployed / }).click();
    await page.getByText(`/${HOSTILE[0]}`, { exact: true }).waitFor();
    expect(await page.locator("main img, main script, main svg[onload], main b").count()).toBe(0);
    expect(dialogs).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("hold no script where a picture or a page is shown", async () => {
    const { page, complaints } = session;
    await page.getByRole("link", { name: "Assets" }).click();
    const script = "<script>top.hacked = document.hacked = 1</script>";
    await uploadAll(page, [
      under.file(
        "evil.svg",
        `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${script}</svg>`,
      ),
      under.file("evil.html", `<body>${script}</body>`),
      under.file("evil.pdf", `%PDF-1.4 ${script}`),
      under.file("scripted.pdf", scriptedPdf()),
    ]);
    for (const [name, shown] of [
      ["evil.svg", page.getByText("9 × 9 pixels")],
      ["evil.html", page.getByText("top.hacked")],
      ["evil.pdf", page.getByText("This browser cannot show application/pdf.")],
      ["scripted.pdf", page.getByText("1 page", { exact: false }).first()],
    ] as const) {
      await page.getByRole("button", { name, exact: true }).click();
      await page.getByText("SHA-256").waitFor();
      await shown.waitFor();
      if (name === "scripted.pdf") {
        const painted = page.getByRole("img", { name: "/scripted.pdf, page 1" });
        await expect
          .poll(() => painted.evaluate(darkPixels), { timeout: 20_000 })
          .toBeGreaterThan(50);
      }
      expect(await page.locator("iframe, embed, object").count()).toBe(0);
      await screenshot(page, `31-${name}`);
      await page.getByRole("button", { name: "Close", exact: true }).click();
    }
    expect(await page.evaluate(() => "hacked" in globalThis || "hacked" in document)).toBe(false);
    expect(complaints).toEqual([]);
  });
});

/** A page that says "Ahoy", and a script that would open a dialog, and one that would send it away. */
function scriptedPdf(): string {
  const script = "app.alert('hacked'); this.submitForm('http://localhost/hacked');";
  const text = "BT /F1 48 Tf 20 80 Td (Ahoy) Tj ET";
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (${script.replace(/[()]/g, "\\$&")}) >> >>`,
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  const body = objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join("");
  return `%PDF-1.7\n${body}trailer\n<< /Root 1 0 R /Size 6 >>\n%%EOF\n`;
}

/** How many pixels of a canvas are dark. */
function darkPixels(canvas: SVGElement | HTMLElement): number {
  const { width, height } = canvas as HTMLCanvasElement;
  const context = (canvas as HTMLCanvasElement).getContext("2d") as CanvasRenderingContext2D;
  const { data } = context.getImageData(0, 0, width, height);
  let dark = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255 && (data[at] as number) < 64) dark += 1;
  }
  return dark;
}

describe("files that cannot be uploaded as they are", () => {
  afterAll(() => under.deleteServices());

  it("are told apart, kept for mending, and never sent", async () => {
    const { page, close } = await under.visitService("Limits");
    await drop(page, [
      under.file("limits/large.wav", new Uint8Array(26_214_401)),
      under.file("limits/fine.txt"),
      under.file("limits/empty.txt", ""),
      under.file("limits/a.txt"),
      under.file("limits/a.protected.txt"),
      under.file("limits/back\\slash.txt"),
    ]);
    const dialog = page.getByRole("dialog");
    await dialog.getByText("26 MB is too large: a file has at most 25 MiB").waitFor();
    expect(await dialog.getByText(/^Same path as/).count()).toBe(2);
    await dialog.getByText("This file is empty").waitFor();
    await dialog.getByText("A path cannot hold a backslash").waitFor();
    await dialog.getByText("4 files cannot be uploaded like this").waitFor();
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "32-findings");
    await dialog.getByRole("button", { name: "Upload 2 files" }).click();

    // The rest is still there; two of them can be mended.
    await dialog.getByLabel("Path of back\\slash.txt").fill("/back-slash.txt");
    await dialog.getByLabel("Path of a.protected.txt").fill("/b.txt");
    await dialog.getByRole("button", { name: "Leave large.wav out" }).click();
    await dialog.getByRole("button", { name: "Upload 3 files" }).click();
    await dialog.waitFor({ state: "hidden" });
    await expect.poll(() => page.locator(".rb-row-file").count()).toBe(5);

    // Nor is one sent in another's place.
    await openMenu(page, "/fine.txt");
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("menuitem", { name: "Replace with a file" }).click();
    await (await chooser).setFiles(under.file("limits/large.wav", new Uint8Array(26_214_401)));
    await page
      .getByText("/fine.txt was not replaced: 26 MB is too large: a file has at most 25 MiB")
      .waitFor();
    await close();
  });
});

describe("files that are dropped while a dialog is open", () => {
  afterAll(() => under.deleteServices());

  it("come to those that are reviewed, each with its own bytes", async () => {
    const { page, sid, close } = await under.visitService("Dropped twice");
    await drop(page, [under.file("dropped/first.txt", "first")]);
    await page.getByLabel("Path of first.txt").fill("/renamed.txt");
    await drop(page, [under.file("dropped/second.txt", "second")]);
    const review = page.getByRole("dialog", { name: "Upload 2 files" });
    await review.getByRole("button", { name: "Upload 2 files" }).click();
    await page.getByText("2 files uploaded").waitFor();
    const versions: { path: string; content_sha256: string }[] = (
      await under.api("GET", `/Services/${sid}/AssetVersions`)
    ).asset_versions;
    expect(
      Object.fromEntries(versions.map(({ path, content_sha256 }) => [path, content_sha256])),
    ).toEqual({ "/renamed.txt": sha256("first"), "/second.txt": sha256("second") });
    await close();
  });

  it("do not take the place of what is typed", async () => {
    const { page, close } = await under.visitService("Dropped while typing");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("menuitem", { name: "New text file" }).click();
    await page.getByLabel("Text", { exact: true }).fill("hours of work");
    await letGo(page, [under.file("dropped/late.txt")]);
    await page.getByText("Finish or close the open dialog first").waitFor();
    expect(await page.getByLabel("Text", { exact: true }).inputValue()).toBe("hours of work");
    await close();
  });

  it("are said to be none where a folder is empty", async () => {
    const { page, close } = await under.visitService("Dropped nothing");
    under.file("nothing/.DS_Store");
    await drop(page, [path.join(under.folder, "nothing")]);
    await page.getByText("There is no file in what was chosen or dropped.").waitFor();
    await close();
  });

  it("are refused by pages that take none, which stay", async () => {
    const { page, close } = await under.visitService("Nowhere to drop");
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("region", { name: "Environment production" }).waitFor();
    const refused = await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([""], "a.txt"));
      return ["dragover", "drop"].map(
        (type) =>
          !document.body.dispatchEvent(
            new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }),
          ),
      );
    });
    expect(refused).toEqual([true, true]);
    await close();
  });
});

describe("what callers and recipients would meet", () => {
  afterAll(() => under.deleteServices());

  it("is said before the deployment, and does not stop it", async () => {
    const { page, close } = await under.visitService("Warnings");
    // A JPEG that holds a GPS latitude in its EXIF data, and nothing else.
    const tiff = "II\x2a\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0";
    const gps = "\x01\0\x02\0\x05\0\x03\0\0\0\x30\0\0\0\0\0\0\0";
    const photo = `\xff\xd8\xff\xe1\0\x34Exif\0\0${tiff}${gps}\xff\xda`;
    const files: [name: string, content: string][] = [
      ["song.ogg", "OggS"],
      ["page.mp3", "<!doctype html><title>404</title>"],
      ["photo.jpg", photo],
      ["large.png", `\x89PNG\r\n\x1a\n${"x".repeat(5_000_000)}`],
      ["picture.webp", "RIFF\0\0\0\0WEBP"],
      ["fine.mp3", "ID3"],
    ];
    await page
      .getByLabel("Files to upload")
      .first()
      .setInputFiles(
        files.map(([name, content]) => under.file(`media/${name}`, Buffer.from(content, "latin1"))),
      );
    await page.getByRole("button", { name: "Upload 6 files" }).click();
    await page.getByText("6 files uploaded").waitFor();
    await page.getByRole("button", { name: "5 files with warnings" }).click();
    for (const words of [
      "<Play> does not take audio/ogg: the call gets error 12300.",
      "served as audio/mpeg, but its bytes are text/html",
      "Everyone can read the position in it (GPS).",
      "An MMS holds 5 MB at most",
      "Twilio passes image/webp on as it is",
    ]) {
      await page.getByText(words).waitFor();
    }
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "37-warnings");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 6 files are live in production.").waitFor();
    await close();
  });
});

describe("the connection", () => {
  afterAll(() => under.deleteServices());

  it("may be lost in the middle of an upload: it is tried again", async () => {
    const { page, close } = await under.visitService("Connection");
    let failures = 0;
    await page.route("**/Versions", (route) => {
      failures += 1;
      return failures <= 2 ? route.abort("connectionreset") : route.continue();
    });
    await drop(page, [under.file("lost.txt"), under.file("kept.txt")]);
    await page.getByRole("button", { name: "Upload 2 files" }).click();
    await fastForwardTo(page, page.getByText("2 files uploaded"));
    expect(failures).toBe(4);
    await expect.poll(() => page.locator(".rb-row-file").count(), { timeout: 10_000 }).toBe(2);
    await close();
  });

  it("may stay away: what failed is kept, says why, and goes on by a press", async () => {
    const { page, close } = await under.visitService("Away");
    await page.route("**/Versions", (route) => route.abort("connectionreset"));
    await drop(page, [under.file("away.txt")]);
    await page.getByRole("dialog").getByRole("button", { name: "Upload", exact: true }).click();
    await fastForwardTo(page, page.getByText("1 upload failed"));
    await page.getByText("The server cannot be reached").waitFor();
    await screenshot(page, "33-failed-upload");
    await page.unroute("**/Versions");
    await page.getByRole("button", { name: "Try it again" }).click();
    await page.getByText("1 file uploaded").waitFor();
    await close();
  });

  it("may stay away for good: what is given up leaves nothing behind", async () => {
    const { page, sid, close } = await under.visitService("Given up");
    await page.route("**/Versions", (route) => route.abort("connectionreset"));
    await drop(page, [under.file("given-up.txt")]);
    await page.getByRole("dialog").getByRole("button", { name: "Upload", exact: true }).click();
    await fastForwardTo(page, page.getByText("1 upload failed"));
    const assets = async () => (await under.api("GET", `/Services/${sid}/Assets`)).assets;
    expect(await assets()).toHaveLength(1);
    // Closing the list forgets nothing: the bar goes on saying what is missing.
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByText("1 file failed to upload and is missing here.").waitFor();
    await page.getByRole("button", { name: "Do without" }).click();
    await expect.poll(assets).toEqual([]);
    await close();
  });

  it("may be slow: what is waited for says so", async () => {
    const { page, close } = await under.visitService("Slow");
    await page.route("**/AssetVersions**", () => {});
    await page.reload();
    await page.getByRole("status", { name: "Loading" }).waitFor();
    expect(await seriousAxeFindings(page)).toEqual([]);
    await close();
  });

  it("may be lost while one looks: the page says so, stays, and tells when it is back", async () => {
    const { page, close } = await under.visitService("Looking");
    await uploadAll(page, [under.file("looked-at.txt")]);
    await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
    const stale = page.getByText("What is shown may be out of date");
    await fastForwardTo(page, stale);
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "33-out-of-date");
    await page.getByRole("button", { name: "looked-at.txt", exact: true }).waitFor();
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await stale.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 1 file is live in production.").waitFor();
    await close();
  });

  it("may be lost in the middle of a promotion: the dialog says so, and it goes on", async () => {
    const { page, sid, close } = await under.visitService("Promoting");
    await under.api("POST", `/Services/${sid}/Environments`, {
      UniqueName: "staging",
      DomainSuffix: "staging",
    });
    await uploadAll(page, [under.file("promoted.txt")]);
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("Deployed: 1 file is live in production.").waitFor();
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("button", { name: "Promote to…" }).first().click();
    await page.getByRole("menuitem", { name: "staging" }).click();
    await page.getByText("Changes for staging: 1 added").waitFor();
    await page.route("**/v1/**", (route) => route.abort("connectionreset"));
    await page.getByRole("button", { name: "Promote", exact: true }).click();
    await page.getByText("The connection is lost. Waiting for it").waitFor();
    await page.unroute("**/v1/**");
    await fastForwardTo(page, page.getByText("staging now serves what production serves"));
    await close();
  });

  it("may be lost in the middle of a deployment: it goes on by itself", async () => {
    const { page, close } = await under.visitService("Deploying");
    await uploadAll(page, [under.file("deployed.txt")]);
    let lost = 0;
    // The answer is lost, not the call: the deployment is there, and must not be made twice.
    await page.route("**/Deployments", async (route) => {
      if (route.request().method() === "POST") {
        lost += 1;
        await route.fetch();
        return route.abort("connectionreset");
      }
      return route.continue();
    });
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("The connection is lost. Waiting for it").waitFor();
    await fastForwardTo(page, page.getByText("Deployed: 1 file is live in production."));
    expect(lost).toBe(1);
    await close();
  });

  it("is not left by mistake while files are uploaded, and an upload can be cancelled", async () => {
    const { page, sid, close } = await under.visitService("Leaving");
    await page.route("**/Versions", () => {});
    await drop(page, [under.file("slow.txt"), under.file("slower.txt")]);
    await page.getByRole("button", { name: "Upload 2 files" }).click();
    await page.getByText("Uploading 2 files").waitFor();
    const asked = page.waitForEvent("dialog");
    void page.reload().catch(() => {});
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();
    await page.getByRole("button", { name: "Cancel /slow.txt" }).click();
    await page.getByRole("button", { name: "Cancel upload" }).click();
    await page.getByText("Uploads cancelled").waitFor();
    // Nothing is left behind.
    await expect
      .poll(async () => (await under.api("GET", `/Services/${sid}/Assets`)).assets)
      .toEqual([]);
    await close();
  });
});

describe("signing in", () => {
  afterAll(() => under.deleteServices());

  it("says what is wrong with credentials, in the API's words", async () => {
    const { page, close } = await under.visit();
    await page.goto("/");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Enter an Account SID or API key").waitFor();
    await signIn(page, "/", "f".repeat(32));
    await page.getByText("These credentials are not right").waitFor();
    await page.getByText("Error 20003.").waitFor();
    expect(await page.getByLabel("Account SID or API key").inputValue()).toBe(ACCOUNT);
    expect(await seriousAxeFindings(page)).toEqual([]);
    await screenshot(page, "34-wrong-credentials");
    await close();
  });

  it("leads back to where one was, and is kept for a tab, or the browser, only when asked", async () => {
    const { page, close } = await under.visit();
    await signIn(page);
    const sid = await createService(page, "Coming back");
    await page.reload();
    await page.getByRole("heading", { name: "Sign in to Ringback" }).waitFor();
    await page.getByLabel("Account SID or API key").fill(ACCOUNT);
    await page.getByLabel("Auth token", { exact: true }).fill(TOKEN);
    await page.getByLabel("Stay signed in").selectOption("tab");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Coming back" }).waitFor();
    expect(page.url()).toContain(sid);
    await page.reload();
    await page.getByRole("heading", { name: "Coming back" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Ringback" }).waitFor();
    expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(TOKEN);

    // In the browser: a new tab does not ask, twelve hours later any does, and signing out is for all.
    await page.clock.install();
    const ofBrowser = async () => {
      await page.getByLabel("Account SID or API key").fill(ACCOUNT);
      await page.getByLabel("Auth token", { exact: true }).fill(TOKEN);
      await page.getByLabel("Stay signed in").selectOption("browser");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Coming back" }).waitFor();
    };
    await ofBrowser();
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByRole("heading", { name: "Coming back" }).waitFor();
    await second.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Ringback" }).waitFor();
    await second.close();
    await ofBrowser();
    await page.clock.fastForward("11:58:00");
    await page.getByRole("heading", { name: "Coming back" }).waitFor();
    await page.clock.fastForward("02:01");
    await page.getByRole("heading", { name: "Sign in to Ringback" }).waitFor();
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(TOKEN);
    await close();
  });

  it("again, when it has expired, loses nothing that was typed or under way", async () => {
    const { page, close } = await under.visitService("Expired");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("menuitem", { name: "New text file" }).click();
    await page.getByLabel("Path", { exact: true }).fill("/typed.txt");
    await page.getByLabel("Text", { exact: true }).fill("hours of work");
    let expired = true;
    await page.route("**/v1/**", (route) =>
      expired
        ? route.fulfill({
            status: 401,
            contentType: "application/json",
            body: '{"code":20003,"message":"Authenticate","more_info":"","status":401}',
          })
        : route.continue(),
    );
    await page.getByRole("button", { name: "Save" }).click();
    const again = page.getByRole("dialog", { name: "Sign in again" });
    await again.waitFor();
    await screenshot(page, "35-expired");
    expired = false;
    await again.getByLabel("Auth token", { exact: true }).fill(TOKEN);
    await again.getByRole("button", { name: "Sign in and go on" }).click();
    await page.getByText("Saved /typed.txt").waitFor();
    await page.getByRole("button", { name: "typed.txt", exact: true }).click();
    await page.getByText("hours of work").waitFor();
    await close();
  });

  it("works with an API key, which explains what it cannot do", async () => {
    const key = await under.api("POST", "/Keys", { FriendlyName: "console" });
    const { page, close } = await under.visit();
    await page.goto("/");
    await page.getByLabel("Account SID or API key").fill(key.sid);
    await page.getByLabel("API key secret").fill(key.secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await createService(page, "By key");
    await uploadAll(page, [under.file("secret.protected.txt")]);
    await page.getByRole("button", { name: "secret.txt", exact: true }).click();
    await page.getByText("an API key’s secret cannot sign").waitFor();
    await close();
  });
});

describe("two at one service", () => {
  afterAll(() => under.deleteServices());

  it("see each other's changes, and nothing is deployed that was not seen", async () => {
    const { page, sid, close } = await under.visitService("Two tabs");
    await uploadAll(page, [under.file("mine.txt")]);
    await addAsset(sid, "/theirs.txt", "theirs");
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("The service has changed meanwhile").waitFor();
    await page.getByRole("button", { name: "theirs.txt", exact: true }).waitFor();
    await screenshot(page, "36-changed-meanwhile");
    await page.getByRole("button", { name: "Deploy what is there now" }).click();
    await page.getByText("Deployed: 2 files are live in production.").waitFor();
    await close();
  });

  it("learn that the service was deleted", async () => {
    const { page, sid, close } = await under.visitService("Deleted elsewhere");
    await under.api("DELETE", `/Services/${sid}`);
    await fastForwardTo(page, page.getByText("There is no such service"));
    await close();
  });

  it("of one browser are told at once", async () => {
    const first = await under.visitService("One browser");
    const second = await first.page.context().newPage();
    await second.goto(first.page.url());
    await second.getByRole("heading", { name: "Drop files or a folder here" }).waitFor();
    await first.page.bringToFront();
    await uploadAll(first.page, [under.file("told.txt")]);
    await second.getByRole("button", { name: "told.txt", exact: true }).waitFor({ timeout: 3_000 });
    await first.close();
  });
});

/** Deploys what is there and waits until it is live. */
async function deployAll(page: Page, files: number): Promise<void> {
  await page.getByRole("button", { name: "Deploy All" }).click();
  await page.getByText(new RegExp(`^Deployed: ${files} files? `)).waitFor();
}

describe("what is live", () => {
  afterAll(() => under.deleteServices());

  it("becomes more visible, comes back and goes only where one is told before", async () => {
    const { page, sid, close } = await under.visitService("Safe");
    const names = ["safe/plan.private.txt", "safe/price.protected.txt", "safe/hello.txt"];
    await uploadAll(
      page,
      names.map((name) => under.file(name, "first")),
    );
    await deployAll(page, 3);

    // New versions, without marks: each keeps the visibility it has, and what is the same is not sent.
    await drop(page, [
      under.file("safe/plan.txt", "second"),
      under.file("safe/price.txt", "second"),
      under.file("safe/hello.txt", "first"),
    ]);
    const review = page.getByRole("dialog");
    await review.getByText("1 file is there already, byte for byte, and not sent.").waitFor();
    const plan = review.getByLabel("Visibility of plan.txt");
    expect(await plan.inputValue()).toBe("private");
    expect(await review.getByLabel("Visibility of price.txt").inputValue()).toBe("protected");
    await plan.selectOption("public");
    await review.getByText("More visible than it is live: private → public").waitFor();
    await review.getByText("1 file would be more visible than now").waitFor();
    await screenshot(page, "80-more-visible");
    await review.getByRole("button", { name: "Upload 2 files" }).click();
    await page.getByText("2 files uploaded").waitFor();
    await page.getByRole("button", { name: "Deploy All" }).click();
    const asked = page.getByRole("dialog", { name: "Deploy All to production" });
    await asked.getByText("More visible than it is live: 1 file").waitFor();
    expect(await seriousAxeFindings(page)).toEqual([]);
    await asked.getByRole("button", { name: "Deploy", exact: true }).click();
    await page.getByText("1 file more visible than before.").waitFor();

    // Back, with the draft kept: what would come back is said.
    const rollBack = async (choice: RegExp) => {
      await page.getByRole("link", { name: "Environments" }).click();
      await page.getByRole("button", { name: "Deployments" }).click();
      await page.getByText(/2 changed, 1 more visible/).waitFor();
      await page.getByText("by the auth token, in the console: Deploy All").first().waitFor();
      await page
        .getByRole("button", { name: /^Roll back to/ })
        .last()
        .click();
      await page.getByRole("radio", { name: choice }).check();
      expect(await seriousAxeFindings(page)).toEqual([]);
      await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
      await page.getByText("production was rolled back").first().waitFor();
      await page.getByRole("link", { name: "Functions & Assets" }).click();
    };
    await rollBack(/^Keep it/);
    await page.getByText("2 changes for production").waitFor();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await asked.getByText(/^production was rolled back .+: this puts 2 changes back$/).waitFor();
    await screenshot(page, "81-comes-back");
    await asked.getByRole("button", { name: "Cancel" }).click();

    // Discarded: one file, then all.
    await page.getByRole("button", { name: "2 changes for production" }).click();
    await page.getByRole("button", { name: "Discard the change of /price.txt" }).click();
    await page.getByRole("button", { name: "1 change for production" }).waitFor();
    await page.getByRole("button", { name: "Discard all changes" }).click();
    await page.getByText("All live in production").waitFor();

    // A file has its earlier versions.
    await page.getByRole("button", { name: "plan.txt", exact: true }).click();
    await page.getByRole("button", { name: "Earlier versions" }).click();
    await page
      .getByRole("button", { name: /^Use the version of/ })
      .first()
      .click();
    await page.getByText("/plan.txt: the earlier version is live from").waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await row(page, "plan.txt").getByText("private → public").waitFor();

    // What is deleted is served until a deployment; one file is deployed alone.
    await openMenu(page, "/hello.txt");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("production serves it until the next deployment.").waitFor();
    await row(page, "hello.txt").getByText("Deleted, still live").waitFor();
    await openMenu(page, "/hello.txt");
    await page.getByRole("menuitem", { name: "Deploy its deletion alone" }).click();
    await page.getByText("Everything else stays as it is live.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Deploy", exact: true }).click();
    await page.getByText("Deployed 1 file alone: 2 files are live in production.").waitFor();
    await row(page, "hello.txt").waitFor({ state: "detached" });
    const { environments } = await under.api("GET", `/Services/${sid}/Environments`);
    const build = await under.api("GET", `/Services/${sid}/Builds/${environments[0].build_sid}`);
    const live = build.asset_versions.map(
      ({ path, visibility }: { path: string; visibility: string }) => `${path} ${visibility}`,
    );
    expect(live.sort()).toEqual(["/plan.txt private", "/price.txt protected"]);
    await close();
  });

  it("is not taken for complete where something is missing", async () => {
    const { page, sid, close } = await under.visitService("Missing");
    await uploadAll(page, [under.file("missing/there.txt")]);
    await page.route("**/Versions", (route) =>
      route.fulfill({
        status: 400,
        contentType: "application/json",
        body: '{"code":20001,"message":"Made to fail","more_info":"","status":400}',
      }),
    );
    await drop(page, [under.file("missing/not-there.txt")]);
    await page.getByRole("dialog").getByRole("button", { name: "Upload", exact: true }).click();
    await page.getByText("1 upload failed").waitFor();
    await page.getByRole("button", { name: "Close the list of uploads" }).click();
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("1 file failed to upload and would be missing").waitFor();
    await page.getByRole("button", { name: "Deploy without them" }).click();
    await page.getByText("Missing: 1 file that failed to upload.").waitFor();
    await page.getByText("All that is here is live in production").waitFor();
    await screenshot(page, "82-missing");
    await page.unroute("**/Versions");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("1 change for production").waitFor();

    // Text that is not saved; Ctrl+S saves it wherever the focus is.
    await openMenu(page, "/there.txt");
    await page.getByRole("menuitem", { name: "Edit text" }).click();
    await page.getByRole("textbox", { name: "Text of /there.txt" }).click();
    await page.keyboard.type("typed ");
    await page.getByRole("button", { name: "Deploy All" }).click();
    await page.getByText("1 file with text that is not saved", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: "Missing" }).click();
    await page.keyboard.press("ControlOrMeta+s");
    await page.getByText("2 changes for production").waitFor();

    // A variable's lines are what the API had, until the person changes them.
    const { environments } = await under.api("GET", `/Services/${sid}/Environments`);
    const variables = `/Services/${sid}/Environments/${environments[0].sid}/Variables`;
    await under.api("POST", variables, { Key: "PEM", Value: "-----\r\nabc\r\n-----\r\n" });
    await page.getByRole("link", { name: "Environments" }).click();
    await page.getByRole("button", { name: "Variables" }).click();
    const value = page.getByLabel("Value of PEM", { exact: true });
    expect(await value.inputValue()).toBe("-----\nabc\n-----\n");
    await value.fill("-----\nabcd\n-----\n");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("PEM saved").waitFor();
    const { variables: kept } = await under.api("GET", variables);
    expect(kept[0].value).toBe("-----\r\nabcd\r\n-----\r\n");
    await close();
  });
});

/** Holds the next upload back for so long that one after it would overtake it. */
async function slowFirstUpload(page: Page): Promise<void> {
  let calls = 0;
  await page.route("**/Versions", async (route) => {
    calls += 1;
    if (calls === 1) await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
}

/** The versions of the only asset of a service, newest first, as `path visibility`. */
async function versionsOf(serviceSid: string): Promise<string[]> {
  const assets = `/Services/${serviceSid}/Assets`;
  const [asset] = (await under.api("GET", assets)).assets;
  const { asset_versions } = await under.api("GET", `${assets}/${asset.sid}/Versions`);
  return asset_versions.map(
    ({ path, visibility }: { path: string; visibility: string }) => `${path} ${visibility}`,
  );
}

describe("mistakes", () => {
  afterAll(() => under.deleteServices());

  it("can be taken back: a deletion, a visibility, a name", async () => {
    const { page, sid, close } = await under.visitService("Undo");
    await uploadAll(page, [under.file("kept-after-all.txt")]);
    await openMenu(page, "/kept-after-all.txt");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Drop files or a folder here" }).waitFor();
    await undo(page, "kept-after-all.txt").click();
    await row(page, "kept-after-all.txt").waitFor();
    const visibility = page.getByLabel("Visibility of /kept-after-all.txt");
    await visibility.selectOption("private");
    await page.getByText("private from the next deployment on").waitFor();
    await expect.poll(() => visibility.inputValue()).toBe("private");
    await undo(page, "private from the next deployment on").click();
    await expect.poll(() => visibility.inputValue()).toBe("public");
    const { assets } = await under.api("GET", `/Services/${sid}/Assets`);
    expect(assets).toHaveLength(1);
    await close();
  });

  it("of two visibilities that are chosen in a row, the later stays", async () => {
    const { page, sid, close } = await under.visitService("Twice");
    await uploadAll(page, [under.file("twice.txt")]);
    await slowFirstUpload(page);
    const visibility = page.getByLabel("Visibility of /twice.txt");
    await visibility.selectOption("protected");
    await visibility.selectOption("private");
    await page.getByText("private from the next deployment on").waitFor();
    await page.getByText("protected from the next deployment on").waitFor();
    await expect.poll(() => visibility.inputValue()).toBe("private");
    expect((await versionsOf(sid))[0]).toBe("/twice.txt private");
    await close();
  });

  it("a path and a visibility that are chosen in a row both stay", async () => {
    const { page, sid, close } = await under.visitService("Renamed");
    await uploadAll(page, [under.file("first.txt")]);
    await slowFirstUpload(page);
    await openMenu(page, "/first.txt");
    await page.getByRole("menuitem", { name: "Rename or move" }).click();
    await page.getByLabel("Path", { exact: true }).fill("/second.txt");
    await page.getByRole("button", { name: "Rename", exact: true }).click();
    await page.getByLabel("Visibility of /first.txt").selectOption("private");
    await page.getByText("/second.txt: private from the next deployment on").waitFor();
    const made = ["/second.txt private", "/second.txt public", "/first.txt public"];
    expect(await versionsOf(sid)).toEqual(made);
    await undo(page, "/second.txt: private").click();
    await expect.poll(() => versionsOf(sid)).toEqual(["/second.txt public", ...made]);
    await close();
  });

  it("are not taken back by signing out: what was deleted is", async () => {
    const { page, sid, close } = await under.visitService("Signing out");
    await uploadAll(page, [under.file("deleted.txt")]);
    await openMenu(page, "/deleted.txt");
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await undo(page, "deleted.txt").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Ringback" }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await expect
      .poll(async () => (await under.api("GET", `/Services/${sid}/Assets`)).assets)
      .toEqual([]);
    await close();
  });

  it("a service is deleted only by its name", async () => {
    const { page, close } = await under.visit();
    await signIn(page);
    const sid = await createService(page, "Short lived");
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Delete service…" }).click();
    const remove = page.getByRole("dialog").getByRole("button", { name: "Delete" });
    expect(await remove.isDisabled()).toBe(true);
    await page.getByLabel(/^Type “short-lived”/).fill("short-lived");
    await remove.click();
    await page.getByRole("heading", { name: "Services", level: 1 }).waitFor();
    expect(await under.api("GET", `/Services/${sid}`)).toMatchObject({ status: 404 });
    await close();
  });
});
