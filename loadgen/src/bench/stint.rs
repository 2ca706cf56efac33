//! One core's part of a round: a thread with a runtime and connections of its own.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::sync::mpsc;

use herdlab_sim::plan::Arrivals;
use herdlab_sim::random::generator;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Schedule;
use rand::Rng;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinSet, spawn_local};

use super::course::{Course, Pace};
use super::operation::{Asked, Reads, carry_out};
use super::pipeline::Pipeline;
use super::tally::{Answers, Tally, Went};
use super::workload::Draws;
use crate::backend::{Backend, BackendError, Sent, Store};
use crate::background::{self, Background};
use crate::clock::Clock;
use crate::error::RunError;
use crate::load::{BURST, step_back};
use crate::settings::Settings;
use crate::timer::Timer;

/// A user whose cache is gone does not ask again at once.
const PAUSE: Nanos = Nanos::from_millis(10);

/// A core's place in a round.
pub(super) struct Stint<'a, St> {
    pub(super) index: usize,
    pub(super) store: &'a St,
    pub(super) settings: &'a Settings,
    pub(super) course: Course,
    pub(super) draws: Draws,
    pub(super) seed: u64,
    /// It is connected, or there was no connection.
    pub(super) ready: mpsc::Sender<Result<(), RunError>>,
    /// The round begins.
    pub(super) start: mpsc::Receiver<Clock>,
    /// True once the round is cut short; closed, if its conductor is gone.
    pub(super) cut: watch::Receiver<bool>,
}

/// What everything on a core shares.
struct Core<B> {
    backend: B,
    timer: Timer,
    clock: Clock,
    course: Course,
    tally: RefCell<Tally>,
    open: Cell<u64>,
    none_open: Notify,
}

impl<St: Store> Stint<'_, St> {
    /// Runs the part to its end; nothing if the round never began.
    pub(super) fn run(self) -> Option<(Tally, Sent)> {
        let runtime =
            Builder::new_current_thread().enable_io().build_local(LocalOptions::default());
        match runtime {
            Ok(runtime) => runtime.block_on(self.play()),
            Err(error) => {
                let _ = self.ready.send(Err(error.into())); // whoever asked may be gone
                None
            }
        }
    }

    async fn play(mut self) -> Option<(Tally, Sent)> {
        let connected = self.connect().await;
        let (connected, told) = match connected {
            Ok(connected) => (Some(connected), Ok(())),
            Err(error) => (None, Err(error)),
        };
        let _ = self.ready.send(told);
        let (timer, backend) = connected?;
        let clock = self.start.recv().ok()?; // the thread has nothing else to do
        let core = Rc::new(Core {
            backend,
            timer,
            clock,
            course: self.course,
            tally: RefCell::default(),
            open: Cell::new(0),
            none_open: Notify::new(),
        });
        let sending = spawn_local(send(
            Rc::clone(&core),
            self.draws,
            (self.index as u64, self.settings.cores as u64),
            self.seed,
        ));
        let last = core.clock.monotonic(self.course.end() + self.settings.drain);
        let ended = async {
            let sent = sending.await; // an error: it panicked, which is a bug
            core.all_ended().await;
            sent.ok()
        };
        tokio::select! {
            sent = ended => sent?,
            () = core.timer.at(last) => {} // an answer that never comes is no reason to wait for ever
            _ = self.cut.wait_for(|cut| *cut) => {}
        }
        core.backend.settle().await;
        let sent = core.backend.sent();
        Some((core.tally.take(), sent))
    }

    async fn connect(&self) -> Result<(Timer, St::Backend), RunError> {
        let timer = Timer::new(self.settings.tick)?;
        spawn_local(timer.clone().drive());
        let (background, work) = Background::new();
        spawn_local(background::run(work));
        let backend = self.store.connect(&timer, &background).await?;
        Ok((timer, backend))
    }
}

