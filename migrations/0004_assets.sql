CREATE TABLE assets (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    author_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL, -- as uploaded, for people
    kind TEXT NOT NULL, -- core::post::AssetKind
    mime TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    facts TEXT NOT NULL, -- JSON: core::post::AssetFacts
    blob TEXT NOT NULL,
    thumbnail_blob TEXT, -- a small JPEG: the picture, a video's poster
    alt_text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX assets_project ON assets (project_id, id);

CREATE TABLE renditions (
    id TEXT PRIMARY KEY,
    asset_id TEXT NOT NULL REFERENCES assets (id),
    recipe TEXT NOT NULL, -- what was done, such as jpeg:max8388608:w1440
    blob TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    facts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (asset_id, recipe)
);

CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    declared_mime TEXT NOT NULL,
    total_bytes BIGINT NOT NULL,
    received_bytes BIGINT NOT NULL,
    asset_id TEXT, -- set when it is finished
    failure TEXT, -- JSON problem, if the content was refused
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Public addresses from which a network fetches a file: signed, expiring, revocable.
CREATE TABLE media_addresses (
    id TEXT PRIMARY KEY,
    delivery_id TEXT,
    blob TEXT NOT NULL,
    mime TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_addresses_delivery ON media_addresses (delivery_id);
