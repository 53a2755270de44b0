import type { Visibility } from "../../../api/representations.ts";
import { canonicalPath, escapeStrayPercents } from "../../../contract/canonical-path.ts";
import type { FileKind } from "./file-version.ts";

/** Twilio's limit (contract 1.3). */
const MAX_PATH_CHARACTERS = 255;

/** Where a file is to be uploaded, and the visibility that its name sets; null where it sets none. */
export type Placement = { path: string; marked: Visibility | null };

/**
 * Returns where a dropped file goes: `relativePath` (`menu/greeting.protected.mp3`) below `folder`
 * (`/` or `/ivr`). `.protected` and `.private` before the extension set the visibility and are
 * dropped, as in Twilio's toolkit (contract 4). A percent sign in a file's name is the character, so
 * it is escaped; other characters stay as they are, and the API encodes them.
 */
export function placementOf(relativePath: string, folder: string): Placement {
  const path = `${folder === "/" ? "" : folder}/${relativePath.replaceAll("%", "%25")}`;
  const marked = /\.(protected|private)(\.[^./]+)$/.exec(path);
  if (!marked) return { path, marked: null };
  return {
    path: path.slice(0, marked.index) + marked[2],
    marked: marked[1] as Visibility,
  };
}

/** Returns the path of the function that a file to go to `path` is the source of: without its `.js`. */
export function functionPath(path: string): string {
  return path.replace(/\.js$/i, "");
}

/**
 * Returns `path` as typed, with the slash in front that every path has. A percent sign that starts no
 * escape is the character, as the API takes it.
 */
export function normalisedPath(path: string): string {
  return escapeStrayPercents(path.startsWith("/") ? path : `/${path}`);
}

/**
 * Returns why `path` cannot be a file's, or null when it can. A function's is also a file's name
 * inside its Worker, which some characters would turn into another.
 */
export function pathProblem(path: string, kind: FileKind = "asset"): string | null {
  if (path === "") return "A path is needed, such as /greeting.mp3";
  if ([...path].length > MAX_PATH_CHARACTERS) {
    return `A path has at most ${MAX_PATH_CHARACTERS} characters, this one has ${[...path].length}`;
  }
  if (path.includes("\\")) return "A path cannot hold a backslash";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
  if (/[\u0000-\u001f\u007f]/.test(path)) return "A path cannot hold control characters";
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) return "A path cannot hold “.” or “..” as a folder";
  if (kind === "function") {
    if (/[%?#:]/.test(path)) return "A function’s path cannot hold % ? # or :";
    if (/\/(\/|$)/.test(path)) return "A function’s path cannot have an empty part";
  }
  if (/%(?![0-9a-f]{2})/i.test(path)) return "Write a percent sign as %25";
  return canonicalPath(path) === null ? "This path has no valid spelling as a URL" : null;
}

/** What turns the letters after it around: with it `exe.jpg` can be read where `gpj.exe` stands. */
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Returns `path` for people: escapes decoded where they are text that reads as it is written. */
export function shownPath(path: string): string {
  return path
    .split("/")
    .map((segment) => {
      try {
        const decoded = decodeURIComponent(segment);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what would break the line stays escaped.
        return /[/\u0000-\u001f\u007f]/.test(decoded) ? segment : readable(decoded);
      } catch {
        return readable(segment);
      }
    })
    .join("/");
}

function readable(text: string): string {
  return text.replace(BIDI_CONTROLS, encodeURIComponent);
}

/** Whether two paths are one URL. */
export function samePath(left: string, right: string): boolean {
  return left === right || pathKey(left) === pathKey(right);
}

/** The one spelling of `path`; a path that has none is its own. */
export function pathKey(path: string): string {
  return canonicalPath(path) ?? path;
}

/** The URL of the file `path` on an environment's `domain` (with its port), for the page's `scheme`. */
export function fileUrl(scheme: string, domain: string, path: string): string {
  return `${scheme}//${domain}${pathKey(path)}`;
}

/** The folder of `path`, without its last slash; `/` for a path at the top. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/**
 * Returns where a file at `path` goes when the folder `from`, as it is shown, that it is below, becomes
 * `to`. The rest of the path stays as it is spelled: what is shown may spell another one.
 */
export function movedPath(path: string, from: string, to: string): string {
  const isBelow = from !== "/" && shownPath(path).startsWith(`${from}/`);
  const rest = path.split("/").slice(isBelow ? from.split("/").length : 1);
  return `${to === "/" ? "" : to}/${rest.join("/")}`;
}

const collator = new Intl.Collator("en", { numeric: true });

/** The order in which people look for paths: `option-2` before `option-10`. */
export function comparePaths(left: string, right: string): number {
  return collator.compare(left, right);
}

/** The last segment of `path`; the whole of `/`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}
