import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { getNonce } from "get-nonce";
import { useEffect, useEffectEvent, useRef } from "react";
import { languageOf } from "./language.ts";
import { appearance, colours } from "./style.ts";

/** Marks a change that the page made, not the person. */
const fromPage = Annotation.define<true>();

/** Where in a file the cursor is to go; a new object goes there again. */
export type Jump = { fileSid: string; line: number | null };

/**
 * A text with line numbers and colours. Tab indents; Escape and then Tab leaves, as CodeMirror has it.
 */
export default function CodeEditor({
  label,
  describedBy,
  contentType,
  text,
  jump,
  onChange,
}: {
  label: string;
  describedBy: string;
  /** The media type that says which language it is. */
  contentType: string;
  text: string;
  jump: Jump | null;
  onChange: (text: string) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const change = useEffectEvent(onChange);
  const initial = useRef(text);

  useEffect(() => {
    const view = new EditorView({
      parent: place.current as HTMLDivElement,
      doc: initial.current,
      extensions: [
        ...behaviour(),
        languageOf(contentType),
        EditorView.cspNonce.of(getNonce() ?? ""),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-describedby": describedBy,
          // It is in the order of Tab anyway; checkers of accessibility want to read it.
          tabindex: "0",
        }),
        EditorView.updateListener.of(({ docChanged, state, transactions }) => {
          const typed = transactions.some((one) => one.docChanged && !one.annotation(fromPage));
          if (docChanged && typed) change(state.doc.toString());
        }),
      ],
    });
    editor.current = view;
    return () => {
      // What the next one starts with, should the label or the language change.
      initial.current = view.state.doc.toString();
      view.destroy();
      editor.current = null;
    };
  }, [label, describedBy, contentType]);

  useEffect(() => {
    const view = editor.current;
    if (!view || view.state.doc.toString() === text) return;
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: text },
      annotations: fromPage.of(true),
    });
  }, [text]);

  useEffect(() => {
    const view = editor.current;
    if (!view || !jump) return;
    if (jump.line !== null) {
      const { from } = view.state.doc.line(Math.min(Math.max(jump.line, 1), view.state.doc.lines));
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: "center" }),
      });
    }
    view.focus();
  }, [jump]);

  return <div ref={place} className="rb-code" />;
}

function behaviour(): Extension[] {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    bracketMatching(),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    syntaxHighlighting(colours),
    appearance,
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
  ];
}
