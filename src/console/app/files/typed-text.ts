/**
 * A new text file as it was typed, a service each. It lives in this tab: back closes the dialog, and
 * forward or opening it again finds what was typed. Closing the tab asks first; signing out forgets it.
 */
import type { Visibility } from "../../../api/representations.ts";
import { currentSession, onSession } from "../session/session.ts";

export type TypedText = { path: string; visibility: Visibility; text: string };

const NOTHING: TypedText = { path: "", visibility: "public", text: "" };

const typed = new Map<string, TypedText>();

export function typedText(serviceSid: string): TypedText {
  return typed.get(serviceSid) ?? NOTHING;
}

export function keepTypedText(serviceSid: string, text: TypedText): void {
  typed.set(serviceSid, text);
}

export function forgetTypedText(serviceSid: string): void {
  typed.delete(serviceSid);
}

addEventListener("beforeunload", (event) => {
  if ([...typed.values()].some(({ text }) => text !== "")) event.preventDefault();
});

onSession(() => {
  if (currentSession().state === "signed-out") typed.clear();
});
