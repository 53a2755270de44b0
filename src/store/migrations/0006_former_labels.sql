-- Labels of deleted environments that once served something. Links and phone numbers may still name
-- them: they never become another account's, who would then be sent what is meant for the first.
CREATE TABLE former_labels (
  domain_label TEXT PRIMARY KEY,
  account_sid TEXT NOT NULL,
  date_created TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER environments_leave_label AFTER DELETE ON environments
WHEN OLD.deployment_sid IS NOT NULL
BEGIN
  INSERT OR REPLACE INTO former_labels (domain_label, account_sid, date_created)
  VALUES (OLD.domain_label, OLD.account_sid, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'));
END;
