import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** What is known of a version at Twilio, whose bytes never change. */
export type KnownVersion = {
  version: string;
  sha256: string;
  /** Bytes. */
  size: number;
  /** The Content-Type it was served with; null where it has none of its own. */
  type: string | null;
  /** The old addresses that stand in it. */
  mentions: string[];
};

type Line =
  | KnownVersion
  /** A service, here, that was made for one at Twilio. */
  | { service: string; target: string }
  /** A build, here, that was made for one at Twilio. */
  | { build: string; target: string };

/** What was copied before, so that it is not fetched and not made again. */
export type Ledger = {
  version(sid: string): KnownVersion | undefined;
  /** The SID, here, of what was made for a service or build at Twilio. */
  target(sid: string): string | undefined;
  /** Written at once: an import that is broken off goes on behind it. */
  add(line: Line): void;
};

/**
 * Opens the ledger of copies from an account to an origin, made when missing: lines of JSON, without a
 * secret. A line that cannot be read, as of a crash, is as if it were not there.
 */
export function openLedger(directory: string, from: string, to: string): Ledger {
  const file = path.join(
    directory,
    `${from}-${new URL(to).host.replaceAll(/[^\w.-]/g, "_")}.jsonl`,
  );
  const versions = new Map<string, KnownVersion>();
  const targets = new Map<string, string>();
  const take = (line: Line) => {
    if ("version" in line) versions.set(line.version, line);
    else targets.set("service" in line ? line.service : line.build, line.target);
  };
  if (existsSync(file)) {
    for (const text of readFileSync(file, "utf8").split("\n")) {
      const line = parse(text);
      if (line) take(line);
    }
  }
  return {
    version: (sid) => versions.get(sid),
    target: (sid) => targets.get(sid),
    add(line) {
      take(line);
      mkdirSync(directory, { recursive: true });
      // The line before it may have been cut short.
      appendFileSync(file, `\n${JSON.stringify(line)}\n`);
    },
  };
}

function parse(text: string): Line | null {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
