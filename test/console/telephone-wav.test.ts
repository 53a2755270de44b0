import { expect, it } from "vitest";
import { telephoneWav } from "../../src/console/app/media/telephone-wav.ts";
import { wavSeconds } from "../../src/console/app/preflight/measures.ts";
import { sniffedType } from "../../src/console/app/preflight/sniff.ts";

it("a telephone WAV is PCM, 16 bit, mono, its samples cut at the loudest", () => {
  const wav = telephoneWav(new Float32Array([0, 1, -1, 2, -2, 0.5]), 8000);
  expect(wav.toHex()).toBe(
    "52494646" +
      "30000000" +
      "57415645666d7420" +
      "10000000" +
      "01000100" +
      "401f0000" +
      "803e0000" +
      "02001000" +
      "64617461" +
      "0c000000" +
      "0000" +
      "ff7f" +
      "0080" +
      "ff7f" +
      "0080" +
      "0040",
  );
  expect(sniffedType(wav)).toBe("audio/wav");
  expect(wavSeconds(wav, wav.length)).toBe(6 / 8000);
});
