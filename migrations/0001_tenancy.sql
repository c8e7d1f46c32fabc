-- Instants are UTC milliseconds (BIGINT), ids and JSON are TEXT; the same statements run on SQLite and PostgreSQL.

CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    allow_social_publishing BOOLEAN NOT NULL,
    channels_max BIGINT,
    members_max BIGINT,
    scheduled_posts_max BIGINT,
    storage_bytes_max BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    planner_on BOOLEAN NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plans (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE, -- folded to lower case
    name TEXT NOT NULL,
    password_hash TEXT, -- argon2id; NULL until a password is set
    instance_admin BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    token_hash TEXT NOT NULL UNIQUE, -- SHA-256 of the cookie's value
    csrf_token TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Links that work once: the first owner's, a password reset.
CREATE TABLE one_time_links (
    token_hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL, -- first_owner, password_reset
    user_id TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    catch_up_ms BIGINT NOT NULL,
    approval_policy TEXT NOT NULL, -- none, optional, required
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX projects_organization ON projects (organization_id);

CREATE TABLE members (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL, -- the preset it began from: owner, manager, author, client, viewer
    permissions TEXT NOT NULL, -- JSON: the switches of core::permission::Permissions
    all_projects BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE member_projects (
    member_id TEXT NOT NULL REFERENCES members (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    PRIMARY KEY (member_id, project_id)
);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    user_id TEXT, -- NULL: Postrider itself
    action TEXT NOT NULL, -- noun.verb, such as channel.disconnect
    object_id TEXT NOT NULL,
    detail TEXT NOT NULL, -- JSON, without secrets
    address TEXT NOT NULL
);
CREATE INDEX audit_organization ON audit (organization_id, id);

CREATE TABLE notifications (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL, -- post.failed, post.missed, post.in_doubt, post.deferred, post.ready, channel.expired, …
    text TEXT NOT NULL,
    subject TEXT NOT NULL, -- JSON: {post_id, delivery_id, channel_id, project_id}, whichever apply
    created_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notifications_user ON notifications (user_id, id);

-- A write's first answer, given again to a replay of the same key.
CREATE TABLE idempotency_keys (
    user_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT, -- NULL while the first is running
    answer TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
);

-- Periodic work, held by one replica at a time.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- Single values of this installation: heartbeat, vault check value, incarnation.
CREATE TABLE instance (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
