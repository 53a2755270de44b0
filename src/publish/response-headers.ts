import type { HeaderFields, ManifestVisibility } from "../contract/manifest.ts";
import { essence } from "./media-type.ts";

/**
 * SVG and XML need no script, and opened as a document must not run any: they could read what the
 * host's other pages hold. As an image, a stylesheet's picture or TwiML nothing of this applies.
 */
const INERT_DOCUMENT = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * Returns the headers that an asset is served with where no rule of `/_headers` says otherwise, but
 * for what the gateway derives from the asset's own entry (see Manifest.headers).
 */
export function defaultHeaders(visibility: ManifestVisibility, type: string): HeaderFields {
  const headers: HeaderFields = [["X-Content-Type-Options", "nosniff"]];
  const kind = documentKind(essence(type));
  // What is between here and the browser adds scripts to HTML, or rewrites what is in it, unasked.
  const untouched = kind === "html" ? ", no-transform" : "";
  if (visibility === "public") {
    headers.push(
      // Any cache may keep it, and asks whether it still holds: a deployment shows at once.
      ["Cache-Control", `public, max-age=0, must-revalidate${untouched}`],
      // A public file is public to every page; no credential makes it another one.
      ["Access-Control-Allow-Origin", "*"],
      ["Access-Control-Expose-Headers", "ETag, Accept-Ranges, Content-Range"],
    );
  } else {
    // Kept by nobody but who asked, and never used without the signature being checked again.
    headers.push(["Cache-Control", `private, no-cache${untouched}`]);
  }
  // Own process, own event loop: the tenants' hosts share a parent domain.
  if (kind === "html") headers.push(["Origin-Agent-Cluster", "?1"]);
  if (kind === "xml") headers.push(["Content-Security-Policy", INERT_DOCUMENT]);
  return headers;
}

function documentKind(type: string): "html" | "xml" | null {
  if (type === "text/html" || type === "application/xhtml+xml") return "html";
  const xml = type === "text/xml" || type === "application/xml" || type.endsWith("+xml");
  return xml ? "xml" : null;
}
