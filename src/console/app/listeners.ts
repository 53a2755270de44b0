/** Who is told when something changes that lives outside of React. */
export type Listeners = {
  /** Calls `listener` after each change; returns what ends that, as useSyncExternalStore wants it. */
  listen(listener: () => void): () => void;
  /** Tells of a change. */
  announce(): void;
};

export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce() {
      for (const listener of listeners) listener();
    },
  };
}
