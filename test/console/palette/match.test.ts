import { describe, expect, it } from "vitest";
import { MOST_SHOWN, matching } from "../../../src/console/app/palette/match.ts";

const ENTRIES = [
  { label: "/ivr/main-menu.mp3", hint: "public asset" },
  { label: "/menu.xml", hint: "protected asset" },
  { label: "/ivr/fr/Répondeur.wav", hint: "private asset" },
  { label: "menu-service", hint: "Service" },
  { label: "Variables of dev", hint: "thanos-1234-dev.example.net" },
  { label: "New function", hint: "Action" },
];

describe("what the palette finds", () => {
  it.each([
    [
      "a label's start goes before a word's start",
      "menu",
      ["menu-service", "/ivr/main-menu.mp3", "/menu.xml"],
    ],
    ["every word has to be there", "menu protected", ["/menu.xml"]],
    ["in any order", "asset ivr", ["/ivr/main-menu.mp3", "/ivr/fr/Répondeur.wav"]],
    ["without case and accents", "REPONDEUR", ["/ivr/fr/Répondeur.wav"]],
    ["accents typed in either form", "re\u0301pon", ["/ivr/fr/Répondeur.wav"]],
    ["by its hint", "thanos", ["Variables of dev"]],
    ["a name before a hint", "ser", ["menu-service"]],
    ["inside a word", "nctio", ["New function"]],
    ["nothing", "zebra", []],
    ["letters that mean something in a pattern", "(.*", []],
  ])("%s: %s", (_, typed, labels) => {
    expect(matching(ENTRIES, typed).map(({ label }) => label)).toEqual(labels);
  });

  it("shows all in their order before anything is typed, and never too many", () => {
    expect(matching(ENTRIES, "  ")).toEqual(ENTRIES);
    const many = Array.from({ length: 1_000 }, (_, at) => ({ label: `/${at}.mp3`, hint: "" }));
    expect(matching(many, "mp3")).toHaveLength(MOST_SHOWN);
    expect(matching(many, "")).toHaveLength(MOST_SHOWN);
  });
});
