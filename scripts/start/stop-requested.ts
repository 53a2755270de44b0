const PARENT_CHECK_MS = 500;

/** Settles when the server is asked to stop: by a signal, or by the going away of who started it. */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      // `on`, not `once`: Ctrl-C reaches this process twice, from the terminal and from npm.
      process.on(signal, () => resolve());
    }
    // Whoever read the output has gone, as in `npm start | head`.
    process.stdout.on("error", () => resolve());
    // npm, killed outright, passes nothing on. Only under npm: a server started with `&` outlives
    // its shell on purpose.
    if (process.env.npm_lifecycle_event === "start") {
      const npm = process.ppid;
      setInterval(() => {
        if (process.ppid !== npm) resolve();
      }, PARENT_CHECK_MS).unref();
    }
  });
}
