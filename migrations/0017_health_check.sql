-- Not looked at before, after its network had nothing definite to say of a channel, UTC milliseconds.
ALTER TABLE channels ADD COLUMN check_at BIGINT;
