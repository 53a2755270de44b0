-- What of npm a build is made with: a closure's SHA-256. What no build names goes in a month.
ALTER TABLE builds ADD COLUMN closure TEXT;
CREATE INDEX builds_closure ON builds (closure) WHERE closure IS NOT NULL;
