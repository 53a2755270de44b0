import { beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../deployment.ts";
import { receive, send } from "./client.ts";

/**
 * docs/architecture.md "How a request is answered", 1: which deployment a request reaches. The base
 * domain is `localhost:8787`. Authorities are handed over to the letter, as a runtime that does not
 * parse them would.
 */

const A = "hosts-a-2001";
const B = "hosts-b-2002";
const LABEL_63 = `hosts-${"x".repeat(57)}`;
/** 253 characters, the longest a name can be. */
const NAME_253 = `hosts.${"x".repeat(59)}.${"x".repeat(61)}.${"x".repeat(61)}.${"x".repeat(63)}`;

beforeAll(async () => {
  const tenant = (name: string) => ({
    "/who": { body: name },
    "/assets/index.html": { body: name },
  });
  await deploy(`${A}.localhost`, tenant("a"));
  await deploy(`${B}.localhost`, tenant("b"));
  await deploy("media.hosts-custom.example", tenant("custom"));
  await deploy("xn--hosts-bcher-zhb.localhost", tenant("idn"));
  await deploy(`${LABEL_63}.localhost`, tenant("63"));
  await deploy(NAME_253, tenant("253"));
  // Names that no host rule may reach, whatever stands in KV under them.
  for (const name of [
    "localhost",
    "serverless.localhost",
    "serverless-upload.localhost",
    `sub.${A}.localhost`,
    "hosts_under.localhost",
    "-hosts.localhost",
    "hosts-.localhost",
    "hosts-single",
    "127.0.0.1",
    "127.0.0.2",
    "[::1]",
    "[::2]",
    "10.0.0.1",
    "hosts_custom.example",
    `x${NAME_253}`,
    `${"x".repeat(64)}.localhost`,
    "hosts..localhost",
    ".localhost",
    "",
  ]) {
    await deploy(name, tenant("unreachable"));
  }
});

describe("one deployment under every spelling of its name", () => {
  it.each([
    ["plain", `${A}.localhost:8787`, "a"],
    ["no-port", `${A}.localhost`, "a"],
    ["port-443", `${A}.localhost:443`, "a"],
    ["port-80", `${A}.localhost:80`, "a"],
    ["port-other", `${A}.localhost:1`, "a"],
    ["port-last", `${A}.localhost:65535`, "a"],
    ["port-empty", `${A}.localhost:`, "a"],
    ["upper-case", `${A.toUpperCase()}.LOCALHOST:8787`, "a"],
    ["mixed-case", `Hosts-A-2001.LocalHost:8787`, "a"],
    ["trailing-dot", `${A}.localhost.`, "a"],
    ["trailing-dot-and-port", `${A}.localhost.:443`, "a"],
    ["trailing-dot-upper-case", `${A.toUpperCase()}.LOCALHOST.:8787`, "a"],
    ["other-tenant", `${B}.localhost:8787`, "b"],
    ["custom-domain", "media.hosts-custom.example", "custom"],
    ["custom-domain-upper-case", "MEDIA.Hosts-Custom.Example:443", "custom"],
    ["custom-domain-trailing-dot", "media.hosts-custom.example.", "custom"],
    ["idn-in-punycode", "xn--hosts-bcher-zhb.localhost", "idn"],
    ["idn-in-punycode-upper-case", "XN--HOSTS-BCHER-ZHB.localhost", "idn"],
    ["label-of-63", `${LABEL_63}.localhost`, "63"],
    ["name-of-253", NAME_253, "253"],
    ["name-of-253-trailing-dot", `${NAME_253}.`, "253"],
  ])("HOST-%s", async (_id, authority, body) => {
    for (const scheme of ["http", "https"]) {
      expect(await receive(`${scheme}://${authority}/who`)).toMatchObject({ status: 200, body });
      expect(await receive(`${scheme}://${authority}/`)).toMatchObject({ status: 200, body });
      expect(await receive(`${scheme}://${authority}`)).toMatchObject({ status: 200, body });
      expect(await receive(`${scheme}://${authority}?x=/who`)).toMatchObject({ status: 200, body });
    }
  });

  it("HOST-idn: a browser's Unicode name is its punycode", async () => {
    expect(await send("http://hosts-bücher.localhost/who")).toMatchObject({
      status: 200,
      body: "idn",
    });
  });
});

describe("a malformed or foreign name reaches nobody", () => {
  it.each([
    ["unknown", "hosts-nobody-2003.localhost", 404],
    ["prefix-of-a-name", "hosts-a-200.localhost", 404],
    ["longer-than-a-name", `${A}1.localhost`, 404],
    ["label-alone", A, 404],
    ["two-labels", `sub.${A}.localhost`, 404],
    ["deployment-below-two-labels", `x.sub.${A}.localhost`, 404],
    ["suffix-of-base", `${A}.xlocalhost`, 404],
    ["base-without-dot", `${A}localhost`, 404],
    ["base-in-the-middle", `${A}.localhost.evil.example`, 404],
    ["underscore", "hosts_under.localhost", 404],
    ["underscore-custom", "hosts_custom.example", 404],
    ["leading-hyphen", "-hosts.localhost", "4xx"],
    ["trailing-hyphen", "hosts-.localhost", "4xx"],
    ["label-of-64", `${"x".repeat(64)}.localhost`, 404],
    ["name-of-254", `x${NAME_253}`, 404],
    ["name-of-70000", `${"x".repeat(70_000)}.localhost`, 404],
    ["many-labels", `${"a.".repeat(10_000)}localhost`, 404],
    ["single-label", "hosts-single", 404],
    ["empty", "", 400],
    ["dot", ".", 400],
    ["dots", "..", 400],
    ["port-alone", ":8787", 400],
    ["leading-dot", `.${A}.localhost`, 400],
    ["empty-label", `${A}..localhost`, "4xx"],
    ["two-trailing-dots", `${A}.localhost..`, 400],
    ["wildcard", "*.localhost", 400],
    ["loopback-other", "127.0.0.2", 404],
    ["ipv4", "10.0.0.1", 404],
    ["ipv4-short", "10.1", 404],
    ["ipv4-number", "2130706433", 404],
    ["ipv4-hexadecimal", "0x7f000001", 404],
    ["ipv6", "[::2]", 404],
    ["ipv6-with-port", "[::2]:8787", 404],
    ["ipv6-unbracketed", "::1", 400],
    ["ipv6-zone", "[fe80::1%25eth0]", 400],
    ["ipv6-open", `[${A}.localhost`, 400],
    ["name-in-brackets", `[${A}.localhost]`, 400],
    ["userinfo", `user@${A}.localhost`, 400],
    ["userinfo-with-password", `user:word@${A}.localhost`, 400],
    ["userinfo-of-a-tenant", `${B}.localhost@${A}.localhost`, 400],
    ["userinfo-empty", `@${A}.localhost`, 400],
    ["two-hosts-joined", `${A}.localhost, ${B}.localhost`, 400],
    ["two-hosts-comma", `${A}.localhost,${B}.localhost`, 400],
    ["two-hosts-space", `${A}.localhost ${B}.localhost`, 400],
    ["two-hosts-tab", `${A}.localhost\t${B}.localhost`, 400],
    ["two-hosts-semicolon", `${A}.localhost;${B}.localhost`, 400],
    ["two-ports", `${A}.localhost:1:2`, 400],
    ["port-letters", `${A}.localhost:http`, 400],
    ["port-sign", `${A}.localhost:-1`, 400],
    ["port-past-the-last", `${A}.localhost:65536`, 400],
    ["port-past-the-last-control-plane", "localhost:65536", 400],
    ["port-of-six-digits", `${A}.localhost:100000`, 400],
    ["port-then-name", `${A}.localhost:80@${B}.localhost`, 400],
    ["trailing-space", `${A}.localhost `, 400],
    ["leading-space", ` ${A}.localhost`, 400],
    ["line-break", `${A}.localhost\r\nX-Injected: 1`, 400],
    ["nul", `${A}.localhost\0.example`, 400],
    ["percent-encoded-dot", `${A}%2elocalhost`, 400],
    ["percent-encoded-slash", `${A}.localhost%2f`, 400],
    ["percent-encoded-nul", `${A}.localhost%00.example`, 400],
    ["backslash", `${A}.localhost\\.example`, 400],
    ["ideographic-full-stop", `${A}\u3002localhost`, 400],
    ["fullwidth", "ｈosts-a-2001.localhost", 400],
    ["kelvin-sign", "\u212aosts.localhost", 400],
    ["long-s", "ho\u017fts-a-2001.localhost", 400],
    ["raw-idn", "hosts-bücher.localhost", 400],
    ["soft-hyphen", `hosts\u00ad-a-2001.localhost`, 400],
    ["zero-width-joiner", `hosts\u200d-a-2001.localhost`, 400],
    ["quote", `"${A}.localhost"`, 400],
    ["template", "{{7*7}}.localhost", 400],
    ["prototype", "__proto__", 404],
    ["prototype-below-base", "__proto__.localhost", 404],
    ["constructor", "constructor.localhost", 404],
    ["kv-prefix", `host:${A}.localhost`, 400],
  ])("HOST-%s", async (_id, authority, expected) => {
    for (const path of ["/who", "/"]) {
      const { status, body } = await receive(`http://${authority}${path}`);
      if (expected === "4xx") expect([400, 404]).toContain(status);
      else expect([path, status]).toEqual([path, expected]);
      expect(body).toMatch(/^(400 Bad Request|404 Not Found)\n/);
    }
  });

  it.each([
    ["path-as-authority", `http:///${A}.localhost/who`],
    ["no-slashes", `http:${A}.localhost/who`],
    ["other-scheme", `ftp://${A}.localhost/who`],
    ["no-scheme", `//${A}.localhost/who`],
    ["scheme-upper-case", `HTTP://${A}.localhost/who`],
    ["nothing", ""],
  ])("HOST-%s: %s is no URL of an asset host", async (_id, url) => {
    const { status, body } = await receive(url);
    expect([400, 404]).toContain(status);
    expect(body).not.toBe("a");
  });

  it.each([
    ["query", `http://${A}.localhost?@${B}.localhost/who`, "a"],
    ["query-slash", `http://${A}.localhost?/../../${B}.localhost/who`, "a"],
  ])("HOST-authority-ends-at-%s", async (_id, url, body) => {
    expect(await receive(url)).toMatchObject({ status: 200, body });
  });
});

describe("no other field names the host", () => {
  it.each([
    "X-Forwarded-Host",
    "X-Forwarded-Server",
    "X-Forwarded-For",
    "X-Host",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-Original-URL",
    "X-HTTP-Host-Override",
    "Forwarded",
    "CF-Worker",
    "CF-Connecting-IP",
    "MF-Original-URL",
    "Origin",
    "Referer",
    "True-Client-IP",
  ])("HOST-%s", async (name) => {
    for (const value of [
      `${B}.localhost`,
      `http://${B}.localhost/who`,
      `host=${B}.localhost`,
      "/absent",
      "localhost",
    ]) {
      const answer = await receive(`http://${A}.localhost/who`, { headers: { [name]: value } });
      expect([value, answer.status, answer.body]).toEqual([value, 200, "a"]);
    }
  });

  it("HOST-host-field: the URL the runtime made counts, not the field beside it", async () => {
    const answer = await receive(`http://${A}.localhost/who`, {
      headers: { Host: `${B}.localhost` },
    });
    expect(answer).toMatchObject({ status: 200, body: "a" });
  });

  // The runtime writes the field and the request target one after the other to make the URL.
  it.each([
    ["path", `${A}.localhost/who?`, `http://${A}.localhost/who?/absent`],
    ["directory", `${A}.localhost/assets`, `http://${A}.localhost/assets/index.html`],
    ["query", `${A}.localhost?`, `http://${A}.localhost?/absent`],
    ["fragment", `${A}.localhost#`, `http://${A}.localhost#/absent`],
    ["backslash", `${A}.localhost\\who?`, `http://${A}.localhost\\who?/absent`],
  ])("HOST-host-field-with-a-%s: %s chooses no asset", async (_id, Host, url) => {
    expect((await receive(url, { headers: { Host } })).status).toBe(400);
  });
});

describe("control plane and asset hosts stay apart", () => {
  it.each([
    "localhost:8787",
    "localhost",
    "LOCALHOST.",
    "serverless.localhost:8787",
    "serverless-upload.localhost",
    "SERVERLESS.localhost.",
    "127.0.0.1:8787",
    "[::1]:8787",
  ])("HOST-control-plane: %s serves no asset", async (authority) => {
    for (const path of ["/who", "/", "/assets/index.html"]) {
      const { body } = await receive(`http://${authority}${path}`);
      expect(body).not.toBe("unreachable");
    }
  });

  it.each([
    "/v1",
    "/v1/",
    "/v1/Services",
    "/v1/Services/ZS00000000000000000000000000000001/Assets",
    "/.twilio.com/v1/Services",
    "/serverless.twilio.com/v1/Services",
    "/serverless-upload.twilio.com/v1/Services/ZS1/Assets/ZH1/Versions",
    "/console",
    "/console/index.html",
    "/.bytes/AC00000000000000000000000000000001/x",
    "/cdn-cgi/local/scheduled",
    "/favicon.ico",
    "/robots.txt",
  ])("HOST-asset-host: %s is only a path", async (path) => {
    const operator = `Basic ${btoa("AC00000000000000000000000000000001:0123456789abcdef0123456789abcdef")}`;
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { status, headers, body } = await receive(`http://${A}.localhost:8787${path}`, {
        method,
        headers: { Authorization: operator },
      });
      expect([method, status]).toEqual([method, 404]);
      expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(headers.get("www-authenticate")).toBe(null);
      expect(body).toMatch(/^404 Not Found\n/);
    }
  });

  it("HOST-asset-host: a tenant may have an asset at the API's path", async () => {
    await deploy("hosts-api-2004.localhost", { "/v1/Services": { body: "an asset" } });
    expect(await receive("http://hosts-api-2004.localhost/v1/Services")).toMatchObject({
      status: 200,
      body: "an asset",
    });
  });
});
