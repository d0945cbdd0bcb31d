//! Pairing: how a computer becomes an agent, with a person's approval or an enrolment token.

use std::time::Duration;

use model::{AgentId, EnrolmentId, Ids, Label, Name, PairingId, Sha256, Timestamp, UserId};
use sha2::Digest;
use store::agents::Agent;
use store::pairings::{
    Approval, Enrolled, Enrolment, NewAgent, Pairing, PairingAnswer, PairingAnswered,
    PairingCreated, PairingState, PendingBounds,
};
use store::{StoreError, StoreResult};
use thiserror::Error;

use crate::desk::Dispatch;
use crate::until_known::until_known;

/// The most that may wait for an answer.
const BOUNDS: PendingBounds = PendingBounds {
    from_address: 5,
    in_all: 50,
};
/// How long a pairing waits for an answer.
const PENDING: Duration = Duration::from_secs(600);
/// After this many wrong codes a pairing is denied.
const MOST_WRONG: u32 = 5;
/// The letters of a code: no vowels, so no words, and none that are taken for each other.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The longest life of an enrolment token.
pub(crate) const MOST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// The most uses of an enrolment token.
pub(crate) const MOST_USES: u32 = 1_000;

/// A computer that asks to be let in.
#[derive(Debug, Clone)]
pub struct PairingRequest {
    /// The user id that was entered; perhaps nobody's, which is answered alike.
    pub user: UserId,
    /// SHA-256 of the key that the computer made.
    pub key_hash: Sha256,
    /// The computer's own name.
    pub host: String,
    /// The operating system.
    pub os: String,
    /// Who is signed in there.
    pub os_user: String,
    /// Where the request comes from.
    pub address: String,
    /// The program's version.
    pub version: String,
    /// The name that is asked for; absent: the host's.
    pub name: Option<Name>,
    /// The labels that are asked for.
    pub labels: Vec<Label>,
}

