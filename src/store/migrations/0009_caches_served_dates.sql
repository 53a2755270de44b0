-- Last-Modified never goes back on a hostname: since when an environment answers a path as it does is
-- remembered, and the latest such date of each hostname outlives what served it. Unix seconds.

-- What the environment's deployment serves. `dates`: JSON, date -> entity tags of TAG_LENGTH, joined.
CREATE TABLE served_dates (
  environment_sid TEXT PRIMARY KEY REFERENCES environments (sid) ON DELETE CASCADE,
  deployment_sid TEXT NOT NULL,
  dates TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The latest date that the environment gave anything.
ALTER TABLE environments ADD COLUMN last_modified INTEGER NOT NULL DEFAULT 0;

-- What the domain shows is no older: before, the hostname may have shown something else.
ALTER TABLE domains ADD COLUMN shown_since INTEGER NOT NULL DEFAULT 0;
UPDATE domains SET shown_since = coalesce(unixepoch(date_created), 0);

-- Hostnames that nothing serves any more, environments' by their label alone: no domain is one label.
CREATE TABLE former_hostnames (
  hostname TEXT PRIMARY KEY,
  last_modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER environments_keep_last_modified BEFORE DELETE ON environments
WHEN OLD.deployment_sid IS NOT NULL
BEGIN
  INSERT INTO former_hostnames (hostname, last_modified)
  VALUES (OLD.domain_label, max(unixepoch(), OLD.last_modified))
  ON CONFLICT (hostname) DO UPDATE SET last_modified = excluded.last_modified;
  INSERT INTO former_hostnames (hostname, last_modified)
  SELECT hostname, max(unixepoch(), OLD.last_modified, shown_since)
  FROM domains WHERE environment_sid = OLD.sid
  ON CONFLICT (hostname) DO UPDATE SET last_modified = excluded.last_modified;
END;

-- Also where an environment takes its domains with it: then it is gone, and what stands there is kept.
CREATE TRIGGER domains_keep_last_modified BEFORE DELETE ON domains
BEGIN
  INSERT INTO former_hostnames (hostname, last_modified)
  VALUES (OLD.hostname, max(unixepoch(), OLD.shown_since, coalesce(
    (SELECT last_modified FROM environments WHERE sid = OLD.environment_sid), 0)))
  ON CONFLICT (hostname) DO UPDATE
  SET last_modified = max(former_hostnames.last_modified, excluded.last_modified);
END;

CREATE TRIGGER environments_resume_last_modified AFTER INSERT ON environments
BEGIN
  UPDATE environments SET last_modified = former.last_modified
  FROM former_hostnames AS former
  WHERE environments.sid = NEW.sid AND former.hostname = NEW.domain_label;
  DELETE FROM former_hostnames WHERE hostname = NEW.domain_label;
END;

CREATE TRIGGER domains_resume_last_modified AFTER INSERT ON domains
BEGIN
  UPDATE domains SET shown_since = max(coalesce(unixepoch(NEW.date_created), 0), coalesce(
    (SELECT last_modified + 1 FROM former_hostnames WHERE hostname = NEW.hostname), 0))
  WHERE sid = NEW.sid;
  DELETE FROM former_hostnames WHERE hostname = NEW.hostname;
END;
