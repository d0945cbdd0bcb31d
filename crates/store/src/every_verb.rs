//! Every verb of a store, once: what wrappers are made from.

/// Calls `$wrap!` with the name of a wrapper and every verb of every trait.
macro_rules! every_verb {
    ($wrap:ident, $wrapper:ty) => {
        $wrap! { $wrapper, Jobs,
            play(play: Play) -> Played;
            offer_next(claim: Claim) -> Claimed;
            change_job(job: JobId, command: Command, guard: Option<Guard>, now: Timestamp) -> JobAnswer;
            played(user: UserId, request: Request) -> Option<Job>;
            job(job: JobId) -> Option<JobRow>;
            job_parameters(job: JobId) -> Vec<FilledValue>;
            job_secrets(job: JobId) -> Vec<SealedSecret>;
            jobs_page(user: UserId, filter: JobFilter, ask: PageAsk) -> JobsPage;
            open_jobs(user: UserId, limit: u32) -> Vec<Job>;
            jobs_of_agent(agent: AgentId) -> Vec<Job>;
            due(query: DueQuery, most: u32) -> Vec<Due>;
            last_values(user: UserId, robot: RobotId) -> Vec<FilledValue>;
            forget_jobs(now: Timestamp, most: u32) -> u32;
            left_waiting(deleted_before: Timestamp, most: u32) -> Vec<Job>;
        }
        $wrap! { $wrapper, Logs,
            append_events(append: Append) -> Appended;
            events(job: JobId, attempt: AttemptNumber, after: u64, limit: u32, most_bytes: usize) -> EventsRead;
            stored_to(job: JobId, attempt: AttemptNumber) -> u64;
            compact(job: JobId, attempt: AttemptNumber) -> Compacted;
        }
        $wrap! { $wrapper, Agents,
            agent(agent: AgentId) -> Option<Agent>;
            agents(user: UserId) -> Vec<Agent>;
            connect_agent(agent: AgentId, key: Sha256) -> Connected;
            join_agent(join: Join) -> Joined;
            renew_agent(renew: Renew) -> Renewed;
            leave_agent(connection: &Connection, now: Timestamp) -> ();
            patch_agent(user: UserId, agent: AgentId, patch: AgentPatch) -> AgentPatched;
            remove_agent(user: UserId, agent: AgentId, running: Running, now: Timestamp) -> Option<Agent>;
        }
        $wrap! { $wrapper, Pairings,
            create_pairing(pairing: Pairing, bounds: PendingBounds) -> PairingCreated;
            pairing(pairing: PairingId) -> Option<Pairing>;
            forget_pairings(expired_before: Timestamp, most: u32) -> u32;
            pending_pairings(user: UserId, now: Timestamp) -> Vec<Pairing>;
            answer_pairing(answer: PairingAnswer) -> PairingAnswered;
            create_enrolment(enrolment: Enrolment) -> ();
            forget_enrolments(expired_before: Timestamp, most: u32) -> u32;
            enrolments(user: UserId) -> Vec<Enrolment>;
            delete_enrolment(user: UserId, enrolment: EnrolmentId) -> bool;
            enrol(token: Sha256, agent: NewAgent) -> Enrolled;
        }
        $wrap! { $wrapper, Robots,
            create_robot(robot: Robot, version: Version) -> RobotCreated;
            robot(robot: RobotId) -> Option<RobotRow>;
            robots(user: UserId) -> Vec<RobotRow>;
            patch_robot(user: UserId, robot: RobotId, patch: RobotPatch, now: Timestamp) -> RobotPatched;
            add_version(user: UserId, robot: RobotId, expected: Option<u32>, version: Version) -> VersionAdded;
            versions(robot: RobotId) -> Vec<VersionHead>;
            version(robot: RobotId, version: u32) -> Option<Version>;
            delete_robot(user: UserId, robot: RobotId, now: Timestamp) -> Option<DeletedRobot>;
        }
        $wrap! { $wrapper, People,
            any_user() -> bool;
            set_up(link: Sha256, user: User, now: Timestamp) -> SetUp;
            create_user(user: User) -> UserCreated;
            user(user: UserId) -> Option<User>;
            user_by_email(email: &str) -> Option<User>;
            patch_user(user: UserId, patch: UserPatch) -> Option<User>;
            users() -> Vec<UserRow>;
            create_invite(invite: Invite) -> ();
            invites() -> Vec<Invite>;
            delete_invite(invite: ObjectId) -> bool;
            accept_invite(token: Sha256, user: User, now: Timestamp) -> InviteTaken;
            put_link(link: Link) -> ();
            take_sign_in_link(link: Sha256, session: NewSession, now: Timestamp) -> LinkTaken;
            create_session(session: Session) -> ();
            session(token: Sha256) -> Option<Session>;
            touch_session(session: SessionId, now: Timestamp) -> ();
            forget_sessions(unused_since: Timestamp, most: u32) -> u32;
            forget_links(expired_before: Timestamp, most: u32) -> u32;
            sessions(user: UserId) -> Vec<Session>;
            delete_session(user: UserId, session: SessionId) -> bool;
            delete_other_sessions(user: UserId, but: Option<SessionId>) -> Vec<SessionId>;
            create_token(token: Token) -> ();
            token(hash: Sha256) -> Option<Token>;
            touch_token(token: TokenId, now: Timestamp) -> ();
            tokens(user: UserId) -> Vec<Token>;
            delete_token(user: UserId, token: TokenId) -> bool;
        }
        $wrap! { $wrapper, Audit,
            note_change(entry: AuditEntry) -> ();
            audit_page(ask: AuditAsk) -> Vec<AuditEntry>;
        }
        $wrap! { $wrapper, Artifacts,
            add_artifact(artifact: Artifact, bounds: ArtifactBounds) -> ArtifactAdded;
            artifact(artifact: ArtifactId) -> Option<Artifact>;
            artifacts(job: JobId) -> Vec<Artifact>;
            unnamed(digests: Vec<Sha256>) -> Vec<Sha256>;
        }
        $wrap! { $wrapper, Node,
            installation(fresh: ObjectId) -> ObjectId;
            node_alive(node: ObjectId, listening_since: Timestamp, now: Timestamp) -> ();
            listening_since(alive_after: Timestamp) -> Option<Timestamp>;
            ping() -> ();
        }
    };
}
pub(crate) use every_verb;

/// Every type that stands in a verb.
pub(crate) mod types {
    pub(crate) use model::parameter::FilledValue;
    pub(crate) use model::transition::Command;
    pub(crate) use model::{
        AgentId, ArtifactId, AttemptNumber, Connection, EnrolmentId, Job, JobId, ObjectId,
        PairingId, RobotId, SessionId, Sha256, Timestamp, TokenId, UserId,
    };

    pub(crate) use crate::agents::*;
    pub(crate) use crate::artifacts::*;
    pub(crate) use crate::audit::*;
    pub(crate) use crate::error::*;
    pub(crate) use crate::jobs::*;
    pub(crate) use crate::logs::*;
    pub(crate) use crate::node::*;
    pub(crate) use crate::pairings::*;
    pub(crate) use crate::people::*;
    pub(crate) use crate::robots::*;
}
