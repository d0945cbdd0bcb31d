//! An agent is lost by silence only if somebody could have heard it for so long.

use std::collections::BTreeMap;

use super::all::Findings;
use crate::history::History;
use crate::known::Known;
use crate::record::What;
use crate::violation::Promise;

pub(super) fn judge(history: &History, known: &Known<'_>, found: &mut Findings) {
    let Some(limits) = known.limits else {
        return;
    };
    let mut heard = BTreeMap::new();
    let mut hears_since = Some(0);
    for record in &history.records {
        let at = record.at_ms;
        match &record.what {
            What::Heard { agent } => {
                heard.insert(agent, at);
            }
            What::DeafSince => hears_since = None,
            What::HearsAgain => hears_since = hears_since.or(Some(at)),
            // Which clock counts is not known from outside.
            What::ClockSet => return,
            What::SilentTooLong { attempt, agent } => {
                let heard = heard.get(agent).copied().unwrap_or(0);
                let silent = hears_since.map_or(0, |since| at - heard.max(since));
                if silent < limits.lost_ms {
                    let sentence = format!(
                        "attempt {} was given up after {silent} ms of heard silence",
                        attempt.n
                    );
                    found.add(Promise::SilenceIsHeard, attempt.job.clone(), at, sentence);
                }
            }
            _ => {}
        }
    }
}
