import { shownPath } from "../assets/paths.ts";
import type { Change } from "./changes.ts";

const SIGNS = { added: "+", removed: "−", changed: "~", moved: "→" } as const;
const WORDS = { added: "Added", removed: "Removed", changed: "Changed", moved: "Moved" } as const;

/** What changes, a line each; a sign for the eye and a word for the ear. */
export function ChangeList({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <p className="rb-note">No difference.</p>;
  return (
    <ul className="rb-changes">
      {changes.map((change) => (
        <li key={change.path} className={`rb-change-${change.kind}`}>
          <span aria-hidden="true" className="rb-change-sign">
            {SIGNS[change.kind]}
          </span>
          <span className="rb-hidden">{WORDS[change.kind]} </span>
          <span className="rb-breakable">
            {change.kind === "moved" && `${shownPath(change.from)} → `}
            {shownPath(change.path)}
            {change.kind === "changed" && (
              <span className="rb-note"> ({change.what.join(", ")})</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
