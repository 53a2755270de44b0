/** What a Worker says that is deployed and does not know yet where it lives: what is left to do. */

const SECRETS = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "ENCRYPTION_KEY"] as const;

/**
 * Answers every request with the page, 503: nothing is served before there is a base domain. It names
 * the secrets that are missing and tells nothing of those that are there.
 */
export function setupPage(request: Request, env: Pick<Env, (typeof SECRETS)[number]>): Response {
  const missing = SECRETS.filter((name) => !env[name]);
  const steps = [
    ...(missing.length > 0
      ? [
          `Set the Worker's secrets <code>${missing.join("</code>, <code>")}</code> in the dashboard (Settings, Variables and Secrets). <code>ENCRYPTION_KEY</code> is 32 random bytes in base64: <code>openssl rand -base64 32</code>.`,
        ]
      : []),
    'Have a domain of its own for Ringback as a zone of this account: <a href="https://dash.cloudflare.com/?to=/:account/add-site">add one</a>. The free certificate covers one label below it, which is what Ringback uses.',
    'Write the domain into <code>wrangler.toml</code> of your repository, below <code>[vars]</code>: <code>BASE_DOMAIN = "media.example"</code>, and push. Or, from a checkout on your machine: <code>npm run deploy -- --base-domain media.example</code>.',
    "Read the end of the build's log: it lists what is left to set in the zone, DNS records first, each with a link. With a token in <code>CLOUDFLARE_API_TOKEN</code> the command sets them itself.",
    "Try it: <code>npm run smoke -- https://media.example</code>. The console is at the domain itself.",
  ];
  const items = steps.map((step) => `<li>${step}</li>`).join("\n");
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ringback: what is left to do</title>
<style>body{font:1rem/1.5 system-ui;max-width:42rem;margin:3rem auto;padding:0 1rem}li{margin:.75rem 0}</style>
<h1>Ringback is deployed</h1>
<p>It serves nothing yet, as it does not know its domain. What is left to do:</p>
<ol>
${items}
</ol>
`;
  return new Response(request.method === "HEAD" ? null : page, {
    status: 503,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
      "X-Content-Type-Options": "nosniff",
      "X-Robots-Tag": "noindex",
    },
  });
}
