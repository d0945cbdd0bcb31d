//! Why a job waits: the first reason that holds, from facts. Pure; used by page, REST and CLI.

use model::{Job, JobState, Label, Timestamp};
use serde_json::{Map, Value, json};
use store::agents::Agent;

use crate::agent_state::AgentState;
use crate::surroundings::Surroundings;

/// The checks without which no robot can start. What else an agent finds amiss (its clock, the
/// size of a screen) is shown with the computer and keeps nothing waiting.
const NEEDED: [&str; 4] = ["python", "environments", "disk", "runner"];

/// A reason, as a code, as a sentence, and as the facts in it.
#[derive(Debug, Clone, PartialEq)]
pub struct WhyWaiting {
    /// The code.
    pub code: &'static str,
    /// The sentence, without a full stop.
    pub message: String,
    /// The facts; times are RFC 3339.
    pub args: Map<String, Value>,
}

/// The first reason that holds; none when the job does not wait, or an agent will take it in a
/// moment.
#[must_use]
pub fn why_waiting(job: &Job, around: &Surroundings) -> Option<WhyWaiting> {
    let JobState::Waiting { offer } = &job.state else {
        return None;
    };
    if around.stopping {
        let message = "the server is about to restart; the job is kept";
        return Some(why("server_stopping", message, json!({})));
    }
    if let Some(offer) = offer.as_ref().filter(|offer| around.now < offer.expires_at) {
        let name = around
            .agent(offer.by.agent)
            .map_or(&offer.agent_name, |agent| &agent.name);
        return Some(why(
            "offered",
            format!(
                "it is offered to {name}, which has until {} to answer",
                offer.expires_at
            ),
            json!({"computer": name, "agentId": offer.by.agent, "until": offer.expires_at}),
        ));
    }
    if around.agents.is_empty() {
        return Some(why("no_agent", "no computer is paired yet", json!({})));
    }
    wanted_removed(job, around)
        .or_else(|| label_missing(job, around))
        .or_else(|| away(job, around))
        .or_else(|| not_taking(job, around))
        .or_else(|| busy(job, around))
}

fn why(code: &'static str, message: impl Into<String>, args: Value) -> WhyWaiting {
    let mut args = match args {
        Value::Object(args) => args,
        _ => Map::new(),
    };
    args.retain(|_, value| !value.is_null());
    WhyWaiting {
        code,
        message: message.into(),
        args,
    }
}

fn wanted_removed(job: &Job, around: &Surroundings) -> Option<WhyWaiting> {
    let wanted = job.wanted.agent?;
    if around.agent(wanted).is_some() {
        return None;
    }
    let name = around.removed.get(&wanted);
    let (text, args) = match name {
        Some(name) => (name.as_str(), json!({"computer": name, "agentId": wanted})),
        None => ("a computer", json!({"agentId": wanted})),
    };
    let message = format!("it was asked for {text}, which has been removed");
    Some(why("wanted_removed", message, args))
}

/// The agents that may run the job by its labels and the wish for one of them.
fn fitting<'a>(job: &'a Job, around: &'a Surroundings) -> impl Iterator<Item = &'a Agent> {
    around.agents.iter().filter(|agent| {
        job.wanted.agent.is_none_or(|wanted| wanted == agent.id)
            && job
                .required_labels()
                .all(|label| agent.labels.contains(label))
    })
}

fn label_missing(job: &Job, around: &Surroundings) -> Option<WhyWaiting> {
    if fitting(job, around).next().is_some() {
        return None;
    }
    let mut labels: Vec<&str> = job.required_labels().map(Label::as_str).collect();
    labels.sort_unstable();
    labels.dedup();
    let label = labels.join(", ");
    let wanted = job.wanted.agent.and_then(|wanted| around.agent(wanted));
    let message = match (wanted, labels.len()) {
        (Some(agent), _) => format!("{} does not have the label {label}", agent.name),
        (None, 1) => format!("no computer has the label {label}"),
        (None, _) => format!("no computer has all of the labels {label}"),
    };
    Some(why(
        "label_missing",
        message,
        json!({"label": label, "labels": labels}),
    ))
}

/// When the agent was last heard from, and where silence cannot be told, when it was paired.
fn last_heard(agent: &Agent) -> Timestamp {
    agent.last_seen_at.unwrap_or(agent.created_at)
}

fn is_online(agent: &Agent, around: &Surroundings) -> bool {
    around.state_of(agent).state == AgentState::Online
}

