//! A model and its lanes together: carries out what an update asks for.

use std::time::Duration;

use herdlab_sim::plan::Event;
use herdlab_sim::time::Nanos;

use crate::backstage::Backstage;
use crate::conductor::Conductor;
use crate::model::{Clock, Cmd, Leave, Model, Msg};
use crate::script::snap;
use crate::update::update;

/// How long lanes are waited for at a time.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the one at the terminal has to do.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Errand {
    Suspend,
    Redraw,
    /// Save what it shows.
    Picture,
}

/// A run that was watched.
pub struct Ended<R> {
    /// What was shown last.
    pub model: Model,
    /// What the lanes found.
    pub lanes: Vec<R>,
    /// How it was left; nothing if it came to its end.
    pub leave: Option<Leave>,
}

/// Plays a model on its lanes.
pub struct Player<'a, 'scope, 'env, R> {
    /// What is shown.
    pub model: Model,
    conductor: Conductor<'scope, 'env, R>,
    backstage: &'a dyn Backstage,
    leave: Option<Leave>,
}

impl<'a, 'scope, 'env, R: Send + 'scope> Player<'a, 'scope, 'env, R> {
    /// A player of lanes that stand at the beginning of the run.
    pub fn new(
        model: Model,
        conductor: Conductor<'scope, 'env, R>,
        backstage: &'a dyn Backstage,
    ) -> Self {
        Self { model, conductor, backstage, leave: None }
    }

    /// Tells the model what happened, and does what comes of it, but for what the terminal has to do.
    pub(crate) fn tell(&mut self, msg: Msg) -> Vec<Errand> {
        let mut errands = Vec::new();
        let mut told = vec![msg];
        while let Some(msg) = told.pop() {
            for cmd in update(&mut self.model, msg) {
                match cmd {
                    Cmd::Go(to) => self.conductor.go(to),
                    Cmd::Act(acts) => self.conductor.act(&acts),
                    Cmd::Replay(acts, to) => self.conductor.replay(&acts, to),
                    Cmd::Read(line, at) => told.push(Msg::Read(self.backstage.read(&line, at))),
                    Cmd::Write(acts) => told.push(Msg::Wrote(self.backstage.write(&acts))),
                    Cmd::Suspend => errands.push(Errand::Suspend),
                    Cmd::Redraw => errands.push(Errand::Redraw),
                    Cmd::Picture => errands.push(Errand::Picture),
                    Cmd::Quit(leave) => self.leave = Some(leave),
                }
            }
        }
        errands
    }

    /// Saves the screen as it is at this size.
    pub(crate) fn save(&mut self, size: (u16, u16)) {
        let saved = self.backstage.save(&snap(&self.model, size, false));
        let _ = self.tell(Msg::Saved(saved));
    }

    /// What a line means, said at an instant.
    pub(crate) fn read(&self, line: &str, at: Nanos) -> Result<Vec<Event>, String> {
        self.backstage.read(line, at)
    }

    /// Takes what the lanes have to tell; whether that is anything new.
    pub(crate) fn gather(&mut self) -> bool {
        let Some(gathered) = self.conductor.gather() else { return false };
        let before = (self.model.now(), self.model.is_over());
        let new = gathered.anew || gathered.lanes.iter().any(|(points, _)| !points.is_empty());
        let _ = self.tell(Msg::Gathered(gathered));
        new || before != (self.model.now(), self.model.is_over())
    }

    /// Waits for the lanes, but not long; whether they stand.
    pub(crate) fn wait(&self, most: Duration) -> bool {
        self.conductor.wait(most)
    }

    /// Waits until the lanes stand, and takes what they have to tell.
    pub(crate) fn settle(&mut self) {
        while !self.conductor.wait(PATIENCE) {}
        self.gather();
    }

    /// How it was left.
    pub(crate) const fn leave(&self) -> Option<Leave> {
        self.leave
    }

    /// It is left like this.
    pub(crate) fn set_leave(&mut self, leave: Leave) {
        self.leave = Some(leave);
    }

    /// Ends the lanes: where they are if somebody left, otherwise at their end.
    pub(crate) fn end(mut self) -> Ended<R> {
        let whole = self.leave.is_none() || self.model.is_over();
        let lanes = if whole && self.model.clock != Clock::Record {
            self.conductor.come_home()
        } else {
            self.conductor.end()
        };
        Ended { model: self.model, lanes, leave: self.leave }
    }
}
