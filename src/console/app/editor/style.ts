import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Colours are the console's variables, which know light from dark (shell/words-and-boxes.css). */
export const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--rb-code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--rb-code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--rb-code-number)" },
  { tag: [tags.comment, tags.processingInstruction], color: "var(--rb-code-comment)" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.className],
    color: "var(--rb-code-function)",
  },
  { tag: [tags.tagName, tags.angleBracket], color: "var(--rb-code-keyword)" },
  { tag: [tags.attributeName, tags.propertyName], color: "var(--rb-code-name)" },
  { tag: tags.invalid, color: "var(--rb-bad)" },
]);

export const appearance = EditorView.theme({
  "&": { height: "100%", fontSize: "0.875rem", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mantine-font-family-monospace)",
    lineHeight: "1.55",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--mantine-color-text)", paddingBlock: "0.6rem" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--mantine-color-dimmed)",
    borderRight: "1px solid var(--rb-line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--rb-code-line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { background: "var(--rb-code-selection)" },
  ".cm-selectionMatch": { backgroundColor: "var(--rb-code-selection)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--rb-code-selection)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", color: "var(--rb-bad)" },
  ".cm-panels": {
    backgroundColor: "var(--rb-soft)",
    color: "inherit",
    borderColor: "var(--rb-line)",
  },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--rb-line)" },
  ".cm-textfield, .cm-button": {
    backgroundColor: "var(--rb-surface)",
    backgroundImage: "none",
    border: "1px solid var(--rb-line)",
    borderRadius: "6px",
    color: "inherit",
    fontSize: "0.8125rem",
  },
  ".cm-searchMatch": { backgroundColor: "var(--rb-code-selection)" },
});
