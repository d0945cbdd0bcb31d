//! People: accounts, sessions, one-time links, API tokens.

use async_trait::async_trait;
use model::{Name, ObjectId, Role, SessionId, Sha256, Timestamp, TokenId, UserId};
use serde::{Deserialize, Serialize};

use crate::error::StoreResult;

/// Verbs of accounts and what signs them in.
#[async_trait]
pub trait People: Send + Sync {
    /// Whether any account exists.
    async fn any_user(&self) -> StoreResult<bool>;

    /// Makes the first account with a setup link, which is used up in the same write.
    async fn set_up(&self, link: Sha256, user: User, now: Timestamp) -> StoreResult<SetUp>;

    /// Makes an account without a link: the command line's.
    async fn create_user(&self, user: User) -> StoreResult<UserCreated>;

    /// The account.
    async fn user(&self, user: UserId) -> StoreResult<Option<User>>;

    /// The account with that address, trimmed and case-folded.
    async fn user_by_email(&self, email: &str) -> StoreResult<Option<User>>;

    /// Changes an account. Absent: as before.
    async fn patch_user(&self, user: UserId, patch: UserPatch) -> StoreResult<Option<User>>;

    /// All accounts with what admins see of them, oldest first.
    async fn users(&self) -> StoreResult<Vec<UserRow>>;

    /// Stores an invite.
    async fn create_invite(&self, invite: Invite) -> StoreResult<()>;

    /// The invites that nobody has used, newest first.
    async fn invites(&self) -> StoreResult<Vec<Invite>>;

    /// Takes an unused invite back; answers whether there was one.
    async fn delete_invite(&self, invite: ObjectId) -> StoreResult<bool>;

    /// Makes an account with an invite, which is used up in the same write. Its role is the
    /// invite's.
    async fn accept_invite(
        &self,
        token: Sha256,
        user: User,
        now: Timestamp,
    ) -> StoreResult<InviteTaken>;

    /// Stores a one-time link. A new setup link ends the old one.
    async fn put_link(&self, link: Link) -> StoreResult<()>;

    /// Opens a session with a sign-in link, which is used up in the same write.
    async fn take_sign_in_link(
        &self,
        link: Sha256,
        session: NewSession,
        now: Timestamp,
    ) -> StoreResult<LinkTaken>;

    /// Stores a session.
    async fn create_session(&self, session: Session) -> StoreResult<()>;

    /// The session of that token.
    async fn session(&self, token: Sha256) -> StoreResult<Option<Session>>;

    /// Notes the use of a session.
    async fn touch_session(&self, session: SessionId, now: Timestamp) -> StoreResult<()>;

    /// Deletes sessions that were used last at that time or before, at most `most`; answers how
    /// many.
    async fn forget_sessions(&self, unused_since: Timestamp, most: u32) -> StoreResult<u32>;

    /// Deletes one-time links and invites that ran out at that time or before, at most `most` of
    /// each; answers how many.
    async fn forget_links(&self, expired_before: Timestamp, most: u32) -> StoreResult<u32>;

    /// The user's sessions, last used first.
    async fn sessions(&self, user: UserId) -> StoreResult<Vec<Session>>;

    /// Ends a session of that user; answers whether there was one.
    async fn delete_session(&self, user: UserId, session: SessionId) -> StoreResult<bool>;

    /// Ends all sessions of that user but one; answers their ids.
    async fn delete_other_sessions(
        &self,
        user: UserId,
        but: Option<SessionId>,
    ) -> StoreResult<Vec<SessionId>>;

    /// Stores an API token.
    async fn create_token(&self, token: Token) -> StoreResult<()>;

    /// The API token of that hash.
    async fn token(&self, hash: Sha256) -> StoreResult<Option<Token>>;

    /// Notes the use of an API token.
    async fn touch_token(&self, token: TokenId, now: Timestamp) -> StoreResult<()>;

    /// The user's API tokens, newest first.
    async fn tokens(&self, user: UserId) -> StoreResult<Vec<Token>>;

