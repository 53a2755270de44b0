import { useMemo } from "react";
import { count } from "../format.ts";
import { Icon } from "../shell/icons.tsx";
import { checkTwiml, type TwimlPlace } from "./check.ts";

/** What is wrong with a text as TwiML, a line each, with the way to it; nothing where nothing is. */
export function TwimlFindings({
  text,
  place,
  onJump,
}: {
  text: string;
  place: TwimlPlace;
  /** Goes to a line; without it the lines are only named. */
  onJump?: (line: number) => void;
}) {
  const findings = useMemo(() => checkTwiml(text, place), [text, place]);
  if (findings.length === 0) return null;
  return (
    <section className="rb-twiml" aria-label="As TwiML">
      <p className="rb-note">As TwiML: {count(findings.length, "finding")}</p>
      <ul className="rb-plain-list">
        {findings.map(({ level, message, line, from }) => (
          <li key={`${from} ${message}`} className={level === "error" ? "rb-bad" : "rb-warn-text"}>
            <Icon name="warning" size={13} />{" "}
            {onJump ? (
              <button type="button" className="rb-link-button rb-mono" onClick={() => onJump(line)}>
                Line {line}
              </button>
            ) : (
              <span className="rb-mono">Line {line}</span>
            )}
            : <span className="rb-breakable">{message}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
