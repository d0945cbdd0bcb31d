//! People who press play, Stop and Kill, and ask again when no answer came.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use judge::{Mode, Status, What};
use nix::time::{ClockId, clock_gettime};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Person;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::diary::Diary;
use super::dice::Dice;
use super::pages::Page;

/// How long an answer may take before it is asked for again.
pub(crate) const ANSWER: Duration = Duration::from_secs(4);
/// How many jobs may be open at once.
const OPEN: usize = 40;
/// So many lines make a robot too long for an offer.
const FILLING: usize = 2_000;
/// What no log may show.
pub(crate) const SECRET: &str = "open-sesame-4711";

/// A kind of robot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Short,
    Long,
    Files,
    Endless,
    Failing,
    Secret,
    Stubborn,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Short,
        Self::Long,
        Self::Files,
        Self::Endless,
        Self::Failing,
        Self::Secret,
        Self::Stubborn,
    ];

    /// What the robot does. One that leaves files is too long for an offer, and fetched.
    pub(crate) fn source(self) -> String {
        let text = match self {
            Self::Short => include_str!("../../robots/chaos/short.robot"),
            Self::Long => include_str!("../../robots/chaos/long.robot"),
            Self::Files => include_str!("../../robots/chaos/files.robot"),
            Self::Endless => include_str!("../../robots/chaos/endless.robot"),
            Self::Failing => include_str!("../../robots/chaos/failing.robot"),
            Self::Secret => include_str!("../../robots/chaos/secret.robot"),
            Self::Stubborn => include_str!("../../robots/chaos/stubborn.robot"),
        };
        let filling = if self == Self::Files { FILLING } else { 0 };
        text.to_owned() + &"# This line only makes the robot long.\n".repeat(filling)
    }

    /// Whether nothing but Stop and Kill ends it.
    fn is_endless(self) -> bool {
        matches!(self, Self::Endless | Self::Stubborn)
    }
}

/// A robot on the server.
#[derive(Debug, Clone)]
pub(crate) struct Robot {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) repeatable: bool,
}

/// A play that somebody asked for.
#[derive(Debug, Clone)]
pub(crate) struct Play {
    pub(crate) request: String,
    pub(crate) robot: Robot,
    pub(crate) witness: PathBuf,
    /// Every answer that came: the id of a job.
    pub(crate) answers: Vec<String>,
}

/// What people asked for, and what they were told.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) plays: Vec<Play>,
    /// What was asked, answered and seen: when, by the clock of the witnesses.
    pub(crate) history: Vec<(u64, What)>,
    pub(crate) open: BTreeMap<String, Kind>,
    pub(crate) refusals: Vec<String>,
}

/// What people share.
#[derive(Clone)]
pub(crate) struct Book(Arc<Mutex<Asked>>);

impl Book {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::default()))
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was asked, answered or seen just now.
    pub(crate) fn tell(&self, what: What) {
        self.open().history.push((monotonic_ns(), what));
    }
}

/// What one person needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) anna: Person,
    pub(crate) page: Page,
    pub(crate) robots: Vec<Robot>,
    pub(crate) book: Book,
    pub(crate) diary: Diary,
    pub(crate) witnesses: PathBuf,
    /// Becomes true when nobody presses play any more.
    pub(crate) over: watch::Receiver<bool>,
}

impl Desk {
    /// Presses play again and again.
    pub(crate) async fn play(self, number: u32, mut dice: Dice) {
        let mut count = 0;
        while !*self.over.borrow() {
            if self.book.open().open.len() >= OPEN {
                sleep(Duration::from_millis(50)).await;
                continue;
            }
            count += 1;
            let robot = self.choose(&mut dice);
            let request = format!("press-{number}-{count}");
            self.play_once(request, robot, &mut dice).await;
            sleep(dice.millis(10, 300)).await;
        }
    }

    /// Presses play until it is answered.
    pub(crate) async fn play_once(&self, request: String, robot: Robot, dice: &mut Dice) {
        let at = {
            let mut book = self.book.open();
            book.plays.push(Play {
                witness: self.witnesses.join(&request),
                request,
                robot,
                answers: Vec::new(),
            });
            book.plays.len() - 1
        };
        self.press(at, dice).await;
    }

    fn choose(&self, dice: &mut Dice) -> Robot {
        let kind = dice.weighted(&[
            (40, Kind::Short),
            (20, Kind::Long),
            (12, Kind::Files),
            (6, Kind::Endless),
            (4, Kind::Stubborn),
            (10, Kind::Failing),
            (10, Kind::Secret),
        ]);
        let of_kind: Vec<&Robot> = self.robots.iter().filter(|it| it.kind == kind).collect();
        (*dice.pick(&of_kind)).clone()
    }

    /// Presses until an answer comes, and now and then once more.
    async fn press(&self, at: usize, dice: &mut Dice) {
        let play = self.book.open().plays[at].clone();
        let mut left = 1 + u64::from(dice.below(5) == 0);
        while left > 0 {
            let by_socket = dice.below(2) == 0;
            self.book.tell(What::PlayAsked {
                user: self.anna.user_id().into(),
                request: play.request.as_str().into(),
                content: content(&play),
            });
            let said = if by_socket {
                timeout(ANSWER, self.page.play(&body(&play, true))).await
            } else {
                timeout(
                    ANSWER,
                    self.post("/jobs", &play.request, &body(&play, false)),
                )
                .await
            };
            match said.unwrap_or(Err(None)) {
                Ok(job) => {
                    left -= 1;
                    self.answered(at, &job);
                }
                Err(Some(refusal)) => {
                    let refusal = format!("play {}: {refusal}", play.request);
                    self.diary.note(&refusal);
                    self.book.open().refusals.push(refusal);
                    return;
                }
                Err(None) => sleep(dice.millis(50, 500)).await,
            }
        }
    }

