-- What was put at a network ahead of time and is no longer wanted, until the engine has removed it.
CREATE TABLE discards (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    channel_id TEXT NOT NULL REFERENCES channels (id),
    network TEXT NOT NULL,
    progress TEXT NOT NULL, -- JSON: the adapter's memory as it was
    created_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    wake_at BIGINT, -- when to try (again); NULL: given up, listed
    failure TEXT, -- why the last try failed, for people
    PRIMARY KEY (delivery_id, created_at)
);
CREATE INDEX discards_wake ON discards (wake_at) WHERE wake_at IS NOT NULL;
