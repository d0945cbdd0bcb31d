-- Invites to an account, and who changed what.

CREATE TABLE invite (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    -- The account that was made with it.
    used_by TEXT,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    action TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX audit_page ON audit (at, id);
CREATE INDEX audit_page_user ON audit (user_id, at, id);
CREATE INDEX audit_page_action ON audit (action, at, id);
