import { Loader, Text } from "@mantine/core";
import { getDocument, PDFWorker } from "pdfjs-dist";
import PdfThread from "pdfjs-dist/build/pdf.worker.min.mjs?worker";
import { useEffect, useRef, useState } from "react";

/** Pages that are shown. */
const SHOWN_PAGES = 10;

/** Pixels of one page, and of one picture in it: a page may claim to be of any size. */
const MOST_PIXELS = 4_000_000;

/**
 * Paints a PDF's pages: as pictures, where the browser's own viewer would run the scripts in it on the
 * console's origin. It is read in a thread of its own, whose policy lets it load nothing (serve.ts).
 */
export default function PdfPreview({
  content,
  name,
  onMeasure,
  onError,
}: {
  content: Blob;
  name: string;
  onMeasure: (measure: string) => void;
  onError: () => void;
}) {
  const pages = useRef<HTMLDivElement>(null);
  const [count, setCount] = useState<number | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is told of the pages is told once.
  useEffect(() => {
    const box = pages.current;
    if (box === null) return;
    const stop = new AbortController();
    setCount(null);
    paint(content, box, name, stop.signal, (found) => {
      setCount(found);
      onMeasure(`${found} ${found === 1 ? "page" : "pages"}`);
    }).catch(() => {
      if (!stop.signal.aborted) onError();
    });
    return () => {
      stop.abort();
      box.replaceChildren();
    };
  }, [content, name]);

  return (
    <>
      {count === null && (
        <div className="rb-preview">
          <Loader role="status" aria-label="Loading the preview" />
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <section className="rb-pdf" aria-label="Pages of the file" tabIndex={0} ref={pages} />
      {count !== null && count > SHOWN_PAGES && (
        <Text size="xs" c="dimmed">
          The first {SHOWN_PAGES} pages. Download it to see all.
        </Text>
      )}
    </>
  );
}

/** Puts a canvas a page into `box`, one after the other, until `signal` ends it. */
async function paint(
  content: Blob,
  box: HTMLElement,
  name: string,
  signal: AbortSignal,
  onCount: (count: number) => void,
): Promise<void> {
  const thread = new PdfThread();
  const loading = getDocument({
    data: await content.arrayBuffer(),
    worker: PDFWorker.create({ port: thread }),
    enableXfa: false,
    // What these would load, the thread may not.
    useWorkerFetch: false,
    useWasm: false,
    useSystemFonts: true,
    maxImageSize: MOST_PIXELS,
  });
  const end = () => {
    void loading.destroy();
    thread.terminate();
  };
  signal.addEventListener("abort", end);
  try {
    const pdf = await loading.promise;
    onCount(pdf.numPages);
    for (let number = 1; number <= Math.min(pdf.numPages, SHOWN_PAGES); number++) {
      if (signal.aborted) return;
      const page = await pdf.getPage(number);
      const natural = page.getViewport({ scale: 1 });
      const wanted = (box.clientWidth * window.devicePixelRatio) / natural.width;
      const most = Math.sqrt(MOST_PIXELS / (natural.width * natural.height));
      const viewport = page.getViewport({ scale: Math.min(wanted, most) });
      const canvas = document.createElement("canvas");
      canvas.width = Math.ceil(viewport.width);
      canvas.height = Math.ceil(viewport.height);
      canvas.className = "rb-pdf-page";
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${name}, page ${number}`);
      box.append(canvas);
      await page.render({ canvas, viewport }).promise;
    }
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}
