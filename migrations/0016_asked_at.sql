-- When a person last let it go out (scheduled it, asked for it at once, tried it again), UTC milliseconds: apart from updated_at, which what
-- the engine writes of it moves as well.
ALTER TABLE deliveries ADD COLUMN asked_at BIGINT;
