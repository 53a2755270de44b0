import { describe, expect, it } from "vitest";
import { outboundVerdict } from "../../src/functions/run/outbound.ts";

const BASE = "example.net";

describe("where a function may send a request", () => {
  it.each([
    ["https://api.twilio.com/2010-04-01", "allowed"],
    ["http://example.com:8080/", "allowed"],
    ["https://8.8.8.8/", "allowed"],
    ["https://172.15.0.1/", "allowed"],
    ["https://172.32.0.1/", "allowed"],
    ["https://192.169.0.1/", "allowed"],
    ["https://[2606:4700::1111]/", "allowed"],
    ["https://[2002:808:808::]/", "allowed"],
    ["https://localhost.example.com/", "allowed"],
    ["https://notexample.net/", "allowed"],
    ["https://example.net.example.com/", "allowed"],
    ["https://shop-1234.example.net/x", "hosted"],
    ["https://SHOP-1234.EXAMPLE.NET./x", "hosted"],
    ["https://example.net/v1/Services", "control plane"],
    ["https://example.net./v1/Services", "control plane"],
    ["https://example.net:8443/", "control plane"],
    ["https://serverless.example.net/v1/Services", "control plane"],
    ["https://serverless-upload.example.net/v1/Services", "control plane"],
    ["ftp://example.com/", "scheme"],
    ["http://localhost/", "internal"],
    ["http://LOCALHOST./", "internal"],
    ["http://localhost../", "internal"],
    ["http://localhost.localdomain/", "internal"],
    ["http://127.0.0.1./", "internal"],
    ["https://example.net../v1/Services", "control plane"],
    ["http://a.localhost:8787/", "internal"],
    ["http://printer.local/", "internal"],
    ["http://metadata.google.internal/computeMetadata/v1/", "internal"],
    ["http://router.home.arpa/", "internal"],
    ["http://intranet/", "internal"],
    ["http://127.0.0.1/", "internal"],
    ["http://127.1/", "internal"],
    ["http://2130706433/", "internal"],
    ["http://0x7f000001/", "internal"],
    ["http://0177.0.0.1/", "internal"],
    ["http://0.0.0.0/", "internal"],
    ["http://10.1.2.3/", "internal"],
    ["http://100.100.100.200/latest/meta-data/", "internal"],
    ["http://169.254.169.254/latest/meta-data/", "internal"],
    ["http://172.16.0.1/", "internal"],
    ["http://172.31.255.255/", "internal"],
    ["http://192.0.0.192/", "internal"],
    ["http://192.168.1.1/", "internal"],
    ["http://198.18.0.1/", "internal"],
    ["http://224.0.0.1/", "internal"],
    ["http://255.255.255.255/", "internal"],
    ["http://[::]/", "internal"],
    ["http://[::1]/", "internal"],
    ["http://[::ffff:127.0.0.1]/", "internal"],
    ["http://[::ffff:a9fe:a9fe]/", "internal"],
    ["http://[::127.0.0.1]/", "internal"],
    ["http://[::ffff:0:127.0.0.1]/", "internal"],
    ["http://[::ffff:8.8.8.8]/", "allowed"],
    ["http://[64:ff9b::7f00:1]/", "internal"],
    ["http://[2002:7f00:1::]/", "internal"],
    ["http://[2001::1]/", "internal"],
    ["http://[fd00:ec2::254]/", "internal"],
    ["http://[fe80::1]/", "internal"],
    ["http://[ff02::1]/", "internal"],
  ])("%s is %s", (target, verdict) => {
    expect(outboundVerdict(target, BASE)).toBe(verdict);
  });

  it.each([
    ["http://localhost:8787/v1/Services", "control plane"],
    ["http://serverless.localhost:8787/", "control plane"],
    ["http://shop-1234.localhost:8787/", "hosted"],
    ["http://127.0.0.1:8787/", "internal"],
  ])("on a developer's machine %s is %s", (target, verdict) => {
    expect(outboundVerdict(target, "localhost:8787")).toBe(verdict);
  });
});
