/** One thing plays at a time, whatever page is shown: sound out of the list, or a player's own. */
import { useSyncExternalStore } from "react";
import { fetchContent } from "../files/edits.ts";
import type { FileVersion } from "../files/file-version.ts";
import { shownPath } from "../files/paths.ts";
import { createListeners } from "../listeners.ts";
import { learnSeconds } from "../preflight/inspections.ts";
import { currentSession, onSession } from "../session/session.ts";
import { notifyWarning } from "../shell/failure.tsx";

export type Playing = {
  version: FileVersion;
  state: "loading" | "playing" | "paused";
  /** Seconds. */
  at: number;
  seconds: number | null;
};

let playing: Playing | null = null;
let sound: HTMLAudioElement | null = null;
let source: string | null = null;
const { listen, announce } = createListeners();

/** What plays out of the list; null for nothing. */
export function nowPlaying(): Playing | null {
  return playing;
}

export function usePlaying(): Playing | null {
  return useSyncExternalStore(listen, () => playing);
}

/** How it stands with a file: the rows of others are not drawn anew while one plays. */
export function usePlayState(fileSid: string): Playing["state"] | null {
  return useSyncExternalStore(listen, () =>
    playing?.version.file_sid === fileSid ? playing.state : null,
  );
}

/** Plays `version` from its start, or pauses it, or goes on. */
export async function togglePlaying(version: FileVersion): Promise<void> {
  const player = element();
  if (playing?.version.sid === version.sid && playing.state !== "loading") {
    if (player.paused) await player.play().catch(() => {});
    else player.pause();
    return;
  }
  stopPlaying();
  become({ version, state: "loading", at: 0, seconds: null });
  try {
    const content = await fetchContent(version);
    if (playing?.version !== version) return;
    source = URL.createObjectURL(content);
    player.src = source;
    await player.play();
  } catch (error) {
    if (playing?.version !== version || (error as Error).name === "AbortError") return;
    stopPlaying();
    notifyWarning(`${shownPath(version.path)} cannot be played by this browser.`);
  }
}

export function stopPlaying(): void {
  sound?.pause();
  sound?.removeAttribute("src");
  if (source) URL.revokeObjectURL(source);
  source = null;
  become(null);
}

/** Goes to `seconds` from the start. */
export function seek(seconds: number): void {
  if (sound) sound.currentTime = seconds;
}

function element(): HTMLAudioElement {
  if (sound) return sound;
  const made = document.createElement("audio");
  made.onplay = () => follow("playing");
  made.onpause = () => follow("paused");
  made.ontimeupdate = () => playing && follow(playing.state);
  made.onended = () => follow("paused");
  made.ondurationchange = () => {
    if (playing && Number.isFinite(made.duration)) learnSeconds(playing.version, made.duration);
  };
  sound = made;
  return made;
}

function follow(state: Playing["state"]): void {
  if (!playing || !sound || source === null) return;
  const seconds = Number.isFinite(sound.duration) ? sound.duration : null;
  become({ ...playing, state, at: sound.currentTime, seconds });
}

// A player on the page, of a film or in a file's details, silences the others.
addEventListener(
  "play",
  ({ target }) => {
    for (const other of document.querySelectorAll<HTMLMediaElement>("audio, video")) {
      if (other !== target) other.pause();
    }
    sound?.pause();
  },
  { capture: true },
);

onSession(() => {
  if (currentSession().state === "signed-out") stopPlaying();
});

function become(next: Playing | null): void {
  if (next === null && playing === null) return;
  // What plays next silences the players on the page.
  if (next?.state === "playing" && playing?.state !== "playing") {
    for (const other of document.querySelectorAll<HTMLMediaElement>("audio, video")) other.pause();
  }
  playing = next;
  announce();
}
