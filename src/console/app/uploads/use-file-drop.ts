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

/** Takes files that are dropped anywhere on the page; returns whether some are held over it. */
export function useFileDrop(onFiles: (files: IncomingFile[]) => void): boolean {
  const [dragging, setDragging] = useState(false);
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
      setDragging(depth > 0);
    };
    on("dragenter", () => settle(depth + 1));
    on("dragleave", () => settle(depth - 1));
    on("dragover", (event) => {
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    });
    on("drop", (event) => {
      event.preventDefault();
      settle(0);
      if (!event.dataTransfer) return;
      droppedFiles(event.dataTransfer).then(take, (error) =>
        notifyFailure("What was dropped cannot be read", error),
      );
    });
    return () => abortion.abort();
  }, []);
  return dragging;
}
