//! What a user changes of a robot that touches its waiting jobs.

use model::transition::Command;
use model::{Actor, RobotId, Timestamp, UserId};
use store::StoreResult;
use store::robots::{Robot, RobotPatch, RobotPatched};

use crate::desk::Dispatch;
use crate::until_known::until_known;

impl Dispatch {
    /// Changes what is not versioned. Other labels also become those of its waiting jobs.
    ///
    /// # Errors
    /// The store's.
    pub async fn change_robot(
        &self,
        user: UserId,
        robot: RobotId,
        patch: RobotPatch,
        now: Timestamp,
    ) -> StoreResult<RobotPatched> {
        let known =
            until_known(|| self.store().patch_robot(user, robot, patch.clone(), now)).await?;
        if let RobotPatched::Done { jobs, .. } = &known.answer {
            self.hints().robot(robot);
            for job in jobs {
                self.hints().job(*job);
            }
            if !jobs.is_empty() {
                self.hints().work(user);
            }
        }
        Ok(known.answer)
    }

    /// Deletes a robot: its waiting jobs end as cancelled, what executes runs to its end. None:
    /// there is no such robot of that user.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_robot(
        &self,
        user: UserId,
        by: &Actor,
        robot: RobotId,
        now: Timestamp,
    ) -> StoreResult<Option<Robot>> {
        let known = until_known(|| self.store().delete_robot(user, robot, now)).await?;
        let Some(deleted) = known.answer else {
            return Ok(None);
        };
        for job in deleted.waiting {
            // One that was confirmed a moment ago is refused, and runs to its end.
            let command = Command::CancelBeforeStart { by: by.clone() };
            self.change(job, command, None, now).await?;
        }
        Ok(Some(deleted.robot))
    }
}