    /// Deletes an API token of that user; answers whether there was one.
    async fn delete_token(&self, user: UserId, token: TokenId) -> StoreResult<bool>;
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: Name,
    /// Their address, trimmed and case-folded; unique.
    pub email: String,
    /// The argon2id hash of their password, in PHC form.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// What the page keeps for them: JSON of the page's own.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Nobody can sign in with it.
    #[serde(default)]
    pub disabled: bool,
}

/// An account as admins see it: numbers, never what somebody's robots do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The account.
    pub user: User,
    /// When one of its sessions was used last.
    pub last_seen_at: Option<Timestamp>,
    /// Its computers.
    pub agents: u64,
    /// Its jobs that are kept.
    pub jobs: u64,
}

/// An invite to make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// Its id.
    pub id: ObjectId,
    /// SHA-256 of its token.
    pub token_hash: Sha256,
    /// What the account may do.
    pub role: Role,
    /// Who invited.
    pub by: UserId,
    /// Their name then.
    pub by_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// The answer to an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteTaken {
    /// The account was made.
    Done(User),
    /// It was used before.
    Used,
    /// It has expired.
    Expired,
    /// No such invite, or it was taken back.
    Unknown,
    /// Another account has the address; the invite is still good.
    EmailTaken,
}

/// The answer to the first account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetUp {
    /// Made.
    Done(User),
    /// The link was used before.
    LinkUsed,
    /// The link has expired, or a newer one ended it.
    LinkExpired,
    /// No such link.
    LinkUnknown,
    /// There is an account already.
    AccountExists,
}

/// The answer to a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCreated {
    /// Made.
    Created(User),
    /// Another account has the address.
    EmailTaken(User),
}

/// What can be changed of an account. Absent: as before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserPatch {
    /// Another name.
    pub name: Option<Name>,
    /// Another password hash.
    pub password: Option<String>,
    /// Other settings, whole.
    pub settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// Another role.
    pub role: Option<Role>,
    /// Whether nobody can sign in with it.
    pub disabled: Option<bool>,
}

/// A one-time link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// SHA-256 of its token.
    pub token_hash: Sha256,
    /// What it opens.
    pub opens: LinkOpens,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum LinkOpens {
    /// The making of the first account.
    Setup,
    /// A session of that user.
    SignIn {
        /// Whose.
        user: UserId,
    },
}

/// The answer to a sign-in link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTaken {
    /// It has opened the session, of that user.
    User(User),
    /// The account is disabled; the link is still good.
    Disabled,
    /// It was used before.
    Used,
    /// It has expired.
    Expired,
    /// No such link.
    Unknown,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// SHA-256 of its token.
    pub token_hash: Sha256,
    /// It was opened by a one-time link: it may set a password without the old one.
    pub by_link: bool,
    /// Where it was opened from.
    pub address: String,
    /// The browser.
    pub user_agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Timestamp,
}

/// A session that a link is to open; whose it is, the link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id: the same call again is known by it.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub token_hash: Sha256,
    /// Where it is opened from.
    pub address: String,
    /// The browser.
    pub user_agent: String,
}

impl NewSession {
    /// The session of `user`, opened at `now`.
    #[must_use]
    pub fn of(self, user: UserId, by_link: bool, now: Timestamp) -> Session {
        Session {
            id: self.id,
            user_id: user,
            token_hash: self.token_hash,
            by_link,
            address: self.address,
            user_agent: self.user_agent,
            created_at: now,
            last_used_at: now,
        }
    }
}

/// A token for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub user_id: UserId,
    /// Its name.
    pub name: Name,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// SHA-256 of the token.
    pub token_hash: Sha256,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs out; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// What an API token may do. Each stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Start and cancel jobs.
    Play,
    /// Read jobs, robots, logs.
    Read,
    /// Change robots and computers.
    Edit,
    /// Read the server's metrics.
    Metrics,
}
