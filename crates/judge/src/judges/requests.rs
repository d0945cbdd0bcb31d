//! What was accepted is there, once.

use std::collections::{BTreeMap, BTreeSet};

use super::all::Findings;
use crate::history::History;
use crate::known::Known;
use crate::record::What;
use crate::violation::Promise;

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    let mut asked = BTreeSet::new();
    let mut jobs = BTreeMap::new();
    let mut requests = BTreeMap::new();
    for record in &history.records {
        let at = record.at_ms;
        match &record.what {
            What::PlayAsked { user, request, .. } => {
                asked.insert((user, request));
            }
            What::PlayAnswered {
                user,
                request,
                content,
                job,
                ..
            } => {
                let first = *jobs.entry((user, request)).or_insert((job, content));
                if first.0 != job {
                    let sentence =
                        format!("request {request} was answered with job {} before", first.0);
                    found.add(Promise::OneJobForOneRequest, job.clone(), at, sentence);
                    continue;
                }
                if first.1 != content {
                    let sentence =
                        format!("request {request} was answered for two different contents");
                    found.add(Promise::OneJobForOneRequest, job.clone(), at, sentence);
                }
                let other = *requests.entry(job).or_insert((user, request));
                if other != (user, request) {
                    let sentence = format!("it was the answer to request {} before", other.1);
                    found.add(Promise::OneJobForOneRequest, job.clone(), at, sentence);
                }
            }
            _ => {}
        }
    }
    let Some(healed_at) = known.healed_at else {
        return;
    };
    for job in known.answered.keys() {
        if !known.finals.contains_key(job) {
            let sentence = "it was accepted and is not there";
            found.add(Promise::AcceptedIsKept, (*job).clone(), healed_at, sentence);
        }
    }
    if !asked.is_empty() && known.finals.len() > asked.len() {
        let sentence = format!(
            "there are {} jobs of {} requests",
            known.finals.len(),
            asked.len()
        );
        found.add(Promise::OneJobForOneRequest, None, healed_at, sentence);
    }
}
