/**
 * Who is signed in. Credentials live in this module's memory; only when asked to are they kept in the
 * tab's session storage, which ends with the tab. They leave in the Authorization header alone.
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

const STORAGE_KEY = "ringback.session";

type Waiter = { resolve: () => void; reject: (reason: SignedOut) => void };

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

/** Starts or renews the session. `keep` stores it for this tab. */
export function signIn(credentials: Credentials, accountSid: string, keep: boolean): void {
  const other = session.state !== "signed-out" && session.accountSid !== accountSid;
  if (other) rejectWaiters();
  if (keep) sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ credentials, accountSid }));
  else sessionStorage.removeItem(STORAGE_KEY);
  become({ state: "signed-in", credentials, accountSid });
  for (const { resolve } of waiters) resolve();
  waiters.clear();
}

export function signOut(): void {
  sessionStorage.removeItem(STORAGE_KEY);
  become({ state: "signed-out" });
  rejectWaiters();
}

export function keepsSession(): boolean {
  return sessionStorage.getItem(STORAGE_KEY) !== null;
}

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
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null");
    if (isStored(stored)) return { state: "signed-in", ...stored };
  } catch {
    // Not ours, or storage is blocked: sign in again.
  }
  return { state: "signed-out" };
}

function isStored(value: unknown): value is { credentials: Credentials; accountSid: string } {
  const stored = value as { credentials?: Credentials; accountSid?: unknown } | null;
  return (
    typeof stored?.accountSid === "string" &&
    typeof stored.credentials?.username === "string" &&
    typeof stored.credentials.password === "string"
  );
}
