//! Once nothing goes wrong any more, everything ends and everybody sees how.

use std::collections::BTreeMap;

use super::all::Findings;
use crate::history::History;
use crate::ids::Attempt;
use crate::known::Known;
use crate::record::What;
use crate::violation::Promise;

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    let mut logs = BTreeMap::new();
    for record in &history.records {
        if let What::FinalLog { attempt, events } = &record.what {
            logs.insert(attempt, events.len());
        }
    }
    for record in &history.records {
        let at = record.at_ms;
        match &record.what {
            What::Final(told) if known.healed_at.is_some() && !told.status.has_ended() => {
                let sentence = format!("it is {:?} although nothing is wrong", told.status);
                found.add(Promise::EverythingEnds, told.job.clone(), at, sentence);
            }
            What::FinallySeen {
                viewer,
                job,
                status,
                log_to,
            } => {
                let Some(told) = known.finals.get(job) else {
                    continue;
                };
                if told.status != *status {
                    let sentence = format!("{viewer} sees {status:?}, and it is {:?}", told.status);
                    found.add(Promise::PagesAgree, job.clone(), at, sentence);
                }
                let latest = told.attempts.last().map(|latest| Attempt {
                    job: job.clone(),
                    n: latest.n,
                });
                let stored = latest.and_then(|latest| logs.get(&latest).copied());
                let stored = stored.and_then(|stored| u64::try_from(stored).ok());
                if let (Some(log_to), Some(stored)) = (log_to, stored)
                    && *log_to != stored
                {
                    let sentence = format!("{viewer} sees {log_to} events of {stored}");
                    found.add(Promise::PagesAgree, job.clone(), at, sentence);
                }
            }
            _ => {}
        }
    }
}
