//! Steps as a tree made of events, and the times that steps of the same place usually take.
//!
//! Both are bounded in number and depth, whatever a robot does: what lies beyond is left out, and
//! the tree says so.

use std::collections::BTreeMap;

use wire::event::Event;
use wire::shapes::Step;

/// The most steps of a tree.
const MOST: usize = 20_000;
/// The deepest step. Many readers of JSON go no deeper than 128 levels, of which a step takes two.
const DEEPEST: usize = 50;
/// From how many times on something is usual.
const ENOUGH: usize = 5;

/// The steps of one attempt.
#[derive(Default)]
pub(super) struct StepTree {
    steps: BTreeMap<u64, Held>,
    cut: bool,
}

struct Held {
    step: Step,
    depth: usize,
}

impl StepTree {
    pub(super) fn take(&mut self, event: Event) {
        let Some(number) = event.step else { return };
        match event.kind.as_str() {
            "stepStarted" => self.start(number, event),
            "stepEnded" => {
                if let Some(held) = self.steps.get_mut(&number) {
                    held.step.status = event.status;
                    held.step.elapsed_ms = event.elapsed_ms;
                }
            }
            _ => {}
        }
    }

    fn start(&mut self, number: u64, event: Event) {
        let parent = event.parent.filter(|parent| *parent != 0);
        let above = match parent {
            None => Some(0),
            // A step stands in one that began before it.
            Some(parent) => self.steps.get(&parent).map(|held| held.depth),
        };
        let depth = match above {
            Some(above) if above < DEEPEST && self.steps.len() < MOST => above + 1,
            _ => {
                self.cut = true;
                return;
            }
        };
        let step = Step {
            step: number,
            r#type: event.r#type.unwrap_or_default(),
            name: event.name.unwrap_or_default(),
            args: event.args.unwrap_or_default(),
            first_seq: event.seq,
            started_at: event.at,
            children: Vec::new(),
            parent,
            status: None,
            elapsed_ms: None,
            usual_ms: None,
        };
        self.steps.entry(number).or_insert(Held { step, depth });
    }

    /// Says that not all steps were taken.
    pub(super) fn cut(&mut self) {
        self.cut = true;
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The outermost steps with those inside them.
    pub(super) fn into_steps(mut self) -> Vec<Step> {
        let mut roots = Vec::new();
        // From the last on, so that each is whole before it goes into the one around it.
        while let Some((_, Held { mut step, .. })) = self.steps.pop_last() {
            step.children.reverse();
            let around = step.parent.and_then(|parent| self.steps.get_mut(&parent));
            match around {
                Some(held) => held.step.children.push(step),
                None => roots.push(step),
            }
        }
        roots.reverse();
        roots
    }
}

/// What steps took, by their place: the names on the way to them, and their order among equals.
#[derive(Default)]
pub(super) struct Usual {
    inside: BTreeMap<(String, String, usize), Usual>,
    took_ms: Vec<u64>,
}

impl Usual {
    /// Learns the times of a success.
    pub(super) fn learn(&mut self, steps: &[Step]) {
        for (place, step) in placed(steps) {
            let usual = self.inside.entry(place).or_default();
            if step.status.as_deref() == Some("pass") {
                usual.took_ms.extend(step.elapsed_ms);
            }
            usual.learn(&step.children);
        }
    }

    /// Writes into each step what it usually takes, if that is known.
    pub(super) fn tell(&self, steps: &mut [Step]) {
        let places: Vec<_> = placed(steps).map(|(place, _)| place).collect();
        for (place, step) in places.iter().zip(steps) {
            if let Some(usual) = self.inside.get(place) {
                step.usual_ms = usual.middle();
                usual.tell(&mut step.children);
            }
        }
    }

    fn middle(&self) -> Option<u64> {
        let mut sorted = self.took_ms.clone();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied();
        middle.filter(|_| sorted.len() >= ENOUGH)
    }
}

fn placed(steps: &[Step]) -> impl Iterator<Item = ((String, String, usize), &Step)> {
    let mut seen = BTreeMap::new();
    steps.iter().map(move |step| {
        let name = (step.r#type.clone(), step.name.clone());
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        ((name.0, name.1, *count), step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(steps: &[(u64, u64, &str, u64)]) -> StepTree {
        let mut tree = StepTree::default();
        for (number, parent, name, _) in steps {
            tree.take(event(&format!(
                r#""kind":"stepStarted","step":{number},"parent":{parent},"name":"{name}""#
            )));
        }
        for (number, _, _, took) in steps {
            tree.take(event(&format!(
                r#""kind":"stepEnded","step":{number},"status":"pass","elapsedMs":{took}"#
            )));
        }
        tree
    }

    fn event(fields: &str) -> Event {
        let json = format!(r#"{{"seq":1,"at":"2026-11-23T08:15:02.118Z",{fields}}}"#);
        wire::read(&json).unwrap()
    }

    #[test]
    fn what_is_usual_is_told_by_place_from_five_successes_on() {
        let run = |took| {
            let steps = [
                (1, 0, "Suite", 100),
                (2, 1, "Open", took),
                (3, 1, "Open", 7),
            ];
            tree(&steps).into_steps()
        };
        let mut usual = Usual::default();
        for took in [10, 30, 20, 1_000] {
            usual.learn(&run(took));
        }
        let mut told = run(1);
        usual.tell(&mut told);
        assert_eq!(told[0].children[0].usual_ms, None);
        usual.learn(&run(40));
        usual.tell(&mut told);
        let inner: Vec<_> = told[0].children.iter().map(|step| step.usual_ms).collect();
        assert_eq!(inner, [Some(30), Some(7)]);
    }

    #[test]
    fn a_tree_is_bounded_in_depth_whatever_a_robot_does() {
        let chain: Vec<_> = (1..=100_000).map(|n| (n, n - 1, "Again", 1)).collect();
        let tree = tree(&chain);
        assert!(tree.is_cut());
        let mut depth = 0;
        let mut steps = tree.into_steps();
        while let Some(step) = steps.pop() {
            depth += 1;
            steps = step.children;
        }
        assert_eq!(depth, DEEPEST);
    }
}
