//! The traits of the `store` crate: each verb is handed to its function in `core`.

use async_trait::async_trait;
use model::parameter::FilledValue;
use model::transition::Command;
use model::{
    AgentId, ArtifactId, AttemptNumber, Connection, EnrolmentId, Job, JobId, ObjectId, PairingId,
    RobotId, SessionId, Sha256, Timestamp, TokenId, UserId,
};
use store::agents::{
    Agent, AgentPatch, AgentPatched, Connected, Join, Joined, Renew, Renewed, Running,
};
use store::artifacts::{Artifact, ArtifactAdded, ArtifactBounds};
use store::audit::{AuditAsk, AuditEntry};
use store::jobs::{
    Claim, Claimed, Due, DueQuery, Guard, JobAnswer, JobFilter, JobRow, JobsPage, PageAsk, Play,
    Played, Request, SealedSecret,
};
use store::logs::{Append, Appended, Compacted, EventsRead};
use store::pairings::{
    Enrolled, Enrolment, NewAgent, Pairing, PairingAnswer, PairingAnswered, PairingCreated,
    PendingBounds,
};
use store::people::{
    Invite, InviteTaken, Link, LinkTaken, NewSession, Session, SetUp, Token, User, UserCreated,
    UserPatch, UserRow,
};
use store::robots::{
    DeletedRobot, Robot, RobotCreated, RobotPatch, RobotPatched, RobotRow, Version, VersionAdded,
    VersionHead,
};
use store::{Agents, Artifacts, Audit, Jobs, Logs, Node, Pairings, People, Robots, StoreResult};

use crate::core::logs::Plan;
use crate::core::{
    CoreError, agents, artifacts, audit, forget, job_lists, jobs, logs, node, offers, pairings,
    people, robots,
};
use crate::sqlite_store::SqliteStore;

#[async_trait]
impl Jobs for SqliteStore {
    async fn play(&self, play: Play) -> StoreResult<Played> {
        self.write(move |conn| jobs::play(conn, &play)).await
    }
    async fn played(&self, user: UserId, request: Request) -> StoreResult<Option<Job>> {
        self.read(move |conn| jobs::played(conn, user, &request))
            .await
    }
    async fn offer_next(&self, claim: Claim) -> StoreResult<Claimed> {
        self.write(move |conn| offers::offer_next(conn, &claim))
            .await
    }
    async fn change_job(
        &self,
        job: JobId,
        command: Command,
        guard: Option<Guard>,
        now: Timestamp,
    ) -> StoreResult<JobAnswer> {
        self.write(move |conn| jobs::change(conn, job, command, guard, now))
            .await
    }
    async fn job(&self, job: JobId) -> StoreResult<Option<JobRow>> {
        self.read(move |conn| jobs::job(conn, job)).await
    }
    async fn job_parameters(&self, job: JobId) -> StoreResult<Vec<FilledValue>> {
        self.read(move |conn| jobs::parameters(conn, job)).await
    }
    async fn job_secrets(&self, job: JobId) -> StoreResult<Vec<SealedSecret>> {
        self.read(move |conn| jobs::secrets(conn, job)).await
    }
    async fn jobs_page(
        &self,
        user: UserId,
        filter: JobFilter,
        ask: PageAsk,
    ) -> StoreResult<JobsPage> {
        self.read(move |conn| job_lists::page(conn, user, &filter, ask))
            .await
    }
    async fn open_jobs(&self, user: UserId, limit: u32) -> StoreResult<Vec<Job>> {
        self.read(move |conn| job_lists::open(conn, user, limit))
            .await
    }
    async fn jobs_of_agent(&self, agent: AgentId) -> StoreResult<Vec<Job>> {
        self.read(move |conn| job_lists::of_agent(conn, agent))
            .await
    }
    async fn due(&self, query: DueQuery, most: u32) -> StoreResult<Vec<Due>> {
        self.read(move |conn| job_lists::due(conn, &query, most))
            .await
    }
    async fn last_values(&self, user: UserId, robot: RobotId) -> StoreResult<Vec<FilledValue>> {
        self.read(move |conn| jobs::last_values(conn, user, robot))
            .await
    }
    async fn forget_jobs(&self, now: Timestamp, most: u32) -> StoreResult<u32> {
        self.write(move |conn| forget::jobs(conn, now, most)).await
    }
    async fn left_waiting(&self, deleted_before: Timestamp, most: u32) -> StoreResult<Vec<Job>> {
        self.read(move |conn| job_lists::left_waiting(conn, deleted_before, most))
            .await
    }
}

