/** Where in the console one is, kept in the page's path so that reload, back and links work. */
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { useSyncExternalStore } from "react";

export type ServiceTab = "assets" | "environments" | "settings";

export type Place =
  | { page: "services" }
  | { page: "service"; serviceSid: string; tab: ServiceTab }
  | { page: "unknown" };

const SERVICE_PATH = /^\/services\/(ZS[0-9a-f]{32})(?:\/(assets|environments|settings))?\/?$/i;

export function placeOf(path: string): Place {
  if (path === "/" || path === "/services" || path === "/services/") return { page: "services" };
  const service = SERVICE_PATH.exec(path);
  if (!service) return { page: "unknown" };
  const tab = (service[2] as ServiceTab | undefined) ?? "assets";
  return { page: "service", serviceSid: service[1] as string, tab };
}

export function pathOf(place: Exclude<Place, { page: "unknown" }>): string {
  if (place.page === "services") return "/";
  const base = `/services/${place.serviceSid}`;
  return place.tab === "assets" ? base : `${base}/${place.tab}`;
}

const listeners = new Set<() => void>();
addEventListener("popstate", announce);

function announce(): void {
  for (const listener of listeners) listener();
}

export function navigate(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  announce();
  scrollTo(0, 0);
}

export function usePath(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => location.pathname,
  );
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
