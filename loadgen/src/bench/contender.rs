//! A cache that takes part: opened, filled, and left as it was.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use herdlab_sim::plan::Cache;
use herdlab_sim::time::Nanos;
use tokio::sync::watch;

use super::course::Course;
use super::course::Pace;
use super::round::Round;
use super::stint::Stint;
use super::tally::Tally;
use super::workload::{Draws, Workload};
use crate::backend::{Opening, Sent, Store};
use crate::clock::{Clock, cpu_time, monotonic};
use crate::error::RunError;
use crate::run::prefix;
use crate::service::Visit;
use crate::settings::Settings;
use crate::target::{Address, Target};

/// From the start signal to the start: every core has heard of it by then.
const LEAD: Nanos = Nanos::from_millis(5);
/// Whoever looks on is asked this often whether to go on.
const LOOK: Nanos = Nanos::from_millis(50);

/// Told how much of a round is over, 0 to 1; breaks to cut it short.
pub type Watcher<'a> = dyn FnMut(f64) -> ControlFlow<()> + 'a;

/// A cache that was opened and filled. Dropped, its keys are deleted, and a private server is gone.
pub struct Contender {
    contest: Box<dyn Contest>,
    shown: String,
    /// Goes last: a private server has to be there while its keys are deleted.
    _target: Target,
}

impl std::fmt::Debug for Contender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contender").field("target", &self.shown).finish_non_exhaustive()
    }
}

impl Contender {
    /// Opens the target and stores what the workload wants there, under a prefix of its own.
    ///
    /// # Errors
    /// A [`RunError`] if the target may not be loaded, cannot be reached, or refuses to be filled.
    pub fn open(
        target: Target,
        settings: &Settings,
        workload: &Workload,
    ) -> Result<Self, RunError> {
        let address = Address::of(&target)?;
        let contest = address.service().visit(Open { address: &address, settings, workload })?;
        Ok(Self { contest, shown: target.to_string(), _target: target })
    }

    /// The target, without what is secret in its address.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The server's name and version.
    #[must_use]
    pub fn version(&self) -> &str {
        self.contest.version()
    }

    /// Runs a round; `None` if the watcher cut it short.
    ///
    /// # Errors
    /// A [`RunError`] if it could not begin. A cache that fails during the round is no error: its requests are.
    pub fn round(
        &mut self,
        course: &Course,
        watcher: &mut Watcher<'_>,
    ) -> Result<Option<Round>, RunError> {
        self.contest.round(course, watcher)
    }

    /// Deletes what was stored; a warning if that failed.
    #[must_use]
    pub fn clear(mut self) -> Option<String> {
        self.contest.clear()
    }
}

/// A contender whose kind of cache is forgotten.
trait Contest {
    fn version(&self) -> &str;
    fn round(&self, course: &Course, watcher: &mut Watcher<'_>) -> Result<Option<Round>, RunError>;
    fn clear(&mut self) -> Option<String>;
}

/// Opens and fills a cache whose kind only the list knows.
struct Open<'a> {
    address: &'a Address,
    settings: &'a Settings,
    workload: &'a Workload,
}

impl Visit for Open<'_> {
    type Output = Result<Box<dyn Contest>, RunError>;

    fn visit<St: Store>(self) -> Self::Output {
        let prefix = prefix();
        let store = St::open(&Opening {
            address: self.address,
            settings: self.settings,
            prefix: prefix.clone(),
            cache: &Cache { value_size: self.workload.value_size, ..Cache::default() },
            entries: self.workload.keys.count(),
            processes: 1,
            kept: Nanos::FOREVER,
        })?;
        Ok(Box::new(Opened::fill(store, prefix, self.settings, self.workload)?))
    }
}

struct Opened<St: Store> {
    store: St,
    prefix: String,
    settings: Settings,
    draws: Draws,
    seed: u64,
    cleared: bool,
}