#[async_trait]
impl Logs for SqliteStore {
    async fn append_events(&self, append: Append) -> StoreResult<Appended> {
        // The writing thread has better things to do than to compress.
        let packed = logs::pack(&append.events).map_err(CoreError::not_done)?;
        self.write(move |conn| logs::append(conn, &append, packed))
            .await
    }
    async fn events(
        &self,
        job: JobId,
        attempt: AttemptNumber,
        after: u64,
        limit: u32,
        most_bytes: usize,
    ) -> StoreResult<EventsRead> {
        self.read(move |conn| logs::events(conn, job, attempt, after, limit, most_bytes))
            .await
    }
    async fn stored_to(&self, job: JobId, attempt: AttemptNumber) -> StoreResult<u64> {
        self.read(move |conn| logs::stored_to(conn, job, attempt))
            .await
    }
    async fn compact(&self, job: JobId, attempt: AttemptNumber) -> StoreResult<Compacted> {
        let groups = match self
            .read(move |conn| logs::plan(conn, job, attempt))
            .await?
        {
            Plan::Nothing(compacted) => return Ok(compacted),
            Plan::Join(groups) => groups,
        };
        for group in groups {
            let planned = group.clone();
            let packed = self
                .read(move |conn| logs::join(conn, job, attempt, &planned))
                .await?;
            self.write(move |conn| logs::replace(conn, job, attempt, &group, &packed))
                .await?;
        }
        Ok(Compacted::Done)
    }
}

#[async_trait]
impl Agents for SqliteStore {
    async fn agent(&self, agent: AgentId) -> StoreResult<Option<Agent>> {
        self.read(move |conn| agents::read(conn, agent)).await
    }
    async fn agents(&self, user: UserId) -> StoreResult<Vec<Agent>> {
        self.read(move |conn| agents::of_user(conn, user)).await
    }
    async fn connect_agent(&self, agent: AgentId, key: Sha256) -> StoreResult<Connected> {
        self.write(move |conn| agents::connect(conn, agent, key))
            .await
    }
    async fn join_agent(&self, join: Join) -> StoreResult<Joined> {
        self.write(move |conn| agents::join(conn, &join)).await
    }
    async fn renew_agent(&self, renew: Renew) -> StoreResult<Renewed> {
        self.write(move |conn| agents::renew(conn, &renew)).await
    }
    async fn leave_agent(&self, connection: &Connection, _now: Timestamp) -> StoreResult<()> {
        let connection = connection.clone();
        self.write(move |conn| agents::leave(conn, &connection))
            .await
    }
    async fn patch_agent(
        &self,
        user: UserId,
        agent: AgentId,
        patch: AgentPatch,
    ) -> StoreResult<AgentPatched> {
        self.write(move |conn| agents::patch(conn, user, agent, &patch))
            .await
    }
    async fn remove_agent(
        &self,
        user: UserId,
        agent: AgentId,
        running: Running,
        now: Timestamp,
    ) -> StoreResult<Option<Agent>> {
        self.write(move |conn| agents::remove(conn, user, agent, running, now))
            .await
    }
}

#[async_trait]
impl Pairings for SqliteStore {
    async fn create_pairing(
        &self,
        pairing: Pairing,
        bounds: PendingBounds,
    ) -> StoreResult<PairingCreated> {
        self.write(move |conn| pairings::create(conn, &pairing, bounds))
            .await
    }
    async fn pairing(&self, pairing: PairingId) -> StoreResult<Option<Pairing>> {
        self.read(move |conn| pairings::read(conn, pairing)).await
    }
    async fn forget_pairings(&self, expired_before: Timestamp, most: u32) -> StoreResult<u32> {
        self.write(move |conn| forget::pairings(conn, expired_before, most))
            .await
    }
    async fn pending_pairings(&self, user: UserId, now: Timestamp) -> StoreResult<Vec<Pairing>> {
        self.read(move |conn| pairings::pending(conn, user, now))
            .await
    }
    async fn answer_pairing(&self, answer: PairingAnswer) -> StoreResult<PairingAnswered> {
        self.write(move |conn| pairings::answer(conn, &answer))
            .await
    }
    async fn create_enrolment(&self, enrolment: Enrolment) -> StoreResult<()> {
        self.write(move |conn| pairings::create_enrolment(conn, &enrolment))
            .await
    }
    async fn forget_enrolments(&self, expired_before: Timestamp, most: u32) -> StoreResult<u32> {
        self.write(move |conn| forget::enrolments(conn, expired_before, most))
            .await
    }
    async fn enrolments(&self, user: UserId) -> StoreResult<Vec<Enrolment>> {
        self.read(move |conn| pairings::enrolments(conn, user))
            .await
    }
    async fn delete_enrolment(&self, user: UserId, enrolment: EnrolmentId) -> StoreResult<bool> {
        self.write(move |conn| pairings::delete_enrolment(conn, user, enrolment))
            .await
    }
    async fn enrol(&self, token: Sha256, agent: NewAgent) -> StoreResult<Enrolled> {
        self.write(move |conn| pairings::enrol(conn, token, &agent))
            .await
    }
}

