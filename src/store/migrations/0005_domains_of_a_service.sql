-- Deleting a service looks its domains up, and cascades to them.
CREATE INDEX domains_service ON domains (service_sid);
