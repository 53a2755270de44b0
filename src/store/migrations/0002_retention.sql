-- What retention counts from. Triggers keep it true whatever deletes or deploys.

-- Since when no environment serves the build; null when none ever did, and date_created counts.
ALTER TABLE builds ADD COLUMN date_inactive TEXT;

-- When a build that held the version was last deleted; null when none was, and date_created counts.
ALTER TABLE versions ADD COLUMN date_unbuilt TEXT;

CREATE TRIGGER environments_deploy_another_build AFTER UPDATE OF build_sid ON environments
WHEN OLD.build_sid IS NOT NULL AND OLD.build_sid IS NOT NEW.build_sid
BEGIN
  UPDATE builds SET date_inactive = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE sid = OLD.build_sid;
END;

CREATE TRIGGER environments_release_build AFTER DELETE ON environments
WHEN OLD.build_sid IS NOT NULL
BEGIN
  UPDATE builds SET date_inactive = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE sid = OLD.build_sid;
END;

CREATE TRIGGER builds_release_versions BEFORE DELETE ON builds
BEGIN
  UPDATE versions SET date_unbuilt = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
  WHERE sid IN (SELECT version_sid FROM build_versions WHERE build_sid = OLD.sid);
END;

-- How far the scheduled job has come in each of its walks; what is done is walked again.
CREATE TABLE walks (
  name TEXT PRIMARY KEY,
  position TEXT NOT NULL
) STRICT, WITHOUT ROWID;
