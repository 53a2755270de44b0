/** SECURITY.md tells what each bound is; the code has it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const SECURITY = read("SECURITY.md").replaceAll(/\s+/g, " ");

/** The value of a constant, or of a member of one, that is spelled with numbers alone. */
function constantOf(file: string, name: string): number {
  const constant = new RegExp(`\\b${name}(?: =|:) ((?:[\\d_* ]|MiB)+)[;,]`);
  const spelled = constant.exec(read(file))?.[1];
  if (spelled === undefined) throw new Error(`${file} has no ${name}`);
  const factors = spelled.replaceAll("_", "").replace("MiB", "1048576");
  return factors.split("*").reduce((product, factor) => product * Number(factor), 1);
}

const KiB = 1024;
const MiB = 1024 * KiB;

describe("SECURITY.md", () => {
  it.each<[file: string, name: string, value: number, said: string]>([
    ["src/contract/byte-budget.ts", "ISOLATE_LIMIT", 48 * MiB, "48 MB an isolate"],
    ["src/gateway/functions.ts", "FUNCTION_BODY_LIMIT", 6 * MiB, "6 MB to a function"],
    ["src/gateway/functions.ts", "SIGNED_FORM_LIMIT", 64 * KiB, "64 KiB for a signed form"],
    ["src/gateway/signed-request.ts", "SIGNED_BODY_LIMIT", 64 * KiB, "and to a protected asset"],
    ["src/gateway/callers.ts", "PLACES", 30, "30 an isolate, taken before the body is read"],
    ["src/gateway/callers.ts", "PATIENCE", 1_000, "stood still for a second gives way"],
    ["src/functions/runner/protocol.ts", "MAX_ANSWER", 6 * MiB, "6 MB, 200 header fields"],
    ["src/functions/run/read-answer.ts", "MAX_FIELD_BYTES", 32 * KiB, "fields of 32 KiB together"],
    ["src/functions/run/read-answer.ts", "MAX_FIELDS", 200, "200 header fields"],
    ["src/contract/log-line.ts", "MAX_LOG_LINES", 500, "500 lines of 16,384 characters"],
    ["src/contract/log-line.ts", "MAX_LOG_MESSAGE", 16_384, "500 lines of 16,384 characters"],
    ["src/gateway/signature.ts", "MAX_HASHED", 8 * MiB, "8 MB hashed a request"],
    ["src/gateway/signature.ts", "MAX_FORM_FIELDS", 10_000, "10,000 fields"],
    ["src/api/turns.ts", "AT_ONCE", 8, "8 at once (an upload counts"],
    ["src/api/rate-limit.ts", "PERIOD_SECONDS", 10, "1,000 in 10 s an address"],
    ["wrangler.toml", "simple = \\{ limit", 1_000, "1,000 in 10 s an address"],
    ["src/api/parameters.ts", "MAX_FORM_BYTES", 1_000_000, "1 MB, 5,000 fields"],
    ["src/api/parameters.ts", "MAX_FORM_FIELDS", 5_000, "1 MB, 5,000 fields"],
    ["src/api/multipart.ts", "MAX_PARTS", 8, "8 parts, 8 KB of headers each"],
    ["src/api/multipart.ts", "MAX_PART_HEADERS", 8 * KiB, "8 parts, 8 KB of headers each"],
    ["src/api/paging.ts", "MAX_PAGE_BYTES", 1_000_000, "1 MB, at least one row"],
    ["src/publish/build-worker.ts", "cpuMs", 60_000, "60 s of processor time a step"],
    ["src/functions/build/package-rules.ts", "MAX_PACKAGE_SIZE", 16 * MiB, "16 MB, 3,000,000"],
    ["src/functions/build/source-parser.ts", "MAX_NODES", 3_000_000, "3,000,000 syntax nodes"],
    ["src/functions/build/source-parser.ts", "MAX_LIVE_NODES", 400_000, "holds 400,000 at once"],
    ["src/contract/slices.ts", "SLICE", 16_000, "slices of some 16,000"],
    ["src/functions/build/limits.ts", "packages", 2_000, "2,000 packages"],
    ["src/functions/build/limits.ts", "totalUnpackedBytes", 1024 * MiB, "1,024 MB unpacked"],
    ["src/functions/build/limits.ts", "closureBytes", 24 * MiB, "24 MB of them are reached"],
    ["src/publish/header-rules.ts", "MAX_HEADER_RULES_SIZE", 64 * KiB, "64 KB, 100 rules"],
    ["src/publish/header-rules.ts", "MAX_RULES", 100, "64 KB, 100 rules"],
    ["src/publish/compile-build.ts", "MAX_APPLIED", 500_000, "are applied 500,000 times"],
    ["src/publish/asset-headers.ts", "MAX_HEADER_BYTES", 8 * KiB, "8 KB of headers an asset"],
    ["src/activity/stream.ts", "MAX_STREAMS", 50, "streams of an environment's activity | 50 |"],
    ["src/gateway/bytes.ts", "FILL_PATIENCE", 30_000, "one fill of the cache in 30 s"],
  ])("%s, %s: %i", (file, name, value, said) => {
    expect(constantOf(file, name)).toBe(value);
    expect(SECURITY).toContain(said);
  });

  it("tells who has to keep up what", () => {
    const pace = read("src/contract/pace.ts");
    expect(pace).toContain("CALLER_PACE: Pace = { stall: 10_000, rate: 16 * 1024 }");
    expect(SECURITY).toContain("10 s without a byte, or less than 16 KB/s over the whole");
    expect(pace).toContain("CLIENT_PACE: Pace = { stall: 30_000, rate: 4 * 1024 }");
    expect(SECURITY).toContain("clients of the API 30 s, 4 KB/s");
    expect(pace).toContain("READER_PACE: Pace = { stall: 60_000, rate: 1024 }");
    expect(SECURITY).toContain("60 s without a byte");
    expect(read("wrangler.toml")).toContain("builds_per_hour = 100 ");
    expect(SECURITY).toContain("100 an hour and account");
  });
});
