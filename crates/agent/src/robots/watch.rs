//! Reading what a robot says, until its supervisor has ended.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_core::{EventText, Input, RobotNews, TailOffsets};
use model::{AttemptKey, Timestamp};
use runner::{Mask, Offsets, Survey, Tail, Workspace};
use tokio_util::sync::CancellationToken;

use super::attempts::Shared;
use super::blocking::{blocking, wait_until};

/// How often a workspace is looked into while its robot works.
const LOOK: Duration = Duration::from_millis(40);

impl Shared {
    pub(super) async fn watch(
        self: &Arc<Self>,
        key: AttemptKey,
        workspace: Workspace,
        offsets: Offsets,
        mask: Mask,
        watching: CancellationToken,
    ) {
        let mut tail = Tail::new(workspace.clone(), offsets, mask);
        let mut given_up = false;
        loop {
            if watching.is_cancelled() {
                return;
            }
            // The state first: what a supervisor wrote before it ended is then read whole.
            let looked = workspace.clone();
            let offset = self.clock_offset_ms.load(Ordering::Relaxed);
            let step = blocking(move || {
                let survey = runner::survey(&looked);
                let at_end = !matches!(survey, Ok(Survey::Alive) | Err(_));
                let server_time = |at: Timestamp| Timestamp::from_millis(at.as_millis() + offset);
                let read = tail.read(&server_time, at_end);
                (tail, survey, read)
            });
            let Some((back, survey, read)) = step.await else {
                return;
            };
            tail = back;
            let more = match read {
                Ok(read) => {
                    if !read.events.is_empty() {
                        let news = RobotNews::Events {
                            events: read.events.into_iter().map(EventText).collect(),
                            offsets: TailOffsets {
                                events: read.offsets.events,
                                stdout: read.offsets.stdout,
                                stderr: read.offsets.stderr,
                            },
                        };
                        self.tell(Input::Robot(key, news)).await;
                    }
                    read.more
                }
                Err(error) => {
                    tracing::error!(job = %key, %error, "what a robot says cannot be read");
                    false
                }
            };
            match survey {
                _ if more => {}
                Ok(Survey::Ended(outcome)) => {
                    return self
                        .tell(Input::Robot(key, RobotNews::Ended(outcome)))
                        .await;
                }
                Ok(Survey::Gone { .. } | Survey::Absent) if given_up => {
                    return self.tell(Input::Robot(key, RobotNews::Died)).await;
                }
                Ok(Survey::Gone { .. } | Survey::Absent) => {
                    // A supervisor between its spawning and its lock looks like none.
                    let gone = workspace.clone();
                    let still = blocking(move || {
                        let there = || !matches!(runner::survey(&gone), Ok(Survey::Gone { .. }));
                        wait_until(there, Duration::from_secs(2));
                        match runner::survey(&gone) {
                            // Nobody may start it after it was told as lost, however late.
                            Ok(Survey::Gone { .. } | Survey::Absent) => runner::give_up(&gone),
                            Ok(_) => Err(std::io::Error::other("a supervisor came late")),
                            Err(error) => Err(error),
                        }
                    });
                    match still.await {
                        // Until now its robot may have outlived it: what that said meanwhile is
                        // read before the end is told.
                        Some(Ok(())) => given_up = true,
                        Some(Err(error)) => {
                            tracing::warn!(job = %key, %error, "a robot is looked at again");
                            tokio::time::sleep(LOOK).await;
                        }
                        None => return,
                    }
                }
                Ok(Survey::Alive) | Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }
}
