-- Networks that are many servers (Mastodon) know us by an app of their own on each: it is registered once.
CREATE TABLE server_apps (
    id TEXT PRIMARY KEY, -- network, server and redirect address
    client_id TEXT NOT NULL,
    secrets BYTEA NOT NULL, -- sealed: client_secret
    created_at BIGINT NOT NULL
);
ALTER TABLE connections ADD COLUMN server TEXT; -- provider::ServerApp as JSON; NULL where the network is one server