#[async_trait]
impl Robots for SqliteStore {
    async fn create_robot(&self, robot: Robot, version: Version) -> StoreResult<RobotCreated> {
        self.write(move |conn| robots::create(conn, &robot, &version))
            .await
    }
    async fn robot(&self, robot: RobotId) -> StoreResult<Option<RobotRow>> {
        self.read(move |conn| robots::row(conn, robot)).await
    }
    async fn robots(&self, user: UserId) -> StoreResult<Vec<RobotRow>> {
        self.read(move |conn| robots::of_user(conn, user)).await
    }
    async fn patch_robot(
        &self,
        user: UserId,
        robot: RobotId,
        patch: RobotPatch,
        now: Timestamp,
    ) -> StoreResult<RobotPatched> {
        self.write(move |conn| robots::patch(conn, user, robot, &patch, now))
            .await
    }
    async fn add_version(
        &self,
        user: UserId,
        robot: RobotId,
        expected: Option<u32>,
        version: Version,
    ) -> StoreResult<VersionAdded> {
        self.write(move |conn| robots::add_version(conn, user, robot, expected, &version))
            .await
    }
    async fn versions(&self, robot: RobotId) -> StoreResult<Vec<VersionHead>> {
        self.read(move |conn| robots::versions(conn, robot)).await
    }
    async fn version(&self, robot: RobotId, version: u32) -> StoreResult<Option<Version>> {
        self.read(move |conn| robots::version(conn, robot, version))
            .await
    }
    async fn delete_robot(
        &self,
        user: UserId,
        robot: RobotId,
        now: Timestamp,
    ) -> StoreResult<Option<DeletedRobot>> {
        self.write(move |conn| robots::delete(conn, user, robot, now))
            .await
    }
}

