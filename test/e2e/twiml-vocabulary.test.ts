import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { childrenOf, isTwimlElement } from "../../src/console/app/twiml/vocabulary.ts";

type Built = { _getXml(): { name: string; children: { name?: string }[] } };

const require = createRequire(import.meta.url);

/** Elements that Twilio documents and the package has no class for yet. */
const BEYOND = ["Connect > Assistant"];

/** What the package's own classes make below each element, found by calling every method of them. */
function vocabulary(): Set<string> {
  const found = new Set<string>();
  const visit = (parent: Built) => {
    const element = parent._getXml();
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(parent));
    for (const method of methods.filter((name) => !["constructor", "comment"].includes(name))) {
      for (const values of [[{}, "x"], ["x"], [{}]]) {
        const before = element.children.length;
        let child: Built;
        try {
          child = (Reflect.get(parent, method) as (...values: unknown[]) => Built).apply(
            parent,
            values,
          );
        } catch {
          continue;
        }
        const name = element.children[before]?.name;
        if (name === undefined) continue;
        const pair = `${element.name} > ${name}`;
        if (found.has(pair)) break;
        found.add(pair);
        if (typeof child?._getXml === "function") visit(child);
        break;
      }
    }
  };
  for (const name of ["VoiceResponse", "MessagingResponse", "FaxResponse"]) {
    const Class = require(`twilio/lib/twiml/${name}`);
    visit(new (Class.default ?? Class)());
  }
  return found;
}

it("TwiML's elements are those that the twilio package makes", () => {
  const made = vocabulary();
  expect(made.size).toBeGreaterThan(80);
  const unknown = [...made].filter((pair) => {
    const [parent, child] = pair.split(" > ") as [string, string];
    return !childrenOf(parent).includes(child);
  });
  expect(unknown).toEqual([]);
  const parents = [...new Set([...made].map((pair) => pair.split(" > ")[0] as string))];
  const invented = parents.flatMap((parent) =>
    childrenOf(parent)
      .map((child) => `${parent} > ${child}`)
      .filter((pair) => !made.has(pair)),
  );
  expect(invented).toEqual(BEYOND);
  expect(isTwimlElement("Foo")).toBe(false);
});
