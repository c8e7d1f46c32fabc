-- A channel's lane is held by its intent under way, not by a row of its own: an index lets in one. What belongs to a delivery is
-- found by it, and needs no index besides.

CREATE TABLE intents_of_deliveries (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    part TEXT NOT NULL, -- core::delivery::Part
    generation BIGINT NOT NULL,
    intent_key TEXT NOT NULL, -- derived; empty where the network takes none
    match_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    evidence TEXT NOT NULL, -- fenced, read_back, none
    stored_at BIGINT NOT NULL,
    send_by BIGINT NOT NULL,
    settle_ms BIGINT NOT NULL,
    resent_at BIGINT,
    looks BIGINT NOT NULL, -- how often its outcome was looked for
    absent_seen_at BIGINT, -- first time a list did not hold it
    holds_lane BOOLEAN NOT NULL, -- its call may be under way: no other begins on the channel before it ends, or send_by is over
    outcome TEXT, -- NULL while open; committed, refused, not_sent, absent, person_there, person_absent
    external_id TEXT,
    permalink TEXT,
    decided_at BIGINT,
    PRIMARY KEY (delivery_id, id)
);
INSERT INTO intents_of_deliveries (delivery_id, id, channel_id, part, generation, intent_key, match_key, body_hash, evidence, stored_at,
    send_by, settle_ms, resent_at, looks, absent_seen_at, holds_lane, outcome, external_id, permalink, decided_at)
SELECT delivery_id, id, channel_id, part, generation, intent_key, match_key, body_hash, evidence, stored_at,
    send_by, settle_ms, resent_at, looks, absent_seen_at, false, outcome, external_id, permalink, decided_at
FROM intents;
DROP TABLE intents;
ALTER TABLE intents_of_deliveries RENAME TO intents;
CREATE UNIQUE INDEX intents_match ON intents (channel_id, match_key) WHERE outcome IS NULL;
CREATE UNIQUE INDEX intents_external ON intents (channel_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX intents_lane ON intents (channel_id) WHERE holds_lane;

ALTER TABLE channels DROP COLUMN lane_delivery_id;
ALTER TABLE channels DROP COLUMN lane_until;

CREATE TABLE attempts_of_deliveries (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT, -- the state it ended in
    PRIMARY KEY (delivery_id, id)
);
INSERT INTO attempts_of_deliveries (delivery_id, id, started_at, ended_at, outcome)
SELECT delivery_id, id, started_at, ended_at, outcome FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_of_deliveries RENAME TO attempts;

CREATE TABLE steps_of_deliveries (
    delivery_id TEXT NOT NULL,
    id TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL, -- call, commit, wait, look, state, person
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    http_status BIGINT,
    outcome TEXT NOT NULL, -- ok, refused, lost, not_sent, found, absent, unknown, or the state reached
    detail TEXT NOT NULL, -- for people, without secrets
    PRIMARY KEY (delivery_id, id)
);
INSERT INTO steps_of_deliveries (delivery_id, id, attempt_id, label, kind, started_at, ended_at, http_status, outcome, detail)
SELECT delivery_id, id, attempt_id, label, kind, started_at, ended_at, http_status, outcome, detail FROM steps;
DROP TABLE steps;
ALTER TABLE steps_of_deliveries RENAME TO steps;
