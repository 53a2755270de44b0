/**
 * Loaded into the gateway's process before anything else: when the process that started it is gone,
 * however it went, the channel between them closes and this one stops as if it had been told to.
 */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
