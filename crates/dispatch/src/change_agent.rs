//! What a user changes of a computer, and its leaving.

use model::{AgentId, Connection, Timestamp, UserId};
use store::StoreResult;
use store::agents::{AgentPatch, AgentPatched};

use crate::desk::Dispatch;
use crate::until_known::until_known;

impl Dispatch {
    /// Changes name, labels, slots or pause of an agent.
    ///
    /// # Errors
    /// The store's.
    pub async fn change_agent(
        &self,
        user: UserId,
        agent: AgentId,
        patch: AgentPatch,
    ) -> StoreResult<AgentPatched> {
        let known = until_known(|| self.store().patch_agent(user, agent, patch.clone())).await?;
        if matches!(known.answer, AgentPatched::Done(_)) {
            self.hints().agent(agent);
            self.hints().work(user);
        }
        Ok(known.answer)
    }

    /// The agent disconnected by saying so.
    ///
    /// # Errors
    /// The store's.
    pub async fn left(&self, connection: &Connection, now: Timestamp) -> StoreResult<()> {
        until_known(|| self.store().leave_agent(connection, now)).await?;
        self.hints().agent(connection.agent);
        Ok(())
    }
}
