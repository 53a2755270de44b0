/**
 * `/_headers`: the response headers a project sets for its own assets, in the format that Cloudflare
 * Pages and Netlify share.
 *
 *     # a comment
 *     /music/*
 *       Cache-Control: public, max-age=3600
 *       ! Access-Control-Allow-Origin
 */
import type { BuildError } from "../store/builds.ts";
import { settingRefusal, unsettingRefusal } from "./header-policy.ts";
import { type ParsedPattern, type PathPattern, parsePathPattern } from "./path-pattern.ts";

/** The canonical path of the file: read when a build is made, and never served. */
export const HEADER_RULES_PATH = "/_headers";

/** Bytes. */
export const MAX_HEADER_RULES_SIZE = 64 * 1024;
/** Cloudflare Pages' limits. */
const MAX_RULES = 100;
const MAX_LINE_LENGTH = 2000;

export type HeaderChange =
  | { kind: "set"; name: string; value: string; line: number }
  | { kind: "unset"; name: string; line: number };

export type HeaderRule = { pattern: PathPattern; line: number; changes: HeaderChange[] };

export type ParsedHeaderRules =
  | { ok: true; rules: HeaderRule[] }
  | { ok: false; errors: BuildError[] };

const ABSOLUTE_URL = /^https?:\/\//i;
/** Stands for a path that is wrong: it matches none. */
const NO_PATH: PathPattern = { expression: /(?!)/, names: [] };

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII with inner spaces and tabs: what every client reads alike (RFC 9110 5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e]+$/;

/**
 * Reads the file's `content`: its rules in order, or every error with its line. A path line starts
 * with a slash; the lines below it are `Name: value` or `! Name`; empty lines and lines that start
 * with `#` mean nothing.
 */
export function parseHeaderRules(content: Uint8Array): ParsedHeaderRules {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(content);
  } catch {
    return { ok: false, errors: [{ path: HEADER_RULES_PATH, message: "it is not UTF-8" }] };
  }
  const rules: HeaderRule[] = [];
  const errors: BuildError[] = [];
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1;
    const said = raw.trim();
    if (said === "" || said.startsWith("#")) continue;
    const refusal =
      said.length > MAX_LINE_LENGTH
        ? `a line has at most ${MAX_LINE_LENGTH} characters`
        : readLine(said, line, rules);
    if (refusal) errors.push({ path: HEADER_RULES_PATH, line, message: refusal });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, rules };
}

/** Adds what one line says to `rules`; returns what is wrong with it, or null. */
function readLine(said: string, line: number, rules: HeaderRule[]): string | null {
  if (said.startsWith("/") || ABSOLUTE_URL.test(said)) {
    const parsed = readPath(said);
    if (rules.length === MAX_RULES) return `there can be at most ${MAX_RULES} rules`;
    // The lines below a wrong path are not wrong for standing there.
    rules.push({ pattern: parsed.ok ? parsed.pattern : NO_PATH, line, changes: [] });
    return parsed.ok ? null : parsed.reason;
  }
  const rule = rules.at(-1);
  if (!rule) return "a header line must stand below a path";
  const change = readChange(said, line);
  if (typeof change === "string") return change;
  rule.changes.push(change);
  return null;
}

function readPath(said: string): ParsedPattern {
  if (!ABSOLUTE_URL.test(said)) return parsePathPattern(said);
  const reason = "a rule's path starts with /: rules hold for every hostname of a deployment";
  return { ok: false, reason };
}

function readChange(said: string, line: number): HeaderChange | string {
  if (said.startsWith("!")) {
    const name = said.slice(1).trim();
    if (!FIELD_NAME.test(name)) return `${JSON.stringify(name)} is no header name`;
    return unsettingRefusal(name) ?? { kind: "unset", name, line };
  }
  const colon = said.indexOf(":");
  if (colon === -1) return 'a header line is "Name: value" or "! Name"';
  const name = said.slice(0, colon).trim();
  const value = said.slice(colon + 1).trim();
  if (!FIELD_NAME.test(name)) return `${JSON.stringify(name)} is no header name`;
  if (value === "") return `${name} has no value; "! ${name}" unsets a header`;
  if (!FIELD_VALUE.test(value)) return `the value of ${name} must be ASCII without controls`;
  return settingRefusal(name, value) ?? { kind: "set", name, value, line };
}
