//! What people do and what goes wrong.

use model::{Status, StopMode};

use super::simulation::{Simulation, What};

impl Simulation {
    /// Something happens, and later something else.
    pub(super) fn something_happens(&mut self) {
        if self.healed {
            return;
        }
        let pause = self.dice.between(200, 8_000);
        self.later(pause, What::Something);
        let who = self.dice.index(self.computers.len());
        match self.dice.below(20) {
            0..=4 => self.play(),
            5 | 6 => self.cancel_a_job(),
            7 | 8 => self.crash(who, false),
            9 | 10 => self.crash(who, true),
            11..=13 => self.cut(who),
            14 => self.restart_the_server(),
            15 => self.fill_the_disk(who),
            16 => self.give(
                who,
                agent_core::Input::Shutdown(agent_core::Shutdown::Finish),
            ),
            17 => self.nobody_reaches_the_server(who),
            _ => {}
        }
    }

    fn play(&mut self) {
        if self.judge.jobs.len() >= 8 || !self.server.up {
            return;
        }
        let repeatable = self.dice.one_in(3);
        let job = self.server.play(repeatable);
        self.judge.played(job, repeatable);
        self.note(|| format!("play {job}"));
        self.pass_hints_on();
    }

    fn cancel_a_job(&mut self) {
        let Some(job) = self.dice.pick(&self.judge.jobs) else {
            return;
        };
        if !self.server.up {
            return;
        }
        let mode = if self.dice.one_in(2) {
            StopMode::Stop
        } else {
            StopMode::Kill
        };
        let executing = self.server.world.job(job).status() == Status::Executing;
        if self.server.cancel(job, mode) {
            self.note(|| format!("cancel {job} {mode:?}"));
            self.judge.cancelled(job, executing);
            self.pass_hints_on();
        }
    }

    /// The program crashes; with the power, also the supervisors, and the disk loses what was not
    /// synced.
    fn crash(&mut self, who: usize, power: bool) {
        self.note(|| format!("#{who} crashes, power {power}"));
        self.hang_up(who);
        let computer = &mut self.computers[who];
        computer.process = None;
        if power {
            let lied = self.dice.one_in(5);
            computer.disk.lose(&mut self.dice, lied);
            computer
                .workspaces
                .values_mut()
                .for_each(|workspace| workspace.die());
        }
        let away = match self.dice.below(6) {
            0 => self.dice.between(90_000, 150_000),
            1 => self.dice.between(20_000, 60_000),
            _ => self.dice.between(100, 10_000),
        };
        self.later(away, What::Start(who));
    }

    fn cut(&mut self, who: usize) {
        self.note(|| format!("#{who} is cut off"));
        self.break_line(who);
    }

    /// A long time without a line.
    fn nobody_reaches_the_server(&mut self, who: usize) {
        self.note(|| format!("#{who} is away"));
        self.away_until[who] = self.time + self.dice.between(20_000, 140_000);
        self.break_line(who);
    }

    fn restart_the_server(&mut self) {
        if !self.server.up {
            return;
        }
        self.note(|| "the server stops".to_owned());
        self.server.stop();
        for line in self.lines.values_mut() {
            line.up.clear();
        }
        for who in 0..self.computers.len() {
            self.break_line(who);
        }
        let down = match self.dice.below(4) {
            0 => self.dice.between(60_000, 120_000),
            _ => self.dice.between(500, 10_000),
        };
        self.later(down, What::ServerStarts);
    }

    fn fill_the_disk(&mut self, who: usize) {
        self.note(|| format!("the disk of #{who} is full"));
        self.computers[who].disk.full = true;
        let full = self.dice.between(1_000, 30_000);
        self.later(full, What::DiskHasRoom(who));
    }
}
