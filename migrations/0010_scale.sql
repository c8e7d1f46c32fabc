-- Reads that stay as fast with millions of rows. None of these is written when something is published.

-- Wishes of a month, for the calendar.
CREATE INDEX posts_wished ON posts (project_id, wished_at) WHERE wished_at IS NOT NULL;
-- What somebody has not read.
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;
-- The library of one project; every statement names the organization as well.
DROP INDEX posts_project;
CREATE INDEX posts_project ON posts (organization_id, project_id, id);
