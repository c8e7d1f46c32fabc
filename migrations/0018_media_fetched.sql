-- When somebody last fetched from a public address: what nobody fetched before it was revoked, no network can show.
ALTER TABLE media_addresses ADD COLUMN fetched_at BIGINT;
