-- The control plane's tables. D1 is the truth; KV and the gateway hold what is derived from it.
-- `seq` orders every list and is the paging cursor; a SID is what the API names a row by.
-- The operator's account lives in Worker secrets and has no row in `accounts`.

CREATE TABLE accounts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  friendly_name TEXT NOT NULL,
  -- AES-GCM, context "account:<sid>": JSON [primary, secondary?]
  auth_tokens TEXT NOT NULL,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL
) STRICT;

CREATE TABLE api_keys (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  friendly_name TEXT NOT NULL,
  -- SHA-256 of the secret, hexadecimal: the secret has 256 random bits, so no slow hash is needed
  secret_sha256 TEXT NOT NULL,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL
) STRICT;
CREATE INDEX api_keys_account ON api_keys (account_sid, seq);

CREATE TABLE services (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  unique_name TEXT NOT NULL,
  friendly_name TEXT NOT NULL,
  include_credentials INTEGER NOT NULL CHECK (include_credentials IN (0, 1)),
  ui_editable INTEGER NOT NULL CHECK (ui_editable IN (0, 1)),
  domain_base TEXT NOT NULL UNIQUE,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL,
  UNIQUE (account_sid, unique_name)
) STRICT;
CREATE INDEX services_account ON services (account_sid, seq);

CREATE TABLE environments (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL REFERENCES services (sid) ON DELETE CASCADE,
  unique_name TEXT NOT NULL,
  domain_suffix TEXT,
  -- One DNS label; the whole hostname is this label and BASE_DOMAIN
  domain_label TEXT NOT NULL UNIQUE,
  -- The build and deployment that serve now; both null when nothing is deployed
  build_sid TEXT,
  deployment_sid TEXT,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL,
  UNIQUE (service_sid, unique_name)
) STRICT;
CREATE INDEX environments_service ON environments (service_sid, seq);
CREATE INDEX environments_build ON environments (build_sid);

-- Custom domains: another hostname for an environment's deployment
CREATE TABLE domains (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL REFERENCES services (sid) ON DELETE CASCADE,
  environment_sid TEXT NOT NULL REFERENCES environments (sid) ON DELETE CASCADE,
  hostname TEXT NOT NULL UNIQUE,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL
) STRICT;
CREATE INDEX domains_environment ON domains (environment_sid, seq);

-- Assets and Functions are one kind of resource to Twilio (SID ZH…): a name that has versions (ZN…)
CREATE TABLE resources (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('asset', 'function')),
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL REFERENCES services (sid) ON DELETE CASCADE,
  friendly_name TEXT NOT NULL,
  -- Set when deleted through the API: gone for clients, kept until no build holds a version of it
  date_deleted TEXT,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL
) STRICT;
CREATE INDEX resources_service ON resources (service_sid, kind, seq);

CREATE TABLE versions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('asset', 'function')),
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL,
  resource_sid TEXT NOT NULL REFERENCES resources (sid) ON DELETE CASCADE,
  path TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'protected', 'private')),
  content_type TEXT NOT NULL,
  content_size INTEGER NOT NULL,
  content_sha256 TEXT NOT NULL,
  date_created TEXT NOT NULL
) STRICT;
CREATE INDEX versions_resource ON versions (resource_sid, seq);
CREATE INDEX versions_service ON versions (service_sid, seq);

CREATE TABLE builds (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL REFERENCES services (sid) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('building', 'completed', 'failed')),
  runtime TEXT NOT NULL,
  -- JSON [{name, version}]
  dependencies TEXT NOT NULL,
  -- JSON [{message, path?, line?}]: why a build failed
  errors TEXT NOT NULL,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL
) STRICT;
CREATE INDEX builds_service ON builds (service_sid, seq);
CREATE INDEX builds_account ON builds (account_sid, date_created);

CREATE TABLE build_versions (
  build_sid TEXT NOT NULL REFERENCES builds (sid) ON DELETE CASCADE,
  version_sid TEXT NOT NULL,
  PRIMARY KEY (build_sid, version_sid)
) STRICT, WITHOUT ROWID;
CREATE INDEX build_versions_version ON build_versions (version_sid);

CREATE TABLE deployments (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL,
  environment_sid TEXT NOT NULL REFERENCES environments (sid) ON DELETE CASCADE,
  -- Null: an un-deployment
  build_sid TEXT,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL
) STRICT;
CREATE INDEX deployments_environment ON deployments (environment_sid, seq);

CREATE TABLE variables (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  account_sid TEXT NOT NULL,
  service_sid TEXT NOT NULL,
  environment_sid TEXT NOT NULL REFERENCES environments (sid) ON DELETE CASCADE,
  key TEXT NOT NULL,
  -- AES-GCM, context "variable:<sid>"
  value TEXT NOT NULL,
  date_created TEXT NOT NULL,
  date_updated TEXT NOT NULL,
  UNIQUE (environment_sid, key)
) STRICT;
CREATE INDEX variables_environment ON variables (environment_sid, seq);

-- Deleted services whose R2 objects wait until no gateway can still hold a manifest that names them
CREATE TABLE purges (
  service_sid TEXT PRIMARY KEY,
  date_created TEXT NOT NULL
) STRICT, WITHOUT ROWID;
