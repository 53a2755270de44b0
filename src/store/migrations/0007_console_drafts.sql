-- A file's draft, what its next deployment takes, is its newest version unless an earlier one was
-- chosen. The choice holds as long as no version came after `draft_after`, the newest one then.
ALTER TABLE resources ADD COLUMN draft_version_sid TEXT;
ALTER TABLE resources ADD COLUMN draft_after INTEGER;

-- What somebody found in a version's bytes, JSON: VersionFacts (src/api/representations.ts).
ALTER TABLE versions ADD COLUMN facts TEXT;

-- Who deployed: `token` or the SID of an API key, that key's name then, the client, and what it says
-- of the deployment; what it changed, JSON: DeploymentChanges. Null for deployments of before.
ALTER TABLE deployments ADD COLUMN credential TEXT;
ALTER TABLE deployments ADD COLUMN credential_name TEXT;
ALTER TABLE deployments ADD COLUMN client TEXT;
ALTER TABLE deployments ADD COLUMN note TEXT;
ALTER TABLE deployments ADD COLUMN changes TEXT;
