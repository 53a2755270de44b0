// Loaded before `npm start`, by whatever Node.js there is: what `npm ci` has not brought yet, a newer
// Node.js among it, cannot say so itself.
import { existsSync } from "node:fs";

if (!existsSync(new URL("../node_modules/wrangler", import.meta.url))) {
  console.error("Run `npm ci` first: it brings Node.js and the Workers runtime.");
  process.exit(1);
}
