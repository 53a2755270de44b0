import { useEffect, useEffectEvent, useState } from "react";
import { notifyFailure } from "../shell/failure.tsx";
import { carriesFiles, droppedFiles, type IncomingFile } from "./intake.ts";

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
    // Without this the browser would leave the page and show the file.
    on("dragover", (event) => event.preventDefault());
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
