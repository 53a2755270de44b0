-- What a build's dependencies became, and how often an account tried to build: deleting builds, or
-- the service, takes no attempt back, and a refused one counts.
ALTER TABLE builds ADD COLUMN resolved TEXT NOT NULL DEFAULT '[]';

CREATE TABLE build_attempts (
  account_sid TEXT NOT NULL,
  date_created TEXT NOT NULL
) STRICT;

CREATE INDEX build_attempts_of_account ON build_attempts (account_sid, date_created);