/// Why a computer may not ask.
#[derive(Debug, Error)]
pub enum PairingRefused {
    /// The key is used up.
    #[error("that key was used before")]
    KeyTaken,
    /// Too many wait already.
    #[error("too many computers wait for an answer")]
    TooMany,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a pairing is not shown to the computer that asks.
#[derive(Debug, Error)]
pub enum PollRefused {
    /// Unknown, or another key.
    #[error("there is no such pairing of that key")]
    Unknown,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a pairing was not answered as asked.
#[derive(Debug, Error)]
pub enum ApproveRefused {
    /// No such pairing of that user.
    #[error("there is no such pairing")]
    Gone,
    /// The code is another one.
    #[error("that is not the code")]
    WrongCode(Pairing),
    /// It was answered otherwise before, or has expired.
    #[error("the pairing was answered before, or has expired")]
    Conflict(Pairing),
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A token for unattended installs that is asked for.
#[derive(Debug, Clone)]
pub struct EnrolmentRequest {
    /// Whose agents it makes.
    pub user: UserId,
    /// The name of its agents; absent: their host's.
    pub name: Option<Name>,
    /// Labels of its agents.
    pub labels: Vec<Label>,
    /// How often it may be used.
    pub uses: u32,
    /// How long it may be used.
    pub life: Duration,
}

/// A new enrolment token.
#[derive(Debug, Clone)]
pub struct NewEnrolment {
    /// What is stored of it.
    pub enrolment: Enrolment,
    /// The token, which is shown once.
    pub token: String,
}

/// Why there is no token.
#[derive(Debug, Error)]
pub enum EnrolmentRefused {
    /// Out of range.
    #[error("a token has 1 to {MOST_USES} uses")]
    Uses,
    /// Out of range.
    #[error("a token lives from 1 second to 7 days")]
    Life,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A computer that comes with an enrolment token.
#[derive(Debug, Clone)]
pub struct EnrolRequest {
    /// The token.
    pub token: String,
    /// SHA-256 of the key that the computer made.
    pub key_hash: Sha256,
    /// The computer's own name.
    pub host: String,
    /// The operating system.
    pub os: String,
    /// The program's version.
    pub version: String,
    /// The name that is asked for; absent: the token's, else the host's.
    pub name: Option<Name>,
    /// The labels that are asked for.
    pub labels: Vec<Label>,
}

/// Why the token opened nothing.
#[derive(Debug, Error)]
pub enum EnrolRefused {
    /// Unknown, used up or expired.
    #[error("the token is unknown, used or expired")]
    Token,
    /// The key is used up.
    #[error("that key was used before")]
    KeyTaken,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Dispatch {
    /// Notes that a computer asks to be let in. The same key again gives the same pairing; the
    /// second field of the answer says whether it is new.
    ///
    /// # Errors
    /// [`PairingRefused`].
    pub async fn create_pairing(
        &self,
        ask: PairingRequest,
        now: Timestamp,
    ) -> Result<(Pairing, bool), PairingRefused> {
        let name = ask
            .name
            .unwrap_or_else(|| Name::nearest(&ask.host, "computer"));
        let pairing = Pairing {
            id: PairingId(self.ids().object_id(now)),
            user_id: ask.user,
            key_hash: ask.key_hash,
            code: fresh_code(self.ids()),
            host: ask.host,
            os: ask.os,
            os_user: ask.os_user,
            address: ask.address,
            version: ask.version,
            name,
            labels: ask.labels,
            state: PairingState::Pending,
            wrong_codes: 0,
            created_at: now,
            expires_at: now.plus(PENDING),
        };
        let id = pairing.id;
        let known = until_known(|| self.store().create_pairing(pairing.clone(), BOUNDS)).await?;
        match known.answer {
            PairingCreated::Created(pairing) => {
                self.hints().pairing(pairing.id);
                Ok((pairing, true))
            }
            PairingCreated::Same(pairing) => {
                let new = pairing.id == id;
                if new {
                    self.hints().pairing(id);
                }
                Ok((pairing, new))
            }
            PairingCreated::KeyTaken => Err(PairingRefused::KeyTaken),
            PairingCreated::TooMany => Err(PairingRefused::TooMany),
        }
    }

    /// The pairing, for the computer whose key it is.
    ///
    /// # Errors
    /// [`PollRefused`].
    pub async fn poll_pairing(
        &self,
        pairing: PairingId,
        key_hash: Sha256,
    ) -> Result<Pairing, PollRefused> {
        let found = self.store().pairing(pairing).await?;
        found
            .filter(|pairing| pairing.key_hash == key_hash)
            .ok_or(PollRefused::Unknown)
    }

    /// Lets the computer in, if the code is the one that it shows; case and dash do not matter.
    /// Approving twice is answered alike.
    ///
    /// # Errors
    /// [`ApproveRefused`].
    pub async fn approve_pairing(
        &self,
        user: UserId,
        pairing: PairingId,
        code: &str,
        now: Timestamp,
    ) -> Result<(Pairing, Agent), ApproveRefused> {
        let answer = PairingAnswer {
            user,
            pairing,
            what: Approval::Approve {
                code: plain_code(code),
                agent: AgentId(self.ids().object_id(now)),
                most_wrong: MOST_WRONG,
            },
            now,
        };
        match self.answer_pairing(answer).await? {
            PairingAnswered::Approved { pairing, agent } => {
                self.hints().agent(agent.id);
                Ok((pairing, agent))
            }
            PairingAnswered::WrongCode(pairing) => Err(ApproveRefused::WrongCode(pairing)),
            PairingAnswered::Denied(pairing) | PairingAnswered::Conflict(pairing) => {
                Err(ApproveRefused::Conflict(pairing))
            }
            PairingAnswered::Gone => Err(ApproveRefused::Gone),
        }
    }

    /// Refuses the computer. Denying twice is answered alike.
    ///
    /// # Errors
    /// [`ApproveRefused`].
    pub async fn deny_pairing(
        &self,
        user: UserId,
        pairing: PairingId,
        now: Timestamp,
    ) -> Result<Pairing, ApproveRefused> {
        let answer = PairingAnswer {
            user,
            pairing,
            what: Approval::Deny,
            now,
        };
        match self.answer_pairing(answer).await? {
            PairingAnswered::Denied(pairing) => Ok(pairing),
            PairingAnswered::Approved { pairing, .. }
            | PairingAnswered::WrongCode(pairing)
            | PairingAnswered::Conflict(pairing) => Err(ApproveRefused::Conflict(pairing)),
            PairingAnswered::Gone => Err(ApproveRefused::Gone),
        }
    }

    /// Refuses all computers that ask from one address; answers how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn deny_pairings_from(
        &self,
        user: UserId,
        address: &str,
        now: Timestamp,
    ) -> StoreResult<u32> {
        let mut denied = 0;
        for pairing in self.store().pending_pairings(user, now).await? {
            if pairing.address != address {
                continue;
            }
            match self.deny_pairing(user, pairing.id, now).await {
                Ok(_) => denied += 1,
                Err(ApproveRefused::Store(error)) => return Err(error),
                // Answered or expired in this moment.
                Err(
                    ApproveRefused::Gone
                    | ApproveRefused::WrongCode(_)
                    | ApproveRefused::Conflict(_),
                ) => {}
            }
        }
        Ok(denied)
    }