#[async_trait]
impl People for SqliteStore {
    async fn any_user(&self) -> StoreResult<bool> {
        self.read(people::any_user).await
    }
    async fn set_up(&self, link: Sha256, user: User, now: Timestamp) -> StoreResult<SetUp> {
        self.write(move |conn| people::set_up(conn, link, &user, now))
            .await
    }
    async fn create_user(&self, user: User) -> StoreResult<UserCreated> {
        self.write(move |conn| people::create_user(conn, &user))
            .await
    }
    async fn user(&self, user: UserId) -> StoreResult<Option<User>> {
        self.read(move |conn| people::user(conn, user)).await
    }
    async fn user_by_email(&self, email: &str) -> StoreResult<Option<User>> {
        let email = email.to_owned();
        self.read(move |conn| people::user_by_email(conn, &email))
            .await
    }
    async fn patch_user(&self, user: UserId, patch: UserPatch) -> StoreResult<Option<User>> {
        self.write(move |conn| people::patch_user(conn, user, &patch))
            .await
    }
    async fn users(&self) -> StoreResult<Vec<UserRow>> {
        self.read(people::users).await
    }
    async fn create_invite(&self, invite: Invite) -> StoreResult<()> {
        self.write(move |conn| people::create_invite(conn, &invite))
            .await
    }
    async fn invites(&self) -> StoreResult<Vec<Invite>> {
        self.read(people::invites).await
    }
    async fn delete_invite(&self, invite: ObjectId) -> StoreResult<bool> {
        self.write(move |conn| people::delete_invite(conn, invite))
            .await
    }
    async fn accept_invite(
        &self,
        token: Sha256,
        user: User,
        now: Timestamp,
    ) -> StoreResult<InviteTaken> {
        self.write(move |conn| people::accept_invite(conn, token, &user, now))
            .await
    }
    async fn put_link(&self, link: Link) -> StoreResult<()> {
        self.write(move |conn| people::put_link(conn, &link)).await
    }
    async fn take_sign_in_link(
        &self,
        link: Sha256,
        session: NewSession,
        now: Timestamp,
    ) -> StoreResult<LinkTaken> {
        self.write(move |conn| people::take_sign_in_link(conn, link, &session, now))
            .await
    }
    async fn create_session(&self, session: Session) -> StoreResult<()> {
        self.write(move |conn| people::create_session(conn, &session))
            .await
    }
    async fn session(&self, token: Sha256) -> StoreResult<Option<Session>> {
        self.read(move |conn| people::session(conn, token)).await
    }
    async fn touch_session(&self, session: SessionId, now: Timestamp) -> StoreResult<()> {
        self.write(move |conn| people::touch_session(conn, session, now))
            .await
    }
    async fn forget_sessions(&self, unused_since: Timestamp, most: u32) -> StoreResult<u32> {
        self.write(move |conn| forget::sessions(conn, unused_since, most))
            .await
    }
    async fn forget_links(&self, expired_before: Timestamp, most: u32) -> StoreResult<u32> {
        self.write(move |conn| forget::links(conn, expired_before, most))
            .await
    }
    async fn sessions(&self, user: UserId) -> StoreResult<Vec<Session>> {
        self.read(move |conn| people::sessions(conn, user)).await
    }
    async fn delete_session(&self, user: UserId, session: SessionId) -> StoreResult<bool> {
        self.write(move |conn| people::delete_session(conn, user, session))
            .await
    }
    async fn delete_other_sessions(
        &self,
        user: UserId,
        but: Option<SessionId>,
    ) -> StoreResult<Vec<SessionId>> {
        self.write(move |conn| people::delete_other_sessions(conn, user, but))
            .await
    }
    async fn create_token(&self, token: Token) -> StoreResult<()> {
        self.write(move |conn| people::create_token(conn, &token))
            .await
    }
    async fn token(&self, hash: Sha256) -> StoreResult<Option<Token>> {
        self.read(move |conn| people::token(conn, hash)).await
    }
    async fn touch_token(&self, token: TokenId, now: Timestamp) -> StoreResult<()> {
        self.write(move |conn| people::touch_token(conn, token, now))
            .await
    }
    async fn tokens(&self, user: UserId) -> StoreResult<Vec<Token>> {
        self.read(move |conn| people::tokens(conn, user)).await
    }
    async fn delete_token(&self, user: UserId, token: TokenId) -> StoreResult<bool> {
        self.write(move |conn| people::delete_token(conn, user, token))
            .await
    }
}

#[async_trait]
impl Audit for SqliteStore {
    async fn note_change(&self, entry: AuditEntry) -> StoreResult<()> {
        self.write(move |conn| audit::note_change(conn, &entry))
            .await
    }
    async fn audit_page(&self, ask: AuditAsk) -> StoreResult<Vec<AuditEntry>> {
        self.read(move |conn| audit::audit_page(conn, &ask)).await
    }
}

#[async_trait]
impl Artifacts for SqliteStore {
    async fn add_artifact(
        &self,
        artifact: Artifact,
        bounds: ArtifactBounds,
    ) -> StoreResult<ArtifactAdded> {
        self.write(move |conn| artifacts::add(conn, &artifact, bounds))
            .await
    }
    async fn artifact(&self, artifact: ArtifactId) -> StoreResult<Option<Artifact>> {
        self.read(move |conn| artifacts::artifact(conn, artifact))
            .await
    }
    async fn artifacts(&self, job: JobId) -> StoreResult<Vec<Artifact>> {
        self.read(move |conn| artifacts::of_job(conn, job)).await
    }
    async fn unnamed(&self, digests: Vec<Sha256>) -> StoreResult<Vec<Sha256>> {
        self.read(move |conn| artifacts::unnamed(conn, &digests))
            .await
    }
}

#[async_trait]
impl Node for SqliteStore {
    async fn installation(&self, fresh: ObjectId) -> StoreResult<ObjectId> {
        self.write(move |conn| node::installation(conn, fresh))
            .await
    }
    async fn node_alive(
        &self,
        node: ObjectId,
        listening_since: Timestamp,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.write(move |conn| node::alive(conn, node, listening_since, now))
            .await
    }
    async fn listening_since(&self, alive_after: Timestamp) -> StoreResult<Option<Timestamp>> {
        self.read(move |conn| node::listening_since(conn, alive_after))
            .await
    }
    async fn ping(&self) -> StoreResult<()> {
        self.write(node::ping).await
    }
}
