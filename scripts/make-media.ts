/**
 * Makes the media of examples/ahoy: the ringback tone, a sea shanty to wait by, and a picture.
 * Everything is computed, nothing is sampled, and equal input gives equal samples and pixels.
 * Run it with `npx node scripts/make-media.ts`; the MP3 encoder `lame` must be on the PATH.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { drawHandset } from "./media/picture.ts";
import { encodePng } from "./media/png.ts";
import { playRingback, playShanty } from "./media/sound.ts";
import { encodeWav } from "./media/wav.ts";

const assets = path.join(import.meta.dirname, "../examples/ahoy/assets");

const ringback = encodeWav(playRingback(8000), 8000);
writeFileSync(path.join(assets, "ringback.wav"), ringback);

const shanty = encodeWav(playShanty(22050), 22050);
const mp3 = execFileSync("lame", ["--quiet", "-m", "m", "-b", "48", "-q", "2", "-t", "-", "-"], {
  input: shanty,
});
writeFileSync(path.join(assets, "ahoy.mp3"), mp3);

const picture = encodePng(drawHandset(480), 480);
writeFileSync(path.join(assets, "ahoy.png"), picture);

for (const [name, bytes] of Object.entries({ ringback, mp3, picture })) {
  console.log(`${name}: ${bytes.length} bytes`);
}
