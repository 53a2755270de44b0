import { useEffect, useEffectEvent, useState } from "react";
import { notifyFailure } from "../shell/failure.tsx";
import { carriesFiles, droppedFiles, type IncomingFile } from "./intake.ts";

/**
 * Keeps the page where files are dropped and nothing takes them: the browser would show them in its
 * place, and what is typed or under way would be lost.
 */
export function usePageKeptOnDrop(): void {
  useEffect(() => {
    const abortion = new AbortController();
    const refuse = (event: DragEvent) => {
      if (!event.dataTransfer || !carriesFiles(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    };
    for (const type of ["dragover", "drop"] as const) {
      addEventListener(type, refuse, { capture: true, signal: abortion.signal });
    }
    return () => abortion.abort();
  }, []);
}

/** Files that are held over the page, and over which folder. */
export type FileDrag = { over: boolean; folder: string };

const NO_DRAG: FileDrag = { over: false, folder: "/" };

/**
 * Takes files that are dropped anywhere on the page, with the folder whose row they were dropped on;
 * tells whether some are held over it, and where.
 */
export function useFileDrop(onFiles: (files: IncomingFile[], folder: string) => void): FileDrag {
  const [dragging, setDragging] = useState(NO_DRAG);
  const take = useEffectEvent(onFiles);
  useEffect(() => {
    // A drag enters and leaves every element on its way: it is gone when it left as often as entered.
    let depth = 0;
    const abortion = new AbortController();
    const on = <Type extends "dragenter" | "dragover" | "dragleave" | "drop">(
      type: Type,
      listener: (event: DragEvent) => void,
    ) =>
      addEventListener(
        type,
        (event) => {
          if (carriesFiles(event.dataTransfer)) listener(event);
        },
        { signal: abortion.signal },
      );
    const settle = (next: number) => {
      depth = Math.max(0, next);
      setDragging((before) => (depth > 0 ? { ...before, over: true } : NO_DRAG));
    };
    on("dragenter", () => settle(depth + 1));
    on("dragleave", () => settle(depth - 1));
    on("dragover", (event) => {
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      const folder = folderUnder(event);
      setDragging((before) => (before.folder === folder ? before : { over: true, folder }));
    });
    on("drop", (event) => {
      event.preventDefault();
      settle(0);
      if (!event.dataTransfer) return;
      const folder = folderUnder(event);
      droppedFiles(event.dataTransfer).then(
        (files) => take(files, folder),
        (error) => notifyFailure("What was dropped cannot be read", error),
      );
    });
    return () => abortion.abort();
  }, []);
  return dragging;
}

function folderUnder({ target }: DragEvent): string {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-folder]") : null;
  return row?.dataset.folder ?? "/";
}
