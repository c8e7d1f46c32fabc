CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT REFERENCES projects (id), -- NULL: an idea
    author_id TEXT NOT NULL REFERENCES users (id),
    version BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    content TEXT NOT NULL, -- JSON: core::post::Content
    labels TEXT NOT NULL, -- JSON list
    search_text TEXT NOT NULL, -- title, text and hashtags, folded
    wished_at BIGINT, -- the day it is wished for while it is a draft
    local_time TEXT, -- what was typed: 2026-11-24T09:30
    zone TEXT, -- IANA zone of local_time
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX posts_project ON posts (project_id, id);
CREATE INDEX posts_organization ON posts (organization_id, id);

CREATE TABLE post_versions (
    post_id TEXT NOT NULL REFERENCES posts (id),
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    author_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, version)
);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    post_id TEXT NOT NULL REFERENCES posts (id),
    channel_id TEXT NOT NULL REFERENCES channels (id),
    network TEXT NOT NULL,
    content_type TEXT NOT NULL,
    mode TEXT NOT NULL, -- publish, draft
    overrides TEXT NOT NULL, -- JSON: core::post::Overrides
    state TEXT NOT NULL, -- core::delivery::State
    version BIGINT NOT NULL,
    gate TEXT NOT NULL, -- core::delivery::Gate
    due_at BIGINT,
    local_time TEXT,
    zone TEXT,
    -- The only queue: the next instant at which the engine must look; NULL when nothing is to do.
    wake_at BIGINT,
    claim_epoch BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    progress TEXT, -- JSON: the adapter's memory
    attempt_id TEXT, -- the attempt under way
    intent_open BOOLEAN NOT NULL, -- an intent without an outcome: the point of no return
    published_version BIGINT, -- the post version that was sent
    external_id TEXT,
    permalink TEXT,
    kept_private TEXT,
    warning TEXT,
    failure_kind TEXT,
    failure_code TEXT,
    failure_message TEXT,
    failure_remedy TEXT,
    missed_why TEXT,
    deferred_until BIGINT,
    waits_for_person BOOLEAN NOT NULL, -- in doubt, and looking was given up
    processing_since BIGINT,
    retries BIGINT NOT NULL, -- of the present outage
    retry_since BIGINT,
    renewed BOOLEAN NOT NULL, -- the access was renewed once in this run
    first_commit_at BIGINT,
    lateness_ms BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX deliveries_wake ON deliveries (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX deliveries_post ON deliveries (post_id);
CREATE INDEX deliveries_channel_due ON deliveries (channel_id, due_at);
CREATE INDEX deliveries_channel_commit ON deliveries (channel_id, first_commit_at);
CREATE INDEX deliveries_project_due ON deliveries (project_id, due_at);

CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT -- the state it ended in
);
CREATE INDEX attempts_delivery ON attempts (delivery_id, id);

CREATE TABLE steps (
    id TEXT PRIMARY KEY,
    delivery_id TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL, -- call, commit, wait, look, state, person
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    http_status BIGINT,
    outcome TEXT NOT NULL, -- ok, refused, lost, not_sent, found, absent, unknown, or the state reached
    detail TEXT NOT NULL -- for people, without secrets
);
CREATE INDEX steps_delivery ON steps (delivery_id, id);

CREATE TABLE intents (
    id TEXT PRIMARY KEY,
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
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
    outcome TEXT, -- NULL while open; committed, refused, not_sent, absent, person_there, person_absent
    external_id TEXT,
    permalink TEXT,
    decided_at BIGINT
);
CREATE INDEX intents_delivery ON intents (delivery_id, id);
CREATE UNIQUE INDEX intents_match ON intents (channel_id, match_key) WHERE outcome IS NULL;
CREATE UNIQUE INDEX intents_external ON intents (channel_id, external_id) WHERE external_id IS NOT NULL;
