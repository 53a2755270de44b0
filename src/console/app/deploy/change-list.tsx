import { shownPath } from "../files/paths.ts";
import { type Change, type FileChange, isExposing } from "./changes.ts";

const SIGNS = { added: "+", removed: "−", changed: "~", moved: "→" } as const;
const WORDS = { added: "Added", removed: "Removed", changed: "Changed", moved: "Moved" } as const;

/** What changes, a line each; a sign for the eye and a word for the ear. */
export function ChangeList({
  changes,
  onDiscard,
}: {
  changes: Change[];
  /** Takes one back; without it none can be. */
  onDiscard?: (change: Change) => void;
}) {
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
          <span className="rb-breakable rb-grow">
            <What change={change} />
          </span>
          {onDiscard && change.kind !== "dependency" && (
            <button
              type="button"
              className="rb-link-button"
              aria-label={`Discard the change of ${shownPath(change.path)}`}
              onClick={() => onDiscard(change)}
            >
              Discard
            </button>
          )}
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
      <Details change={change} />
    </>
  );
}

/** Of what differs: who may fetch it, in words, and in colour where that is more than before. */
function Details({ change }: { change: FileChange }) {
  if (change.kind === "removed") return null;
  if (change.kind === "added") {
    return change.now === "public" ? null : <span className="rb-note"> ({change.now})</span>;
  }
  const others = change.what.filter((what) => what !== "visibility");
  const { visibility } = change;
  return (
    <>
      {others.length > 0 && <span className="rb-note"> ({others.join(", ")})</span>}
      {visibility && (
        <strong className={isExposing(change) ? "rb-exposed" : "rb-note"}>
          {" "}
          {visibility.from} → {visibility.to}
        </strong>
      )}
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
