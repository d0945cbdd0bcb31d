//! A computer holds no more than its slots, and no job is held twice.

use std::collections::BTreeMap;

use super::all::Findings;
use crate::history::History;
use crate::record::What;
use crate::violation::Promise;

pub(super) fn judge(history: &History, found: &mut Findings) {
    let mut slots = BTreeMap::new();
    for record in &history.records {
        let at = record.at_ms;
        match &record.what {
            What::Slots { agent, slots: now } => {
                slots.insert(agent, *now);
            }
            What::Holding { held } => {
                let mut holders = BTreeMap::new();
                for (agent, jobs) in held {
                    let most = slots.get(agent).copied().unwrap_or(usize::MAX);
                    if jobs.len() > most {
                        let sentence = format!("{agent} holds {} of {most}", jobs.len());
                        found.add(Promise::SlotsHold, None, at, sentence);
                    }
                    for job in jobs {
                        if let Some(other) = holders.insert(job, agent) {
                            let sentence = format!("{other} and {agent} hold it");
                            found.add(Promise::OneOwner, job.clone(), at, sentence);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
