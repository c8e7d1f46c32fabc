-- The runaway guard counts the posts that were made on a channel, where the promise of the next one is stored.
ALTER TABLE intents ADD COLUMN likeness TEXT; -- core::guard::likeness of a post; NULL: like no other
ALTER TABLE channels ADD COLUMN lifted_at BIGINT; -- when a person last lifted a halt
CREATE INDEX intents_made ON intents (channel_id, stored_at) WHERE part = 'root';

-- A network whose share of the room is full is passed over without its rows being read.
DROP INDEX deliveries_wake;
CREATE INDEX deliveries_wake ON deliveries (wake_at, network) WHERE wake_at IS NOT NULL;
