-- Counts the log lines of an environment, so that those past its bound are found without counting.
ALTER TABLE logs ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE logs SET number = seq;
CREATE INDEX logs_number ON logs (environment_sid, number);

-- What a completed build tells its author. JSON: BuildError[].
ALTER TABLE builds ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
