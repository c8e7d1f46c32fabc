CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    network TEXT NOT NULL,
    variant TEXT NOT NULL,
    state_hash TEXT NOT NULL UNIQUE, -- SHA-256 of the OAuth state
    code_verifier BYTEA NOT NULL, -- sealed by the vault
    status TEXT NOT NULL, -- pending, authorized, done, failed
    error TEXT, -- JSON problem for the person, without secrets
    accounts TEXT, -- JSON: the accounts found, without secrets
    account_secrets BYTEA, -- sealed: {external_id: {name: token}}
    grant_id TEXT,
    reconnect_channel_id TEXT, -- set when this is a reconnect
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    network TEXT NOT NULL,
    variant TEXT NOT NULL,
    subject TEXT NOT NULL, -- the network's id of who signed in
    subject_name TEXT NOT NULL,
    scopes TEXT NOT NULL, -- JSON list
    meta TEXT NOT NULL, -- JSON
    secrets BYTEA, -- sealed: {name: token}; NULL once erased
    expires_at BIGINT,
    refresh_expires_at BIGINT,
    refresh_lease_until BIGINT,
    refresh_epoch BIGINT NOT NULL,
    refreshed_at BIGINT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX grants_project ON grants (project_id);

CREATE TABLE channels (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    grant_id TEXT NOT NULL REFERENCES grants (id),
    network TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    handle TEXT NOT NULL,
    detail TEXT NOT NULL,
    avatar_url TEXT,
    meta TEXT NOT NULL, -- JSON
    secrets BYTEA, -- sealed: {name: token} of its own; NULL if none or erased
    status TEXT NOT NULL, -- core::channel::ChannelStatus
    status_reason TEXT NOT NULL,
    missing TEXT NOT NULL, -- JSON list of permissions that were not given
    access_ends_at BIGINT,
    verified_at BIGINT,
    halted_at BIGINT,
    halt_reason TEXT,
    lane_delivery_id TEXT, -- the delivery whose commit is under way
    lane_until BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    disconnected_at BIGINT,
    UNIQUE (project_id, network, external_id)
);
CREATE INDEX channels_project ON channels (project_id, id);
CREATE INDEX channels_grant ON channels (grant_id);

-- What a network said of a quota, corrected by each answer.
CREATE TABLE quota_use (
    channel_id TEXT NOT NULL REFERENCES channels (id),
    quota TEXT NOT NULL,
    used BIGINT NOT NULL,
    quota_limit BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, quota)
);
