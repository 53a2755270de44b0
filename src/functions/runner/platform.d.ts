/** What the platform has and its types leave out. */
declare namespace CloudflareWorkersModule {
  /** Ends this isolate: its id stands for a new one then, and its memory is given back. */
  export function abortIsolate(reason?: string): never;
}