/// Sends this core's share of the round's requests. `share` is its index, and how many cores there are.
async fn send<B: Backend>(core: Rc<Core<B>>, draws: Draws, share: (u64, u64), seed: u64) {
    match core.course.pace {
        Pace::Users { users, pipeline } => {
            send_as_users(core, draws, share, (users, pipeline), seed).await;
        }
        Pace::Rate { per_second, arrivals } => {
            send_on_schedule(core, draws, share, (per_second, arrivals), seed).await;
        }
    }
}

async fn send_as_users<B: Backend>(
    core: Rc<Core<B>>,
    draws: Draws,
    (index, cores): (u64, u64),
    (users, depth): (u32, u32),
    seed: u64,
) {
    let mut all = JoinSet::new();
    let ours = (0..u64::from(users)).filter(|user| user % cores == index);
    for (nth, user) in ours.enumerate() {
        let (core, draws) = (Rc::clone(&core), draws.clone());
        let rng = generator(seed, user, core.course.number);
        all.spawn_local(core.live(nth, draws, rng, depth.max(1) as usize));
    }
    while all.join_next().await.is_some() {}
}

/// Each core goes through the whole schedule, and sends every n-th request of it.
async fn send_on_schedule<B: Backend>(
    core: Rc<Core<B>>,
    mut draws: Draws,
    (index, cores): (u64, u64),
    (rate, arrivals): (f64, Arrivals),
    seed: u64,
) {
    let mut rng = generator(seed, index, core.course.number);
    let round = seed.wrapping_add(core.course.number);
    let schedule = Schedule::of("arrivals", round, arrivals, rate, core.course.end());
    let ours = schedule.zip(0_u64..).filter(|(_, number)| number % cores == index);
    for (nth, (due, _)) in ours.enumerate() {
        if core.clock.now() < due {
            core.timer.at(core.clock.monotonic(due)).await;
        } else if nth % BURST == 0 {
            step_back().await;
        }
        let asked = draws.next(&mut rng);
        let of = Rc::clone(&core);
        core.open.set(core.open.get() + 1);
        spawn_local(async move {
            of.serve(&asked, due, of.clock.now()).await;
            of.closed();
        });
    }
}

impl<B: Backend> Core<B> {
    /// The core's `nth` user: asks over his connection, waits for all answers, and so on to the end.
    async fn live(self: Rc<Self>, nth: usize, mut draws: Draws, mut rng: impl Rng, depth: usize) {
        let mut pipeline = Pipeline::new(depth);
        loop {
            let due = self.clock.now();
            if due >= self.course.end() {
                return;
            }
            self.tally.borrow_mut().sent(&self.course, due, due, depth as u64);
            let mut down = false;
            let ended = |answers: &mut dyn Iterator<Item = Result<Reads, BackendError>>| {
                let went = Went { due, sent: due, ended: self.clock.now() };
                let answers: Answers = answers.collect();
                down |= answers.errors.down > 0;
                self.tally.borrow_mut().ended(&self.course, went, &answers);
            };
            let request = || Rc::clone(&self).ask(draws.next(&mut rng));
            let hold = |held: bool| self.backend.hold(held.then_some(nth));
            pipeline.send(request, hold, ended).await;
            if down {
                self.timer.after(PAUSE).await;
            }
        }
    }

    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice")]
    fn ask(self: Rc<Self>, asked: Asked) -> impl Future<Output = Result<Reads, BackendError>> {
        async move { carry_out(&self.backend, &asked).await }
    }

    /// One request, counted.
    async fn serve(&self, asked: &Asked, due: Nanos, sent: Nanos) {
        self.tally.borrow_mut().sent(&self.course, due, sent, 1);
        let result = carry_out(&self.backend, asked).await;
        let went = Went { due, sent, ended: self.clock.now() };
        self.tally.borrow_mut().ended(&self.course, went, &[result].into_iter().collect());
    }

    fn closed(&self) {
        self.open.set(self.open.get() - 1);
        if self.open.get() == 0 {
            self.none_open.notify_one();
        }
    }

    async fn all_ended(&self) {
        while self.open.get() > 0 {
            self.none_open.notified().await;
        }
    }
}