    fn answered(&self, at: usize, job: &Value) {
        let id = job["id"].as_str().unwrap_or_default().to_owned();
        let play = {
            let mut book = self.book.open();
            let play = &mut book.plays[at];
            play.answers.push(id.clone());
            let play = play.clone();
            if play.answers.len() == 1 {
                book.open.insert(id.clone(), play.robot.kind);
            }
            play
        };
        self.diary
            .note(&format!("play {} is job {id}", play.request));
        self.book.tell(What::PlayAnswered {
            user: self.anna.user_id().into(),
            request: play.request.as_str().into(),
            content: content(&play),
            job: id.into(),
            repeatable: play.robot.repeatable,
        });
    }

    /// Presses once more for every play that was never answered.
    pub(crate) async fn press_again(&self, dice: &mut Dice) {
        let count = self.book.open().plays.len();
        for at in 0..count {
            if self.book.open().plays[at].answers.is_empty() {
                self.press(at, dice).await;
            }
        }
    }

    /// Looks at which jobs are open, and presses Stop and Kill at some of them.
    pub(crate) async fn cancel(self, mut dice: Dice) {
        let mut ages: BTreeMap<String, u32> = BTreeMap::new();
        loop {
            sleep(Duration::from_millis(300)).await;
            let open = self.book.open().open.clone();
            for (job, kind) in open {
                let path = format!("/jobs/{job}");
                let Ok(Ok(now)) =
                    timeout(ANSWER, self.send(self.anna.request(Method::GET, &path))).await
                else {
                    continue;
                };
                let status = status(&now);
                self.book.tell(What::Seen {
                    viewer: "a reader".into(),
                    job: job.as_str().into(),
                    status,
                });
                if status.has_ended() {
                    ages.remove(&job);
                    self.book.open().open.remove(&job);
                    continue;
                }
                let is_working = status == Status::Executing;
                let age = ages.entry(job.clone()).or_default();
                *age += u32::from(is_working);
                let due = if kind.is_endless() {
                    *age > 2 && dice.below(2) == 0
                } else {
                    dice.below(if is_working { 12 } else { 60 }) == 0
                };
                if due {
                    let mode = dice.weighted(&[(3, Mode::Stop), (1, Mode::Kill)]);
                    self.press_cancel(&job, mode, dice.below(2) == 0).await;
                }
            }
        }
    }

    /// Asks once; an answer that is lost may be asked for again or not.
    async fn press_cancel(&self, job: &str, mode: Mode, by_socket: bool) {
        let word = match mode {
            Mode::Stop => "stop",
            Mode::Kill => "kill",
        };
        self.diary.note(&format!("{word} {job}"));
        let id = || job.into();
        self.book.tell(What::CancelAsked { job: id(), mode });
        let said = if by_socket {
            timeout(ANSWER, self.page.cancel(job, word)).await
        } else {
            let path = format!("/jobs/{job}/cancel");
            timeout(ANSWER, self.post(&path, "", &json!({ "mode": word }))).await
        };
        if let Ok(Ok(answer)) = said {
            let status = status(&answer);
            self.diary
                .note(&format!("{word} {job} is answered: {status:?}"));
            let attempt = answer["attempt"].as_u64().unwrap_or_default();
            let attempt = u32::try_from(attempt).expect("attempts are counted in small numbers");
            self.book.tell(What::CancelAnswered {
                job: id(),
                status,
                attempt,
            });
        }
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, Option<String>> {
        let mut request = self.anna.request(Method::POST, path).json(body);
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        self.send(request).await
    }

    /// The answer; a refusal that will not change; or nothing, when asking again may help.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Option<String>> {
        let answer = request.send().await.map_err(|_| None)?;
        let status = answer.status();
        let body = answer.text().await.map_err(|_| None)?;
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(None);
        }
        if !status.is_success() {
            return Err(Some(format!("{status} {body}")));
        }
        serde_json::from_str(&body).map_err(|_| None)
    }
}

/// The clock that all processes of a computer share, and that robots write into their witness.
pub(crate) fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("the system has this clock");
    u64::try_from(Duration::from(now).as_nanos()).expect("it fits")
}

/// The status of a job as the server tells it.
pub(crate) fn status(job: &Value) -> Status {
    serde_json::from_value(job["status"].clone()).expect("a job has one of five statuses")
}

/// What a play asks for; everything else of it is its name.
fn content(play: &Play) -> String {
    format!("{} {}", play.robot.id, play.witness.display())
}

fn body(play: &Play, with_id: bool) -> Value {
    let mut parameters = vec![json!({"name": "WITNESS", "value": play.witness})];
    if play.robot.kind == Kind::Secret {
        parameters.push(json!({"name": "PASSWORD", "value": SECRET}));
    }
    let mut body = json!({"robotId": play.robot.id, "parameters": parameters});
    if with_id {
        body["requestId"] = json!(play.request);
    }
    body
}
