/**
 * Who is signed in. Credentials live in this module's memory; only when asked to are they kept: in the
 * tab's session storage, which ends with the tab, or in the browser's local storage, for BROWSER_HOURS.
 * They leave in the Authorization header alone: no request carries them that this page does not make.
 */

import { createListeners } from "../listeners.ts";

export type Credentials = { username: string; password: string };

export type Session =
  | { state: "signed-out" }
  | { state: "signed-in"; credentials: Credentials; accountSid: string }
  /** The API refused the credentials: what waits for it goes on after signing in again. */
  | { state: "expired"; credentials: Credentials; accountSid: string };

/** Thrown into what waited for a renewed session when the person signs out, or in as another account. */
export class SignedOut extends Error {
  constructor() {
    super("You signed out before this was done");
  }
}

/** Where a login is kept: nowhere but in memory, in this tab, in this browser for some hours. */
export type Keeping = "page" | "tab" | "browser";

export const BROWSER_HOURS = 12;

const STORAGE_KEY = "ringback.session";

type Waiter = { resolve: () => void; reject: (reason: SignedOut) => void };

let end: ReturnType<typeof setTimeout> | undefined;
let session: Session = restored();
const { listen, announce } = createListeners();
const waiters = new Set<Waiter>();

export function currentSession(): Session {
  return session;
}

/** Calls `listener` after each change; returns what ends that. */
export function onSession(listener: () => void): () => void {
  return listen(listener);
}

/** Starts or renews the session. */
export function signIn(credentials: Credentials, accountSid: string, keeping: Keeping): void {
  const other = session.state !== "signed-out" && session.accountSid !== accountSid;
  if (other) rejectWaiters();
  forget();
  const kept = { credentials, accountSid };
  if (keeping === "tab") sessionStorage.setItem(STORAGE_KEY, JSON.stringify(kept));
  if (keeping === "browser") {
    const until = Date.now() + BROWSER_HOURS * 3_600_000;
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ ...kept, until }));
    endAt(until);
  }
  become({ state: "signed-in", credentials, accountSid });
  for (const { resolve } of waiters) resolve();
  waiters.clear();
}

export function signOut(): void {
  forget();
  become({ state: "signed-out" });
  rejectWaiters();
}

/** How this login is kept. */
export function keepingOf(): Keeping {
  if (localStorage.getItem(STORAGE_KEY) !== null) return "browser";
  return sessionStorage.getItem(STORAGE_KEY) === null ? "page" : "tab";
}

function forget(): void {
  sessionStorage.removeItem(STORAGE_KEY);
  localStorage.removeItem(STORAGE_KEY);
  clearTimeout(end);
}

/** Hours may have gone by while the machine slept: the time is looked at, not only waited for. */
function endAt(until: number): void {
  clearTimeout(end);
  end = setTimeout(
    () => (Date.now() < until ? endAt(until) : signOut()),
    Math.min(60_000, Math.max(0, until - Date.now())),
  );
}

// Who signs out in one tab of the browser is signed out in all that share the login.
addEventListener("storage", ({ key, newValue, oldValue }) => {
  if (key !== STORAGE_KEY || newValue !== null || session.state === "signed-out") return;
  if (oldValue !== null && storedIn(oldValue)?.accountSid === session.accountSid) signOut();
});

/**
 * Notes that the API refused `credentials`; resolves once others are there, and rejects with SignedOut
 * when the person gives up. Resolves at once where they were renewed meanwhile.
 */
export function renewedSession(credentials: Credentials): Promise<void> {
  if (session.state === "signed-out") return Promise.reject(new SignedOut());
  if (session.state === "signed-in") {
    if (session.credentials !== credentials) return Promise.resolve();
    become({ ...session, state: "expired" });
  }
  return new Promise((resolve, reject) => waiters.add({ resolve, reject }));
}

/** The value of the Authorization header (RFC 7617, UTF-8). */
export function basicAuthorization({ username, password }: Credentials): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function become(next: Session): void {
  session = next;
  announce();
}

function rejectWaiters(): void {
  for (const { reject } of waiters) reject(new SignedOut());
  waiters.clear();
}

function restored(): Session {
  const tab = storedIn(sessionStorage.getItem(STORAGE_KEY));
  if (tab) return { state: "signed-in", ...loginOf(tab) };
  const browser = storedIn(localStorage.getItem(STORAGE_KEY));
  if (browser?.until !== undefined && Date.now() < browser.until) {
    endAt(browser.until);
    return { state: "signed-in", ...loginOf(browser) };
  }
  localStorage.removeItem(STORAGE_KEY);
  return { state: "signed-out" };
}

type Stored = { credentials: Credentials; accountSid: string; until?: number };

function loginOf({ credentials, accountSid }: Stored): Pick<Stored, "credentials" | "accountSid"> {
  return { credentials, accountSid };
}

/** Returns what was kept; null for what is not ours. */
function storedIn(text: string | null): Stored | null {
  try {
    const stored = JSON.parse(text ?? "null") as Partial<Stored> | null;
    const isOurs =
      typeof stored?.accountSid === "string" &&
      typeof stored.credentials?.username === "string" &&
      typeof stored.credentials.password === "string" &&
      (stored.until === undefined || typeof stored.until === "number");
    return isOurs ? (stored as Stored) : null;
  } catch {
    return null;
  }
}
