-- What the functions of deployments log.

CREATE TABLE logs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL,
  environment_sid TEXT NOT NULL REFERENCES environments (sid) ON DELETE CASCADE,
  build_sid TEXT NOT NULL,
  deployment_sid TEXT NOT NULL,
  -- Both empty for a line that was written outside of any request
  function_sid TEXT NOT NULL,
  request_sid TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('INFO', 'WARN', 'ERROR')),
  message TEXT NOT NULL,
  date_created TEXT NOT NULL
) STRICT;
CREATE INDEX logs_environment ON logs (environment_sid, seq);
CREATE INDEX logs_date ON logs (date_created);
