//! People and what signs them in, as they are shown.

use model::{Role, SessionId, Timestamp, TokenId, UserId};

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
    }
}
