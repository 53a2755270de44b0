import { useEffect, useRef, useState } from "react";
import { fetchContent } from "../files/edits.ts";
import type { FileVersion } from "../files/file-version.ts";
import { essence } from "../preflight/sniff.ts";
import { Icon } from "../shell/icons.tsx";

/** Pixels of the picture's longer side, twice what is shown: for fine screens. */
const PIXELS = 64;
/** A larger file is not fetched for so small a picture, bytes. */
const MOST_BYTES = 12_000_000;
const AT_ONCE = 2;
const KEPT = 400;

const drawn = new Map<string, Promise<ImageBitmap>>();
const waiting: (() => void)[] = [];
let running = 0;

/** A small picture of an image, once its row is seen; its drawing until then, and where there is none. */
export function Thumbnail({ version }: { version: FileVersion }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const place = canvas.current;
    if (!place || !hasThumbnail(version)) return;
    let gone = false;
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watcher.disconnect();
      drawingOf(version).then(
        (picture) => {
          if (gone) return;
          place.width = picture.width;
          place.height = picture.height;
          place.getContext("2d")?.drawImage(picture, 0, 0);
          setShown(true);
        },
        // No picture that this browser knows.
        () => {},
      );
    });
    watcher.observe(place.parentElement as Element);
    return () => {
      gone = true;
      watcher.disconnect();
    };
  }, [version]);
  return (
    <span className="rb-thumbnail" aria-hidden="true">
      <canvas ref={canvas} hidden={!shown} />
      {!shown && <Icon name="image" size={17} />}
    </span>
  );
}

function hasThumbnail({ content_type, content_size }: FileVersion): boolean {
  const type = essence(content_type);
  return type.startsWith("image/") && content_size > 0 && content_size <= MOST_BYTES;
}

/** By hash: the same picture is fetched once. */
function drawingOf(version: FileVersion): Promise<ImageBitmap> {
  const key = version.content_sha256;
  const known = drawn.get(key);
  if (known) return known;
  const drawing = turn(async () => draw(await fetchContent(version)));
  drawn.set(key, drawing);
  const oldest = drawn.keys().next().value;
  if (drawn.size > KEPT && oldest !== undefined) drawn.delete(oldest);
  drawing.catch(() => drawn.delete(key));
  return drawing;
}

async function draw(content: Blob): Promise<ImageBitmap> {
  const image = new Image();
  const url = URL.createObjectURL(content);
  try {
    // An image element, since a bitmap cannot be made of SVG; in it no script runs (SVG 2, 2.2.1).
    image.src = url;
    await image.decode();
    // One without a size of its own is as large as it is shown.
    const [width, height] = [image.naturalWidth || PIXELS, image.naturalHeight || PIXELS];
    const scale = Math.min(1, PIXELS / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await createImageBitmap(canvas);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Runs `action` when fewer than AT_ONCE others run. */
async function turn<Result>(action: () => Promise<Result>): Promise<Result> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await action();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
