-- Whether this database is the newest there is: one row. A witness outside of it keeps the same; whoever is behind its witness was
-- brought back from a backup or a copied disk, and does not know what went out since.
CREATE TABLE pulse (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    incarnation BIGINT NOT NULL, -- when this database was begun, or last recovered, UTC milliseconds; 0 before the first start
    beat BIGINT NOT NULL, -- counts up once a minute while a server runs
    beat_at BIGINT NOT NULL, -- when it last did; 0 before the first start
    held_why TEXT, -- NULL: publishing is free; restored, behind
    held_since BIGINT, -- since when calls may have been made that are not known here
    held_at BIGINT, -- when it was found out
    clock_off BIGINT, -- how far the clock is off by which a server would publish that holds for it, ms; NULL since a heart beat again
    clock_confirmed_at BIGINT NOT NULL, -- when somebody last said that the servers' clock is right; 0 if never
    witnessed_at BIGINT NOT NULL -- when a server last beat that could write the witness; 0 before the first start
);
INSERT INTO pulse (one, incarnation, beat, beat_at, clock_confirmed_at, witnessed_at) VALUES (1, 0, 0, 0, 0, 0);

-- A span in which a delivery may have gone out without this database knowing: it is looked for at the network before it is sent.
ALTER TABLE deliveries ADD COLUMN unseen_from BIGINT;
ALTER TABLE deliveries ADD COLUMN unseen_to BIGINT;
ALTER TABLE deliveries ADD COLUMN unseen_why TEXT; -- recovered, gap

-- A recovered database may hold a token that was renewed since: it is renewed before it is used.
ALTER TABLE grants ADD COLUMN doubted_at BIGINT;

-- Since when it may go out by itself, where the promise stands for another database's calls and makes none.
ALTER TABLE intents ADD COLUMN allowed_at BIGINT;
