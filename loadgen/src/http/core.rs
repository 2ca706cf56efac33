//! One core of a run over HTTP: a thread with a runtime and connections of its own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use herdlab_sim::measure::{CacheCounts, Outcome, Recorder};
use herdlab_sim::plan::Plan;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Fan;
use herdlab_sim::world::{Either, Value, race};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_local;

use super::client::Client;
use super::exchange::{Answer, Desk, Traces};
use super::figures::{Counts, Went};
use super::template::Wanted;
use super::trouble::Trouble;
use super::verdict::Verdict;
use crate::books::{Books, Glance, Tally, Times};
use crate::clock::Clock;
use crate::engine::{Question, Report, Share};
use crate::error::RunError;
use crate::load::{self, Due, Serves};
use crate::settings::Settings;
use crate::timer::Timer;

/// A core's place in a run.
pub(super) struct Seat<'a> {
    pub(super) index: usize,
    pub(super) plan: &'a Plan,
    pub(super) settings: &'a Settings,
    pub(super) desk: Desk,
    /// Requests at a time over this core's connections.
    pub(super) connections: usize,
    /// Whether anybody looks closely.
    pub(super) watched: bool,
    pub(super) tally: Arc<Tally>,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) asked: UnboundedReceiver<Question>,
    pub(super) start: mpsc::Receiver<Clock>,
    pub(super) over: watch::Receiver<bool>,
}

/// What a core found.
pub(super) struct Found {
    pub(super) requests: Recorder,
    pub(super) counts: Counts,
}

/// What everything on a core shares.
struct Core {
    clock: Clock,
    timer: Timer,
    fan: Fan,
    desk: Desk,
    client: Client,
    connections: Semaphore,
    books: Books,
    counts: RefCell<Counts>,
    /// Answers since the last glance that did not say where they came from, the warm-up included.
    unknown: Cell<u32>,
    /// A client's patience.
    timeout: Nanos,
    /// When what is still in flight has failed as stuck.
    last: Nanos,
    warmup: Nanos,
}

impl Seat<'_> {
    /// Runs the core to its end; nothing if the run never began.
    pub(super) fn run(self) -> Option<Found> {
        let runtime =
            Builder::new_current_thread().enable_io().build_local(LocalOptions::default());
        match runtime {
            Ok(runtime) => runtime.block_on(self.play()),
            Err(error) => {
                let _ = self.reports.send(Report::Ready(Err(error.into()))); // whoever asked may be gone
                None
            }
        }
    }

    async fn play(mut self) -> Option<Found> {
        let timer = match Timer::new(self.settings.tick) {
            Ok(timer) => timer,
            Err(error) => {
                let _ = self.reports.send(Report::Ready(Err(RunError::System(error))));
                return None;
            }
        };
        spawn_local(timer.clone().drive());
        let _ = self.reports.send(Report::Ready(Ok(())));
        let clock = self.start.recv().ok()?; // the thread has nothing else to do
        let core = Rc::new(self.core(clock, timer));
        spawn_local(answer(Rc::clone(&core), self.asked));
        let (index, cores) = (self.index, self.settings.cores);
        let ours = move |process| process as usize % cores == index;
        let sending = spawn_local(load::send(Rc::clone(&core), self.plan.clone(), ours));
        let ended = async {
            if sending.await.is_ok() {
                core.books.all_ended().await;
                let _ = self.reports.send(Report::Ended);
                std::future::pending::<()>().await;
            } // else it panicked: a bug, which the conductor hears of when this thread is gone
        };
        tokio::select! {
            () = ended => {}
            _ = self.over.wait_for(|over| *over) => {}
        }
        let counts = core.counts.take();
        Some(Found { requests: core.books.recorder(), counts })
    }

    fn core(&self, clock: Clock, timer: Timer) -> Core {
        let plan = self.plan;
        Core {
            clock,
            timer,
            fan: Fan::new(plan.seed, &plan.traffic),
            desk: self.desk.clone(),
            client: self.desk.client(),
            connections: Semaphore::new(self.connections),
            books: Books::new(plan, self.settings.cores, self.watched, Arc::clone(&self.tally)),
            counts: RefCell::default(),
            unknown: Cell::new(0),
            timeout: plan.traffic.timeout.unwrap_or(Nanos::FOREVER),
            last: plan.duration + self.settings.drain,
            warmup: plan.warmup,
        }
    }
}

