import type { Hono } from "hono";
import type { ApiEnv } from "./context.ts";

/** Path patterns of the API with the methods of each. */
export type RouteMethods = { pattern: RegExp; methods: Set<string> }[];

/** Collects which methods the routes of `app` take, by path. */
export function routeMethods(app: Hono<ApiEnv>): RouteMethods {
  const byPath = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const methods = byPath.get(path) ?? new Set();
    byPath.set(path, methods.add(method));
  }
  return [...byPath].map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll(/:[^/]+/g, "[^/]+")}$`),
    methods,
  }));
}

/** Returns the methods that `path` takes, as `Allow` lists them; none for a path that is no resource. */
export function allowedMethods(routes: RouteMethods, path: string): string[] {
  const methods = new Set<string>();
  for (const route of routes) {
    if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
  }
  if (methods.has("GET")) methods.add("HEAD");
  if (methods.size > 0) methods.add("OPTIONS");
  return [...methods].sort();
}
