/** Longer than this no decoder is waited for, milliseconds. */
const PATIENCE = 5_000;

/** Returns how long `content` plays, in seconds, as the browser's decoder says; null where it has none. */
export async function playedSeconds(content: Blob, type: string): Promise<number | null> {
  if (!/^(audio|video)\//.test(type)) return null;
  const url = URL.createObjectURL(content);
  const player = document.createElement("audio");
  try {
    return await new Promise<number | null>((resolve) => {
      player.onloadedmetadata = () =>
        resolve(Number.isFinite(player.duration) ? player.duration : null);
      player.onerror = () => resolve(null);
      setTimeout(() => resolve(null), PATIENCE);
      player.preload = "metadata";
      player.src = url;
    });
  } finally {
    player.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}
