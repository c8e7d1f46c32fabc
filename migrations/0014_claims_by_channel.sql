-- What becomes due at one instant is taken up channel by channel: of several servers each gets whole channels, and their posts do not wait
-- for each other's calls. The network is read to pass over those whose share of the room is full.
DROP INDEX deliveries_wake;
CREATE INDEX deliveries_wake ON deliveries (wake_at, channel_id, network) WHERE wake_at IS NOT NULL;