fn away(job: &Job, around: &Surroundings) -> Option<WhyWaiting> {
    if fitting(job, around).any(|agent| is_online(agent, around)) {
        return None;
    }
    let latest = fitting(job, around).max_by_key(|agent| last_heard(agent))?;
    let (name, time) = (&latest.name, last_heard(latest));
    if job.wanted.agent.is_some() {
        return Some(why(
            "wanted_offline",
            format!("it was asked for {name}, which has been offline since {time}"),
            json!({"computer": name, "agentId": latest.id, "time": time}),
        ));
    }
    let n = fitting(job, around).count();
    let message = if n == 1 {
        format!("{name} was last heard from at {time}")
    } else {
        format!(
            "none of the {n} computers that fit is online; {name} was last heard from at {time}"
        )
    };
    Some(why(
        "agents_offline",
        message,
        json!({"n": n, "computer": name, "agentId": latest.id, "time": time}),
    ))
}

fn failing(agent: &Agent) -> Option<&model::Check> {
    let needed = |check: &&model::Check| !check.ok && NEEDED.contains(&check.code.as_str());
    agent.checks.iter().find(needed)
}

fn refused(job: &Job, agent: &Agent, now: Timestamp) -> Option<model::Declined> {
    let stands = |declined: &&model::Declined| declined.agent == agent.id && now < declined.until;
    job.declined.iter().find(stands).cloned()
}

/// Agents that are there and would fit, none of which takes this job.
fn not_taking(job: &Job, around: &Surroundings) -> Option<WhyWaiting> {
    let online = || fitting(job, around).filter(|agent| is_online(agent, around));
    if online().all(|agent| agent.paused) {
        let agent = online().next()?;
        return Some(why(
            "agent_paused",
            format!("{} is paused", agent.name),
            json!({"computer": agent.name, "agentId": agent.id}),
        ));
    }
    let resumed = || online().filter(|agent| !agent.paused);
    if resumed().all(|agent| failing(agent).is_some()) {
        let agent = resumed().next()?;
        let check = failing(agent)?;
        return Some(why(
            "not_ready",
            format!("{} is not ready: {}", agent.name, check.text),
            json!({"computer": agent.name, "agentId": agent.id, "check": check.text, "checkCode": check.code}),
        ));
    }
    let ready = || resumed().filter(|agent| failing(agent).is_none());
    let refusals = || ready().map(|agent| Some((agent, refused(job, agent, around.now)?)));
    if refusals().all(|refusal| refusal.is_some()) {
        let (agent, declined) = refusals().flatten().min_by_key(|(_, d)| d.until)?;
        let until = declined.until;
        let reason = declined.message.as_deref().unwrap_or(&declined.reason);
        return Some(why(
            "declined",
            format!(
                "{} did not take it: {reason}; it is asked again at {until}",
                agent.name
            ),
            json!({"computer": agent.name, "agentId": agent.id, "reason": declined.reason,
                   "detail": declined.message, "until": until}),
        ));
    }
    None
}

/// Agents that would take it once they have a free slot.
fn busy(job: &Job, around: &Surroundings) -> Option<WhyWaiting> {
    let takers: Vec<&Agent> = fitting(job, around)
        .filter(|agent| is_online(agent, around) && !agent.paused && failing(agent).is_none())
        .filter(|agent| refused(job, agent, around.now).is_none())
        .collect();
    let older = |other: &&Job| (other.created_at, other.id) < (job.created_at, job.id);
    let competes = |other: &&Job| {
        matches!(other.state, JobState::Waiting { offer: None })
            && takers
                .iter()
                .any(|agent| other.fits(agent.id, &agent.labels, around.now))
    };
    let before = around
        .open_jobs
        .iter()
        .filter(older)
        .filter(competes)
        .count();
    if before > 0 {
        let message = match before {
            1 => "one job is before this one".to_owned(),
            _ => format!("{before} jobs are before this one"),
        };
        return Some(why("queued_behind", message, json!({"n": before})));
    }
    let full = |agent: &&&Agent| around.busy(agent.id) >= agent.slots();
    if takers.iter().filter(full).count() < takers.len() {
        return None;
    }
    let slots: u32 = takers.iter().map(|agent| agent.slots()).sum();
    let first = takers.first()?;
    let message = match slots {
        1 => format!("the slot of {} is busy", first.name),
        2 if takers.len() == 1 => format!("both slots of {} are busy", first.name),
        _ => format!("all {slots} slots are busy"),
    };
    let args = json!({"n": slots, "computer": first.name, "agentId": first.id});
    Some(why("slots_busy", message, args))
}
