//! Agents.

use dispatch::{AgentView, Dispatch, Surroundings};
use model::{AgentId, Timestamp, UserId};
use store::StoreResult;
use store::agents::Agent;
use wire::shapes;

/// The shape of an agent among its surroundings.
#[must_use]
pub fn agent(agent: &Agent, around: &Surroundings) -> shapes::Agent {
    let view = AgentView::of(agent, around);
    let running = view.running.into_iter().map(|running| shapes::Running {
        job_id: running.attempt.job,
        attempt: running.attempt.attempt,
        robot_name: running.robot_name.to_string(),
    });
    shapes::Agent {
        id: agent.id,
        name: agent.name.to_string(),
        host: agent.host.clone(),
        os: agent.os.clone(),
        version: agent.version.clone(),
        labels: agent.labels.iter().map(ToString::to_string).collect(),
        slots: agent.slots(),
        program_slots: agent.program_slots,
        busy: view.busy,
        paused: agent.paused,
        rev: agent.rev,
        state: state(view.state.state),
        running: running.collect(),
        checks: agent.checks.clone(),
        created_at: agent.created_at,
        last_seen_at: agent.last_seen_at,
        checked_at: agent.checked_at,
        deleted: agent.removed.as_ref().map(|_| true),
    }
}

pub(super) fn state(state: dispatch::AgentState) -> shapes::AgentState {
    match state {
        dispatch::AgentState::Online => shapes::AgentState::Online,
        dispatch::AgentState::Silent => shapes::AgentState::Silent,
        dispatch::AgentState::Offline => shapes::AgentState::Offline,
    }
}

/// The agent as it is now, also a removed one, and whose it is.
///
/// # Errors
/// The store's.
pub async fn agent_shape(
    dispatch: &Dispatch,
    id: AgentId,
    now: Timestamp,
) -> StoreResult<Option<(UserId, shapes::Agent)>> {
    let Some(found) = dispatch.store().agent(id).await? else {
        return Ok(None);
    };
    let around = dispatch.surroundings(found.user_id, now).await?;
    Ok(Some((found.user_id, agent(&found, &around))))
}

/// The user's agents, by name.
///
/// # Errors
/// The store's.
pub async fn agents_shape(
    dispatch: &Dispatch,
    user: UserId,
    now: Timestamp,
) -> StoreResult<Vec<shapes::Agent>> {
    let around = dispatch.surroundings(user, now).await?;
    let agents = around.agents.iter();
    Ok(agents.map(|one| agent(one, &around)).collect())
}
