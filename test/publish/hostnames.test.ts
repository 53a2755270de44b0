import { describe, expect, it } from "vitest";
import { environmentHostnames, hostnameLabel } from "../../src/publish/hostnames.ts";

describe("the label of a hostname", () => {
  it.each([
    ["shop-1234.localhost", "localhost:8787", "shop-1234"],
    ["shop-1234-dev.example.net", "Example.net", "shop-1234-dev"],
    ["a.shop-1234.example.net", "example.net", null],
    ["example.net", "example.net", null],
    [".example.net", "example.net", null],
    ["shopexample.net", "example.net", null],
    ["media.example.com", "example.net", null],
  ])("%s below %s is %s", (hostname, baseDomain, label) => {
    expect(hostnameLabel(hostname, baseDomain)).toBe(label);
  });
});

describe("the hostnames of an environment", () => {
  it("are its own below BASE_DOMAIN, without the port, and its domains", () => {
    const names = { label: "shop-1234", customHostnames: ["media.example.com"] };
    expect(environmentHostnames(names, "localhost:8787")).toEqual([
      "shop-1234.localhost",
      "media.example.com",
    ]);
  });
});
