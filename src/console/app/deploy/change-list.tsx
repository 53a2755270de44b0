import { shownPath } from "../files/paths.ts";
import type { Change } from "./changes.ts";

const SIGNS = { added: "+", removed: "−", changed: "~", moved: "→" } as const;
const WORDS = { added: "Added", removed: "Removed", changed: "Changed", moved: "Moved" } as const;

/** What changes, a line each; a sign for the eye and a word for the ear. */
export function ChangeList({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <p className="rb-note">No difference.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <ul className="rb-changes" tabIndex={0} aria-label="Changes">
      {changes.map((change) => (
        <li key={keyOf(change)} className={`rb-change-${signOf(change)}`}>
          <span aria-hidden="true" className="rb-change-sign">
            {SIGNS[signOf(change)]}
          </span>
          <span className="rb-hidden">{WORDS[signOf(change)]} </span>
          <span className="rb-breakable">
            <What change={change} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function What({ change }: { change: Change }) {
  if (change.kind === "dependency") {
    const versions = [change.before, change.after].filter((version) => version !== null);
    return (
      <>
        {change.name} <span className="rb-note">(dependency, {versions.join(" → ")})</span>
      </>
    );
  }
  return (
    <>
      {change.kind === "moved" && `${shownPath(change.from)} → `}
      {shownPath(change.path)}
      {change.kind === "changed" && <span className="rb-note"> ({change.what.join(", ")})</span>}
    </>
  );
}

function signOf(change: Change): keyof typeof SIGNS {
  if (change.kind !== "dependency") return change.kind;
  if (change.before === null) return "added";
  return change.after === null ? "removed" : "changed";
}

function keyOf(change: Change): string {
  return change.kind === "dependency" ? `dependency ${change.name}` : change.path;
}
