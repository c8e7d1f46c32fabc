-- Which promise was open when somebody last fetched from a public address: what nobody fetched for a call before the address was revoked, no
-- network can show of it. Not an instant: the server that hands files out may have another clock than the one that publishes.
ALTER TABLE media_addresses ADD COLUMN fetched_for TEXT;