impl<St: Store> Opened<St> {
    fn fill(
        store: St,
        prefix: String,
        settings: &Settings,
        workload: &Workload,
    ) -> Result<Self, RunError> {
        let (settings, draws) = (settings.clone(), Draws::new(workload));
        let opened = Self { store, prefix, settings, draws, seed: workload.seed, cleared: false };
        opened.store.preload(0, &mut opened.draws.preloaded())?; // on an error what was stored goes with `opened`
        Ok(opened)
    }

    /// Starts the cores, waits for the end of the round, and brings them home.
    fn play(
        &self,
        course: &Course,
        settings: &Settings,
        watcher: &mut Watcher<'_>,
    ) -> Result<Option<Round>, RunError> {
        let (cut, cuts) = watch::channel(false);
        thread::scope(move |scope| {
            let cut = cut; // dropped if the watcher panics, which ends the cores
            let mut hands = Vec::new();
            for index in 0..settings.cores {
                let (ready, told) = mpsc::channel();
                let (begin, start) = mpsc::channel();
                let (draws, cut, seed) = (self.draws.clone(), cuts.clone(), self.seed);
                let (store, course) = (&self.store, *course);
                let stint =
                    Stint { index, store, settings, course, draws, seed, ready, start, cut };
                hands.push((scope.spawn(move || stint.run()), told, begin));
            }
            for (_, told, _) in &hands {
                told.recv().map_err(|_| RunError::Crashed)??;
            }
            let clock = Clock::starting_at(monotonic() + LEAD);
            for (.., begin) in &hands {
                let _ = begin.send(clock); // a core that is gone is missed below
            }
            let measured = watch_over(course, clock, watcher);
            let _ = cut.send(measured.is_none());
            let (mut tally, mut sent) = (Tally::default(), Sent::default());
            for (thread, ..) in hands {
                let (of, by) = thread.join().ok().flatten().ok_or(RunError::Crashed)?;
                tally.merge(&of);
                sent.merge(by);
            }
            Ok(measured.map(|cpu| Round::new(tally, sent, cpu, course.duration, settings)))
        })
    }
}

/// Waits for the end of the measured part; the CPU time of this process in it, or nothing if it was cut short.
fn watch_over(course: &Course, clock: Clock, watcher: &mut Watcher<'_>) -> Option<Nanos> {
    let mut wait_until = |instant: Nanos| {
        while clock.now() < instant {
            let share = clock.now().as_secs_f64() / course.end().as_secs_f64();
            if watcher(share).is_break() {
                return ControlFlow::Break(());
            }
            let left = (instant - clock.now()).min(LOOK);
            thread::sleep(Duration::from_nanos(left.as_nanos()));
        }
        ControlFlow::Continue(())
    };
    if wait_until(course.warmup).is_break() {
        return None;
    }
    let before = cpu_time();
    if wait_until(course.end()).is_break() {
        return None;
    }
    Some(cpu_time() - before)
}

impl<St: Store> Contest for Opened<St> {
    fn version(&self) -> &str {
        self.store.version()
    }

    fn round(&self, course: &Course, watcher: &mut Watcher<'_>) -> Result<Option<Round>, RunError> {
        let most = match course.pace {
            Pace::Users { users, .. } => users.max(1) as usize, // more cores would have nothing to do
            Pace::Rate { .. } => usize::MAX,
        };
        let cores = self.settings.cores.clamp(1, most);
        let settings = Settings { cores, ..self.settings.clone() };
        let before = self.store.served()?;
        let mut round = self.play(course, &settings, watcher)?;
        if let Some(round) = &mut round {
            // A server that is gone by now has said enough in errors.
            let after = self.store.served().ok().flatten();
            round.served = before.zip(after).and_then(|(before, after)| after.checked_sub(before));
        }
        Ok(round)
    }

    fn clear(&mut self) -> Option<String> {
        self.cleared = true;
        let error = self.store.clear().err()?;
        Some(format!("keys that begin with {}: may be left behind: {error}", self.prefix))
    }
}

impl<St: Store> Drop for Opened<St> {
    fn drop(&mut self) {
        if !self.cleared {
            let _ = self.store.clear(); // the error that brought us here is the one to tell
        }
    }
}
