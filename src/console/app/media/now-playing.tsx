import { nameOf, shownPath } from "../files/paths.ts";
import { formatDuration } from "../format.ts";
import { IconButton } from "../shell/icon-button.tsx";
import { seek, stopPlaying, togglePlaying, usePlaying } from "./player.ts";

/** What plays out of the list, how far it is, and the way to the next. */
export function NowPlaying({ onStep }: { onStep: (step: 1 | -1) => void }) {
  const playing = usePlaying();
  if (!playing) return null;
  const { version, state, at, seconds } = playing;
  const name = nameOf(shownPath(version.path));
  return (
    <section className="rb-playing" aria-label="Now playing">
      <IconButton
        icon="previous"
        size={16}
        label="Previous sound"
        title="Previous (K)"
        onClick={() => onStep(-1)}
      />
      <IconButton
        icon={state === "playing" ? "pause" : "play"}
        size={16}
        label={state === "playing" ? "Pause" : "Play"}
        title={state === "playing" ? "Pause (P)" : "Play (P)"}
        onClick={() => void togglePlaying(version)}
      />
      <IconButton
        icon="next"
        size={16}
        label="Next sound"
        title="Next (J)"
        onClick={() => onStep(1)}
      />
      <span className="rb-playing-name" title={shownPath(version.path)}>
        {name}
      </span>
      <input
        type="range"
        className="rb-seek"
        aria-label={`Position in ${name}`}
        aria-valuetext={`${formatDuration(at)} of ${seconds === null ? "?" : formatDuration(seconds)}`}
        min={0}
        max={seconds ?? 1}
        step={0.1}
        value={at}
        onChange={(event) => seek(Number(event.currentTarget.value))}
      />
      <span className="rb-note rb-playing-time">
        {formatDuration(at)}
        {seconds !== null && ` / ${formatDuration(seconds)}`}
      </span>
      <IconButton icon="close" size={15} label="Stop playing" title="Stop" onClick={stopPlaying} />
    </section>
  );
}
