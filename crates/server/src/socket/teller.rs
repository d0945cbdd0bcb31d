//! Turns news into pushes: reads what changed as it is now, and leaves it for the pages of its
//! user. Also looks, once a second at most, whether waiting jobs wait for another reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use dispatch::{Surroundings, WhyWaiting, why_waiting};
use model::{JobId, JobState, UserId};
use sessions::view;
use store::jobs::JobRow;
use store::{StoreError, StoreResult};
use wire::web::{AgentPush, JobPush, PairingPush, RobotPush};

use super::hub::News;
use super::push::{Key, Push};
use crate::app::App;

/// How often waiting jobs are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks they are looked at also without news: time alone changes reasons.
const LOOKS_WITHOUT_NEWS: u32 = 5;
/// How many waiting jobs of one user are looked at.
const MOST_LOOKED_AT: usize = 100;

/// What the pages of a user were told about its waiting jobs.
#[derive(Default)]
struct Told {
    reasons: BTreeMap<UserId, BTreeMap<JobId, Option<WhyWaiting>>>,
    due: BTreeSet<UserId>,
    looks: u32,
}

enum Turn {
    News,
    Look,
    Stop,
}

/// Tells news until the server stops.
pub(crate) async fn tell_news(app: Arc<App>) {
    let mut told = Told::default();
    let mut untold = News::default();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // A ring is remembered and the news is kept by the hub: no arm can lose anything.
        let turn = tokio::select! {
            biased;
            () = app.draining.cancelled() => Turn::Stop,
            _ = look.tick() => Turn::Look,
            () = app.hub.woken.notified() => Turn::News,
        };
        let done = match turn {
            Turn::Stop => return,
            Turn::News => {
                untold.add(app.hub.take_news());
                tell_all(&app, &mut told, &mut untold).await
            }
            Turn::Look if untold.is_empty() => look_at_waiting(&app, &mut told).await,
            Turn::Look => tell_all(&app, &mut told, &mut untold).await,
        };
        if let Err(error) = done {
            // The next look tries again: a page that follows what it shows does not ask.
            tracing::warn!(%error, "news could not be read");
        }
    }
}

/// Tells what was not told yet. What failed stays untold, and is told again from its beginning.
async fn tell_all(app: &App, told: &mut Told, untold: &mut News) -> StoreResult<()> {
    let done = tell(app, told, untold.clone()).await;
    if !may_pass(&done) {
        *untold = News::default();
    }
    done
}

/// Whether the same may succeed later: what is damaged would hold up everything else for ever.
fn may_pass(done: &StoreResult<()>) -> bool {
    matches!(
        done,
        Err(StoreError::Unavailable(_) | StoreError::Unknown(_))
    )
}

async fn tell(app: &App, told: &mut Told, news: News) -> StoreResult<()> {
    let rooms: BTreeSet<UserId> = app.hub.rooms().into_iter().collect();
    told.reasons.retain(|user, _| rooms.contains(user));
    told.due.extend(news.waiting);
    if rooms.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let mut jobs: BTreeMap<UserId, Vec<JobRow>> = BTreeMap::new();
    for job in news.jobs {
        if let Some(row) = app.store().job(job).await?
            && rooms.contains(&row.job.user_id)
        {
            jobs.entry(row.job.user_id).or_default().push(row);
        }
    }
    for (user, rows) in jobs {
        let around = app.dispatch.surroundings(user, now).await?;
        let reasons = told.reasons.entry(user).or_default();
        for row in rows {
            tell_job(app, reasons, &row, &around);
        }
        told.due.insert(user);
    }
    for robot in news.robots {
        if let Some((user, robot)) = view::robot_shape(&app.dispatch, robot).await? {
            let key = Key::Robot(robot.id);
            let push = Push::new("robot", &RobotPush { robot });
            app.hub.tell(user, key, push.as_ref());
        }
    }
    for agent in news.agents {
        if let Some((user, agent)) = view::agent_shape(&app.dispatch, agent, now).await? {
            let key = Key::Agent(agent.id);
            let push = Push::new("agent", &AgentPush { agent });
            app.hub.tell(user, key, push.as_ref());
            told.due.insert(user);
        }
    }
    for pairing in news.pairings {
        if let Some((user, pairing)) = view::pairing_shape(&app.dispatch, pairing, now).await? {
            let key = Key::Pairing(pairing.id);
            let push = Push::new("pairing", &PairingPush { pairing });
            app.hub.tell(user, key, push.as_ref());
        }
    }
    Ok(())
}

fn tell_job(
    app: &App,
    reasons: &mut BTreeMap<JobId, Option<WhyWaiting>>,
    row: &JobRow,
    around: &Surroundings,
) {
    if let JobState::Waiting { .. } = row.job.state {
        reasons.insert(row.job.id, why_waiting(&row.job, around));
    } else {
        reasons.remove(&row.job.id);
    }
    let job = view::job(row, None, around);
    let push = Push::new("job", &JobPush { job });
    app.hub
        .tell(row.job.user_id, Key::Job(row.job.id), push.as_ref());
}

async fn look_at_waiting(app: &App, told: &mut Told) -> StoreResult<()> {
    told.looks = (told.looks + 1) % LOOKS_WITHOUT_NEWS;
    if told.looks == 0 {
        let waiting = told.reasons.iter().filter(|(_, jobs)| !jobs.is_empty());
        told.due.extend(waiting.map(|(user, _)| *user));
    }
    let rooms: BTreeSet<UserId> = app.hub.rooms().into_iter().collect();
    told.due.retain(|user| rooms.contains(user));
    while let Some(user) = told.due.first().copied() {
        let done = look_at(app, told, user).await;
        if !may_pass(&done) {
            told.due.remove(&user);
        }
        done?;
    }
    Ok(())
}

async fn look_at(app: &App, told: &mut Told, user: UserId) -> StoreResult<()> {
    let around = app.dispatch.surroundings(user, app.now()).await?;
    let reasons = told.reasons.entry(user).or_default();
    let waits = around
        .open_jobs
        .iter()
        .filter(|job| job.current().is_none());
    let waits: Vec<_> = waits.take(MOST_LOOKED_AT).collect();
    reasons.retain(|id, _| waits.iter().any(|job| job.id == *id));
    for job in waits {
        if reasons.get(&job.id) == Some(&why_waiting(job, &around)) {
            continue;
        }
        if let Some(row) = app.store().job(job.id).await? {
            tell_job(app, reasons, &row, &around);
        }
    }
    Ok(())
}
