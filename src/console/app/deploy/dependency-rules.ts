/** What a dependency may be, told while one types; the build decides (docs/functions.md). */

/** `problem`: a build refuses it. `note`: it takes it, and this is what happens. */
export type DependencyFinding = { level: "problem" | "note"; text: string };

const NAME = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

/** Node's modules that packages are often taken for. */
const BUILT_IN = new Set(
  (
    "assert buffer child_process cluster crypto dgram dns events fs http http2 https module net os " +
    "path process punycode querystring readline stream string_decoder timers tls tty url util v8 vm " +
    "worker_threads zlib"
  ).split(" "),
);

/** A version as npm writes it (node-semver, ranges): `1`, `1.2.x`, `^1.2.3`, `>=2.0.0-rc.1`. */
const VERSION = String.raw`(?:[~^]|[<>]=?|=)?\s*v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*])){0,2}(?:-[\w.-]+)?(?:\+[\w.-]+)?`;
const RANGE = new RegExp(
  String.raw`^\s*(?:${VERSION}\s+-\s+${VERSION}|${VERSION}(?:\s+${VERSION})*)\s*(?:\|\|\s*${VERSION}(?:\s+${VERSION})*\s*)*$`,
);
/** A tag, such as `latest`: a name that is no version. */
const TAG = /^[a-z][\w.-]*$/i;
const ALIAS = /^npm:((?:@[^/]+\/)?[^@]+)(?:@(.*))?$/;

/** Returns what is to be said of a package's `name`; null for nothing. */
export function nameFinding(name: string): DependencyFinding | null {
  if (name === "") return null;
  if (!NAME.test(name)) return { level: "problem", text: "This is no package’s name" };
  if (BUILT_IN.has(name)) {
    return { level: "note", text: "Node has it built in: functions may require it as it is" };
  }
  if (name === "twilio") {
    return { level: "note", text: "It is there without being asked for, in its newest version" };
  }
  if (name.startsWith("@types/")) return { level: "note", text: "Types alone: it brings nothing" };
  return null;
}

/** Returns what is to be said of the `version` that is asked for; null for nothing. */
export function versionFinding(version: string): DependencyFinding | null {
  const wanted = version.trim();
  if (wanted === "") return { level: "note", text: "Any version: the newest there is" };
  const [, name, range = "*"] = ALIAS.exec(wanted) ?? [];
  if (name !== undefined) {
    return NAME.test(name)
      ? versionFinding(range)
      : { level: "problem", text: `${name} is no package’s name` };
  }
  if (RANGE.test(wanted)) return null;
  if (TAG.test(wanted)) return { level: "note", text: `What is tagged ${wanted} when it is built` };
  return {
    level: "problem",
    text: "A version of the registry is needed: 1.2.3, ^1.2, 1.x, >=1 <3, latest",
  };
}