    async fn answer_pairing(&self, answer: PairingAnswer) -> StoreResult<PairingAnswered> {
        let known = until_known(|| self.store().answer_pairing(answer.clone())).await?;
        self.hints().pairing(answer.pairing);
        Ok(known.answer)
    }

    /// Makes an enrolment token.
    ///
    /// # Errors
    /// [`EnrolmentRefused`].
    pub async fn create_enrolment(
        &self,
        ask: EnrolmentRequest,
        now: Timestamp,
    ) -> Result<NewEnrolment, EnrolmentRefused> {
        if !(1..=MOST_USES).contains(&ask.uses) {
            return Err(EnrolmentRefused::Uses);
        }
        if !(Duration::from_secs(1)..=MOST_LIFE).contains(&ask.life) {
            return Err(EnrolmentRefused::Life);
        }
        let mut secret = [0; 32];
        self.ids().fill_secret(&mut secret);
        let token = format!("enrol_{}", Sha256(secret));
        let enrolment = Enrolment {
            id: EnrolmentId(self.ids().object_id(now)),
            user_id: ask.user,
            token_hash: digest(token.as_bytes()),
            name: ask.name,
            labels: ask.labels,
            uses: ask.uses,
            used: 0,
            created_at: now,
            expires_at: now.plus(ask.life),
        };
        until_known(|| self.store().create_enrolment(enrolment.clone())).await?;
        Ok(NewEnrolment { enrolment, token })
    }

    /// Makes an agent with an enrolment token. The same token and key again give the same agent.
    ///
    /// # Errors
    /// [`EnrolRefused`].
    pub async fn enrol(
        &self,
        ask: EnrolRequest,
        now: Timestamp,
    ) -> Result<(Agent, bool), EnrolRefused> {
        let id = AgentId(self.ids().object_id(now));
        let agent = NewAgent {
            id,
            key_hash: ask.key_hash,
            name: ask.name,
            host: ask.host,
            os: ask.os,
            version: ask.version,
            labels: ask.labels,
            now,
        };
        let token = digest(ask.token.as_bytes());
        let known = until_known(|| self.store().enrol(token, agent.clone())).await?;
        match known.answer {
            Enrolled::Agent(agent) => {
                let new = agent.id == id;
                if new {
                    self.hints().agent(id);
                }
                Ok((agent, new))
            }
            Enrolled::Refused => Err(EnrolRefused::Token),
            Enrolled::KeyTaken => Err(EnrolRefused::KeyTaken),
        }
    }
}

/// SHA-256 of a token.
fn digest(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// A code such as `WDJB-MJHT`, each letter equally likely.
fn fresh_code(ids: &dyn Ids) -> String {
    let mut code = String::with_capacity(9);
    while code.len() < 9 {
        let mut bytes = [0; 16];
        ids.fill_secret(&mut bytes);
        // 240 is the largest multiple of 20 that a byte holds.
        for byte in bytes.into_iter().filter(|byte| *byte < 240) {
            if code.len() == 4 {
                code.push('-');
            }
            if code.len() < 9 {
                code.push(char::from(LETTERS[usize::from(byte % 20)]));
            }
        }
    }
    code
}

/// A code as a person typed it, upper-case and without what is no letter.
fn plain_code(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphabetic);
    letters.take(64).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use model::ObjectId;

    use super::*;

    /// Counts through all bytes.
    struct Counting(AtomicU8);

    impl Ids for Counting {
        fn object_id(&self, now: Timestamp) -> ObjectId {
            ObjectId::from_parts(now, [self.0.fetch_add(1, Ordering::Relaxed); 8])
        }
        fn fill_secret(&self, out: &mut [u8]) {
            for byte in out {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        fn jitter(&self, up_to: Duration) -> Duration {
            up_to
        }
    }

    #[test]
    fn a_code_has_eight_letters_and_a_dash_whatever_the_bytes_are() {
        for first in [0, 100, 236, 255] {
            let code = fresh_code(&Counting(AtomicU8::new(first)));
            assert_eq!(code.len(), 9, "{code}");
            assert_eq!(code.as_bytes()[4], b'-');
            let letters = code.bytes().filter(|byte| LETTERS.contains(byte));
            assert_eq!(letters.count(), 8, "{code}");
        }
    }

    #[test]
    fn case_dash_and_blanks_of_a_typed_code_do_not_matter() {
        assert_eq!(plain_code(" wdjb-MJht "), "WDJBMJHT");
        assert_eq!(plain_code("WDJBMJHT"), "WDJBMJHT");
    }
}
