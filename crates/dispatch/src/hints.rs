//! How news travels upwards: ids, never objects. The door reads the thing when it sends, so that a
//! late hint cannot show an old state.

use model::{
    AgentId, AttemptKey, InstanceId, JobId, PairingId, RobotId, SessionId, StopMode, TokenId,
    UserId,
};
use store::agents::Running;

/// What the doors are told after the store has it. Any of it may be lost without changing an
/// outcome; none of it may block.
pub trait Hints: Send + Sync {
    /// There may be something to claim for the agents of this user.
    fn work(&self, user: UserId);
    /// The job changed.
    fn job(&self, job: JobId);
    /// The agent, what it runs or its state changed.
    fn agent(&self, agent: AgentId);
    /// The robot or its latest job changed.
    fn robot(&self, robot: RobotId);
    /// The pairing is new, or was answered.
    fn pairing(&self, pairing: PairingId);
    /// The log of the attempt reaches to `up_to` now.
    fn events(&self, attempt: AttemptKey, up_to: u64);
    /// Somebody asked for the end of this attempt. Whoever sends it to the connected agent then
    /// calls [`crate::Dispatch::cancel_reached`].
    fn cancel(&self, attempt: AttemptKey, agent: AgentId, mode: StopMode);
    /// These connections must go.
    fn close(&self, who: Who, why: Goodbye);
}

/// Which connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Every connection of an agent.
    Agent(AgentId),
    /// The connections of an agent with a number lower than `below`. Those of `instance` itself
    /// are half-open leftovers and are closed without a word; others are told.
    AgentBelow {
        /// The agent.
        agent: AgentId,
        /// The connection number that has joined.
        below: u64,
        /// The process that has joined.
        instance: InstanceId,
    },
    /// The pages of a signed-in browser.
    Session(SessionId),
    /// The pages that came with an API token.
    Token(TokenId),
}

/// What they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// The agent was removed.
    Revoked {
        /// What is to become of what runs.
        running: Running,
    },
    /// Another process uses the agent's key.
    Replaced,
    /// The session or token has ended.
    SignedOut,
}