/// Answers whoever asks what was measured so far.
async fn answer(core: Rc<Core>, mut asked: UnboundedReceiver<Question>) {
    while let Some(question) = asked.recv().await {
        // Who asked may have given up.
        match question {
            Question::Share(whom) => {
                let share =
                    Share { requests: core.books.recorder(), cache: CacheCounts::default() };
                let _ = whom.send(share);
            }
            Question::Glance(whom) => _ = whom.send(core.glance()),
            Question::Seconds(number, whom) => {
                _ = whom.send((number, core.books.hand_over(core.clock.now())));
            }
        }
    }
}

impl Serves for Core {
    fn clock(&self) -> Clock {
        self.clock
    }

    fn timer(&self) -> &Timer {
        &self.timer
    }

    fn fan(&self) -> &Fan {
        &self.fan
    }

    fn opened(&self) {
        self.books.opened();
    }

    async fn serve(self: Rc<Self>, due: Due) {
        self.request(due).await;
    }

    async fn answer(self: Rc<Self>, due: Due) -> bool {
        self.request(due).await;
        true
    }
}

impl Core {
    /// What is new.
    fn glance(&self) -> Glance {
        let mut glance = self.books.glance();
        glance.sample.unknown = self.unknown.take();
        glance.unknown = self.counts.borrow().unknown();
        glance
    }

    /// One request, from its send to its end, counted.
    async fn request(&self, due: Due) {
        let sent = self.clock.now();
        let wanted = Wanted { id: self.fan.rank(due.item), variant: self.fan.variant(due.number) };
        let (deadline, traces) = ((due.at + self.timeout).min(self.last), Traces::default());
        let ended = {
            let work = std::pin::pin!(self.work(&due, wanted, &traces, sent));
            match race(work, self.timer.at(self.clock.monotonic(deadline))).await {
                Either::Left(ended) => ended,
                Either::Right(()) if deadline == self.last => Err(Trouble::Stuck),
                Either::Right(()) if traces.headed.get() => Err(Trouble::SlowBody),
                Either::Right(()) => Err(Trouble::SlowHead),
            }
        }; // an exchange that is given up is dropped, and its connection with it
        self.ended(Times { due: due.at, sent, ended: self.clock.now() }, wanted, &traces, ended);
    }

    async fn work(
        &self,
        due: &Due,
        wanted: Wanted,
        traces: &Traces,
        sent: Nanos,
    ) -> Result<Answer, Trouble> {
        let _connection = self.connections.acquire().await.map_err(|_| Trouble::Connect)?;
        let begun = self.clock.now();
        if due.at >= self.warmup {
            self.counts.borrow_mut().waited(begun - sent);
        }
        let took = || Duration::from_nanos((self.clock.now() - begun).as_nanos());
        self.desk.exchange(&self.client, wanted, traces, took).await
    }

    fn ended(&self, times: Times, wanted: Wanted, traces: &Traces, ended: Result<Answer, Trouble>) {
        let untold = ended.is_ok_and(|answer| answer.verdict == Verdict::Unknown);
        if untold {
            self.unknown.set(self.unknown.get() + 1);
        }
        let outcome = match ended {
            Ok(answer) => outcome(answer.verdict),
            Err(trouble) => Outcome::Failed(trouble.failure()),
        };
        self.books.ended(times, outcome, |recorder| {
            if untold {
                self.books.untold();
            }
            let mut counts = self.counts.borrow_mut();
            counts.count(Went {
                latency: times.ended - times.due,
                status: traces.status.get(),
                redirects: traces.redirects.get(),
                bytes: traces.bytes.get(),
                ended: ended.map(|answer| (answer.verdict, answer.told)),
            });
            if let Ok(Answer { leaked: Some(of), .. }) = ended {
                counts.leaked(wanted, of);
                recorder.value_served(
                    times.ended,
                    Value::data(times.due, of),
                    wanted.variant,
                    None,
                );
            }
        });
    }
}

/// What the recorder knows an answer as. It knows none that does not say where it came from: those are taken out of the
/// summary's computes again, by their number.
const fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Hit => Outcome::Fresh,
        Verdict::Stale => Outcome::Stale,
        Verdict::Waited => Outcome::Waited,
        Verdict::Miss | Verdict::Unknown => Outcome::Computed,
    }
}
