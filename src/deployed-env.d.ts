/** What a deployment adds to what wrangler.toml names; absent is as good as empty. */
interface Env {
  /** The apex of all hosts. None: deployed by a button, and not yet told where it lives. */
  BASE_DOMAIN: string;
  /** Where builds get npm packages. */
  NPM_REGISTRY: string;
  /** While a token is being rotated. */
  TWILIO_AUTH_TOKEN_SECONDARY: string;
}
declare namespace Cloudflare {
  interface Env {
    BASE_DOMAIN: string;
    NPM_REGISTRY: string;
    TWILIO_AUTH_TOKEN_SECONDARY: string;
  }
}
