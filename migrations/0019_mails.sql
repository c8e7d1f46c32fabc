-- The outbox of mail: written with what it tells of, sent afterwards.
CREATE TABLE mails (
    id TEXT PRIMARY KEY, -- stands in the Message-ID: sent again, it is the same mail
    user_id TEXT NOT NULL REFERENCES users (id),
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    path TEXT NOT NULL, -- the page to open, from the server's address on
    created_at BIGINT NOT NULL,
    send_at BIGINT, -- NULL: it was sent or given up
    tries BIGINT NOT NULL,
    sent_at BIGINT,
    failure TEXT -- the last, in words
);
CREATE INDEX mails_due ON mails (send_at) WHERE send_at IS NOT NULL;
