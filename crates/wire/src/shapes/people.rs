//! People and what signs them in, as they are shown.

use model::{Actor, ObjectId, Role, SessionId, Timestamp, TokenId, UserId};

words! {
    /// What an API token may do. Each stands alone.
    Scope {
        /// Start and cancel jobs.
        Play = "play",
        /// Read jobs, robots, logs.
        Read = "read",
        /// Change robots and computers.
        Edit = "edit",
        /// Read the server's metrics.
        Metrics = "metrics",
    }
}

shapes! {
    /// Who is signed in.
    Me {
        /// Their user id.
        user_id: UserId,
        /// Their name.
        name: String,
        /// Their address.
        email: String,
        /// What they may do.
        role: Role,
        /// What the page keeps for them.
        #[serde(default)]
        #[cfg_attr(feature = "export", ts(type = "Record<string, unknown>"))]
        settings: serde_json::Map<String, serde_json::Value>,
    }

    /// A signed-in browser.
    Session {
        /// Its id.
        id: SessionId,
        /// When it was opened.
        created_at: Timestamp,
        /// When it was used last.
        last_used_at: Timestamp,
        /// Where it was opened from.
        address: String,
        /// The browser.
        user_agent: String,
        /// It is the one that asks.
        current: bool,
    }

    /// An API token.
    Token {
        /// Its id.
        id: TokenId,
        /// Its name.
        name: String,
        /// What it may do.
        scopes: Vec<Scope>,
        /// When it was made.
        created_at: Timestamp,
    }
    + optional {
        /// When it runs out; absent: never.
        expires_at: Timestamp,
        /// When it was used last.
        last_used_at: Timestamp,
        /// The token itself: shown once, in the answer to its making.
        token: crate::SecretText,
    }

    /// A person with an account, as admins see it.
    User {
        /// Their user id.
        user_id: UserId,
        /// Their name.
        name: String,
        /// Their address.
        email: String,
        /// What they may do.
        role: Role,
        /// They cannot sign in.
        disabled: bool,
    }
    + optional {
        /// When they were last here.
        last_seen_at: Timestamp,
        /// How many computers they have.
        computers: u64,
        /// How many of their jobs are kept.
        jobs: u64,
    }

    /// An invite to make an account.
    Invite {
        /// Its id.
        #[cfg_attr(feature = "export", ts(type = "string"))]
        id: ObjectId,
        /// What the account may do.
        role: Role,
        /// Who invited.
        by_name: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it runs out.
        expires_at: Timestamp,
    }
    + optional {
        /// The token of its link: shown once, in the answer to its making.
        token: crate::SecretText,
    }

    /// One change that somebody asked for, as admins see it.
    AuditEntry {
        /// Its id.
        #[cfg_attr(feature = "export", ts(type = "string"))]
        id: ObjectId,
        /// When.
        at: Timestamp,
        /// Whose account it happened in.
        user_id: UserId,
        /// Who asked for it.
        by: Actor,
        /// What was done; an open list.
        action: String,
        /// Where it was asked for.
        address: String,
    }
    + optional {
        /// What it was done to: its id.
        target_id: String,
        /// What it is called.
        target_name: String,
    }
}
