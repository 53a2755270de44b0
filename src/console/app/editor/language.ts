import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { xml } from "@codemirror/lang-xml";
import type { Extension } from "@codemirror/state";
import { essence } from "../preflight/sniff.ts";

/** Returns how texts of media type `type` are coloured; others are plain. */
export function languageOf(type: string): Extension {
  const name = essence(type);
  if (/javascript$/.test(name)) return javascript();
  if (/[/+]json$/.test(name)) return json();
  return /[/+]xml$|\/html$/.test(name) ? xml() : [];
}
