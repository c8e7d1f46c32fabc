-- Of what puts a channel's posts at risk their author is told once, and again when it gets worse.
CREATE TABLE risk_notices (
    channel_id TEXT NOT NULL REFERENCES channels (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    risk TEXT NOT NULL, -- what was told of last: `expired`, `halted`, `ends_7`, …
    told_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
