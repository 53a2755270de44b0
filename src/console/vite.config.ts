import path from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The console's pages; scripts/build-console.ts says where they are built. */
export default defineConfig({
  root: path.join(import.meta.dirname, "app"),
  base: "/",
  plugins: [react()],
  // Filled by the Worker with a new value for every page it answers (see serve.ts).
  html: { cspNonce: "CSP_NONCE" },
  // Each is a script of this origin, which the page's policy lets run.
  worker: { format: "es" },
  build: {
    target: "es2023",
    // A data: URL is one more thing a strict Content-Security-Policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: ".vite/manifest.json",
    reportCompressedSize: false,
    // A warning of how long which plugin took is for who mends plugins.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
