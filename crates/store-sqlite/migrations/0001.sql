-- Documents are JSON in `body`; the columns beside it are extracts for indexes and conditions,
-- written together with it. Ids are 24 hex digits, digests 64; times are milliseconds since 1970.

PRAGMA application_id = 1095912279; -- "ARKW"

CREATE TABLE installation (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    id TEXT NOT NULL
) STRICT;

CREATE TABLE node (
    id TEXT PRIMARY KEY,
    listening_since INTEGER NOT NULL,
    alive_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE link (
    token_hash TEXT PRIMARY KEY,
    opens TEXT NOT NULL CHECK (opens IN ('setup', 'signIn')),
    used_by TEXT,
    replaced INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    last_used_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX session_user ON session (user_id, last_used_at);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX token_user ON token (user_id, created_at);

CREATE TABLE robot (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- The number of the job that was played last. It outlives that job.
    last_number INTEGER NOT NULL DEFAULT 0,
    deleted_at INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX robot_name ON robot (user_id, name_folded) WHERE deleted_at IS NULL;

CREATE TABLE robot_version (
    robot_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    head TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (robot_id, version)
) STRICT;
CREATE INDEX robot_version_digest ON robot_version (sha256);

CREATE TABLE last_values (
    user_id TEXT NOT NULL,
    robot_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, robot_id)
) STRICT;

CREATE TABLE agent (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    last_seen_at INTEGER,
    removed_at INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX agent_name ON agent (user_id, name_folded) WHERE removed_at IS NULL;

-- Every key that was ever shown: it names one pairing or one enrolled agent for ever.
CREATE TABLE agent_key (
    hash TEXT PRIMARY KEY,
    pairing_id TEXT,
    agent_id TEXT,
    enrolment_token TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE pairing (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    address TEXT NOT NULL,
    pending INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX pairing_pending ON pairing (user_id, created_at) WHERE pending = 1;

CREATE TABLE enrolment (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX enrolment_user ON enrolment (user_id, created_at);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    robot_id TEXT NOT NULL,
    robot_version INTEGER NOT NULL,
    number INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    request_id TEXT,
    request_digest BLOB,
    status TEXT NOT NULL
        CHECK (status IN ('waiting', 'executing', 'success', 'failed', 'cancelled')),
    -- The agent and labels that it asks for: agents are matched with the few distinct values.
    needs TEXT NOT NULL,
    -- The agent of the open offer or the current attempt.
    holder TEXT,
    offer_until INTEGER,
    -- The agent of the latest offer or attempt.
    last_agent TEXT,
    -- When the agent of the current attempt was told to kill.
    kill_told_at INTEGER,
    ended_at INTEGER,
    forget_at INTEGER,
    -- What a search looks at, case-folded.
    search TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX job_request ON job (user_id, request_id) WHERE request_id IS NOT NULL;
CREATE UNIQUE INDEX job_number ON job (robot_id, number, robot_version);
CREATE INDEX job_page ON job (user_id, created_at, id);
CREATE INDEX job_page_status ON job (user_id, status, created_at, id);
CREATE INDEX job_page_robot ON job (robot_id, created_at, id);
CREATE INDEX job_page_agent ON job (last_agent, created_at, id) WHERE last_agent IS NOT NULL;
CREATE INDEX job_open ON job (user_id, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX job_free ON job (user_id, needs, created_at, id)
    WHERE status = 'waiting' AND holder IS NULL;
CREATE INDEX job_held ON job (holder) WHERE holder IS NOT NULL;
CREATE INDEX job_offered ON job (offer_until) WHERE offer_until IS NOT NULL;
CREATE INDEX job_kill ON job (kill_told_at) WHERE kill_told_at IS NOT NULL;
CREATE INDEX job_forget ON job (forget_at) WHERE forget_at IS NOT NULL;

-- Written once, so that changes of the job do not write it again.
CREATE TABLE job_parameters (
    job_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- Deleted in the transaction that ends the job.
CREATE TABLE job_secret (
    job_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (job_id, position)
) STRICT;

-- Past attempts whose agents have not told their outcome.
CREATE TABLE job_untold (
    agent_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    PRIMARY KEY (agent_id, job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_untold_job ON job_untold (job_id);

CREATE TABLE log (
    job_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    stored_to INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (job_id, attempt)
) STRICT, WITHOUT ROWID;

-- Lines of JSON, compressed. `bytes` is their size before.
CREATE TABLE event_batch (
    id INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_batch_first ON event_batch (job_id, attempt, first);

CREATE TABLE artifact (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX artifact_name ON artifact (job_id, attempt, name);
CREATE INDEX artifact_digest ON artifact (sha256);
