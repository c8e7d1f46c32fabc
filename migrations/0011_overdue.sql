-- Spells in which something was overdue, so that each is told once.
CREATE TABLE overdue_spells (
    scope TEXT PRIMARY KEY, -- a project's id, or "installation"
    began_at BIGINT NOT NULL,
    ended_at BIGINT -- NULL while it lasts
);

-- Few at any time; the hot path does not write it.
CREATE INDEX deliveries_waiting_for_person ON deliveries (id) WHERE waits_for_person;
