/** Where in the console one is, kept in the page's path so that reload, back and links work. */
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { useSyncExternalStore } from "react";
import { createListeners } from "./listeners.ts";

export type ServiceTab = "files" | "environments" | "activity" | "logs" | "settings";

export type Place =
  | { page: "services" }
  /** Keys and accounts. */
  | { page: "account" }
  /** `item`: the file that is open, or the environment whose activity or logs are shown. */
  | { page: "service"; serviceSid: string; tab: ServiceTab; item: string | null }
  | { page: "unknown" };

const SERVICE_PATH =
  /^\/services\/(ZS[0-9a-f]{32})(?:\/(files|environments|activity|logs|settings)(?:\/(Z[HE][0-9a-f]{32}))?)?\/?$/i;

/** What a tab's item is. */
const ITEM_PREFIXES: Record<ServiceTab, string | null> = {
  files: "ZH",
  environments: null,
  activity: "ZE",
  logs: "ZE",
  settings: null,
};

export function placeOf(path: string): Place {
  if (path === "/" || path === "/services" || path === "/services/") return { page: "services" };
  if (path === "/account" || path === "/account/") return { page: "account" };
  const service = SERVICE_PATH.exec(path);
  if (!service) return { page: "unknown" };
  const [, serviceSid, tab = "files", item = null] = service as unknown as [
    string,
    string,
    ServiceTab | undefined,
    string | undefined,
  ];
  if (item !== null && item.slice(0, 2) !== ITEM_PREFIXES[tab]) return { page: "unknown" };
  return { page: "service", serviceSid, tab, item };
}

export function pathOf(place: Exclude<Place, { page: "unknown" }>): string {
  if (place.page === "services") return "/";
  if (place.page === "account") return "/account";
  const { serviceSid, tab, item } = place;
  const base = `/services/${serviceSid}`;
  if (item !== null) return `${base}/${tab}/${item}`;
  return tab === "files" ? base : `${base}/${tab}`;
}

const { listen, announce } = createListeners();
addEventListener("popstate", announce);

/** Goes to `path`, which may have a query; `replace`: back does not lead here again. */
export function navigate(path: string, { replace = false } = {}): void {
  if (path === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  announce();
  scrollTo(0, 0);
}

export function useSearch(): string {
  return useSyncExternalStore(listen, () => location.search);
}

/** The value of `name` in the query, and null where it has none. */
export function useParameter(name: string): string | null {
  return new URLSearchParams(useSearch()).get(name);
}

/** Returns the query as it is with `changes`; null takes a parameter away. */
export function searchWith(changes: Record<string, string | null>): string {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  const search = String(parameters);
  return search === "" ? "" : `?${search}`;
}

/** Changes the query in place: how a list is filtered is no place to come back to. */
export function replaceParameters(changes: Record<string, string | null>): void {
  const search = searchWith(changes);
  if (search === location.search) return;
  history.replaceState(history.state, "", location.pathname + search);
  announce();
}

/** Opens what the parameter `name` says: back closes it. */
export function openParameter(name: string, value: string): void {
  const search = searchWith({ [name]: value });
  if (search === location.search) return;
  // What is open already makes room: back closes both.
  if (new URLSearchParams(location.search).has(name)) {
    history.replaceState(history.state, "", location.pathname + search);
  } else history.pushState({ opened: name }, "", location.pathname + search);
  announce();
}

/** Closes it: by going back where it was opened here, so that back does not open it again. */
export function closeParameter(name: string): void {
  if (!new URLSearchParams(location.search).has(name)) return;
  const { opened } = (history.state ?? {}) as { opened?: string };
  if (opened === name) history.back();
  else replaceParameters({ [name]: null });
}

export function usePath(): string {
  return useSyncExternalStore(listen, () => location.pathname);
}

/** A link inside the console: it does not load the page anew. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (event.defaultPrevented || !plain || href === undefined) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...rest} href={href} onClick={follow} />;
}
