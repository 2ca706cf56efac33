//! One core of a run: a thread with a runtime of its own, its processes' requests, and what it counted.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, mpsc};

use herdlab_sim::contain::first_message;
use herdlab_sim::key::Key;
use herdlab_sim::measure::{CacheCounts, Recorder};
use herdlab_sim::plan::{OnError, OnTimeout, Plan, Retries, Rules};
use herdlab_sim::service::Service;
use herdlab_sim::strategy::{Strategy, Visitor};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::{Fan, Writes};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::spawn_local;

use crate::backend::{Backend, Sent, Store};
use crate::background::{self, Background};
use crate::books::{Books, Glance, Tally, Times};
use crate::clock::Clock;
use crate::error::RunError;
use crate::http::Caller;
use crate::latencies::Told;
use crate::load::{self, Due};
use crate::origin::SharedOrigin;
use crate::request::{self, Answer};
use crate::settings::Settings;
use crate::timer::Timer;
use crate::updates;
use crate::world::{Behind, Flights, run_behind};

/// What everything on a core shares.
pub(crate) struct Core<B> {
    pub(crate) clock: Clock,
    pub(crate) timer: Timer,
    pub(crate) backend: B,
    pub(crate) origin: Arc<SharedOrigin>,
    /// Who calls the service that computes, if it is not simulated.
    pub(crate) caller: Option<Caller>,
    pub(crate) flights: Flights,
    pub(crate) later: UnboundedSender<Behind>,
    pub(crate) seed: u64,
    pub(crate) on_error: OnError,
    pub(crate) operation_timeout: Nanos,
    /// Measured from here on.
    pub(crate) warmup: Nanos,
    pub(crate) patience: Patience,
    pub(crate) retries: Retries,
    pub(crate) fan: Fan,
    /// How often every value has got a new name.
    renamed: Arc<AtomicU32>,
    pub(crate) cache: RefCell<CacheCounts>,
    pub(crate) panics: Cell<u64>,
    pub(crate) books: Books,
    /// What is written at the origin, if anything: each core follows the one schedule.
    writes: RefCell<Option<Writes>>,
}

/// How long clients wait.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Patience {
    pub(crate) timeout: Nanos,
    pub(crate) on_timeout: OnTimeout,
    /// When what is still in flight has failed as stuck.
    pub(crate) last: Nanos,
}

/// What a core found.
pub(crate) struct CoreRun {
    pub(crate) requests: Recorder,
    pub(crate) cache: CacheCounts,
    pub(crate) sent: Sent,
    /// Tasks behind requests that panicked.
    pub(crate) panics: u64,
    /// The first message of a strategy that panicked.
    pub(crate) panic: Option<String>,
}

/// What a core measured so far, for whoever asks while it runs.
pub(crate) struct Share {
    pub(crate) requests: Recorder,
    pub(crate) cache: CacheCounts,
}

/// What a core is asked while it runs; it answers between two requests.
pub(crate) enum Question {
    /// All it measured, copied.
    Share(mpsc::Sender<Share>),
    /// What is new.
    Glance(mpsc::Sender<Glance>),
    /// The latencies of the seconds that are over; the core's number goes with them.
    Seconds(usize, mpsc::Sender<Told>),
}

/// Where a core is asked.
pub(crate) type Asks = UnboundedSender<Question>;

/// What a core tells the conductor.
#[derive(Debug)]
pub(crate) enum Report {
    /// It is connected and waits for the start, or there was no connection.
    Ready(Result<(), RunError>),
    /// All its requests have ended. It stays, as others may wait for origin calls that it works on.
    Ended,
    /// Its thread is gone. Told before the run is over, it has panicked.
    Gone,
}

/// What all cores of a run have in common, once it begins.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) clock: Clock,
    pub(crate) origin: Arc<SharedOrigin>,
    /// How often every value has got a new name.
    pub(crate) renamed: Arc<AtomicU32>,
}

/// A core's place in a run, before its strategy is known.
pub(crate) struct Seat<'a, St> {
    pub(crate) index: usize,
    pub(crate) cores: usize,
    pub(crate) plan: &'a Plan,
    pub(crate) rules: Rules,
    pub(crate) settings: &'a Settings,
    pub(crate) store: &'a St,
    pub(crate) tally: Arc<Tally>,
    pub(crate) reports: mpsc::Sender<Report>,
    /// Who wants to know what it measured so far.
    pub(crate) asked: UnboundedReceiver<Question>,
    /// Whether anybody looks closely.
    pub(crate) watched: bool,
    /// The run begins.
    pub(crate) start: mpsc::Receiver<Start>,
    /// True once the run is over; closed, if its conductor is gone.
    pub(crate) over: watch::Receiver<bool>,
}

impl<St: Store> Visitor for Seat<'_, St> {
    type Output = Option<CoreRun>;

    /// Runs the core to its end; nothing if the run never began.
    fn visit<S: Strategy + Clone>(self, strategy: &S) -> Option<CoreRun> {
        let mut builder = Builder::new_current_thread();
        builder.enable_io();
        if self.plan.origin.http.is_some() {
            builder.enable_time(); // the HTTP client's; everybody else has the core's own timer
        }
        let runtime = match builder.build_local(LocalOptions::default()) {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = self.reports.send(Report::Ready(Err(error.into())));
                return None;
            }
        };
        runtime.block_on(self.run(Rc::new(strategy.clone())))
    }
}

impl<St: Store> Seat<'_, St> {
    async fn run<S: Strategy>(mut self, strategy: Rc<S>) -> Option<CoreRun> {
        let (timer, backend, caller) = match self.connect().await {
            Ok(connected) => connected,
            Err(error) => {
                let _ = self.reports.send(Report::Ready(Err(error)));
                return None;
            }
        };
        let _ = self.reports.send(Report::Ready(Ok(())));
        let start = self.start.recv().ok()?; // the thread has nothing else to do
        let (later, tasks) = unbounded_channel();
        let core = Rc::new(self.core(start, (timer, backend, caller), later));
        let job = strategy.job();
        let service = Rc::new(Service::new(self.plan, strategy, &self.rules));
        spawn_local(work_behind(Rc::clone(&core), Rc::clone(&service), tasks));
        spawn_local(answer(Rc::clone(&core), self.asked));
        let (index, cores) = (self.index, self.cores);
        let ours = move |process| process as usize % cores == index;
        let (plan, invalidation) = (self.plan.clone(), self.rules.invalidation);
        spawn_local(updates::invalidate(Rc::clone(&core), plan, invalidation, ours));
        if let Some(job) = job {
            spawn_local(updates::work(Rc::clone(&core), self.plan.clone(), job, ours));
        }
        // A task like all others: what `block_on` runs itself gets its turn only after every 61 of them.
        let serving = Rc::new(Serving { core: Rc::clone(&core), service });
        let sending = spawn_local(load::send(serving, self.plan.clone(), ours));
        let ended = async {
            if sending.await.is_err() {
                return; // it panicked: a bug, which the conductor hears of when this thread is gone
            }
            core.books.all_ended().await;
            let _ = self.reports.send(Report::Ended);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = ended => {}
            _ = self.over.wait_for(|over| *over) => {}
        }
        core.backend.settle().await;
        Some(core.results())
    }

    async fn connect(&self) -> Result<(Timer, St::Backend, Option<Caller>), RunError> {
        let timer: io::Result<Timer> = Timer::new(self.settings.tick);
        let timer = timer?;
        spawn_local(timer.clone().drive());
        let (background, work) = Background::new();
        spawn_local(background::run(work));
        let backend = self.store.connect(&timer, &background).await?;
        let caller = self.plan.origin.http.as_ref();
        let caller = caller.map(|service| Caller::new(service, self.settings)).transpose()?;
        Ok((timer, backend, caller))
    }

    fn core<B>(
        &self,
        start: Start,
        (timer, backend, caller): (Timer, B, Option<Caller>),
        later: UnboundedSender<Behind>,
    ) -> Core<B> {
        let (plan, settings) = (self.plan, self.settings);
        Core {
            clock: start.clock,
            timer,
            backend,
            origin: start.origin,
            caller,
            renamed: start.renamed,
            retries: plan.traffic.retries,
            fan: Fan::new(plan.seed, &plan.traffic),
            flights: Flights::default(),
            later,
            seed: plan.seed,
            on_error: plan.cache.on_error,
            operation_timeout: plan.cache.timeout.unwrap_or(settings.operation_timeout),
            warmup: plan.warmup,
            patience: Patience {
                timeout: plan.traffic.timeout.unwrap_or(Nanos::FOREVER),
                on_timeout: plan.traffic.on_timeout,
                last: plan.duration + settings.drain,
            },
            cache: RefCell::default(),
            panics: Cell::new(0),
            books: Books::new(plan, self.cores, self.watched, Arc::clone(&self.tally)),
            writes: RefCell::new(Writes::new(plan)),
        }
    }
}

async fn work_behind<S: Strategy, B: Backend>(
    core: Rc<Core<B>>,
    service: Rc<Service<Rc<S>>>,
    mut tasks: UnboundedReceiver<Behind>,
) {
    while let Some(task) = tasks.recv().await {
        run_behind(&core, &service, task);
    }
}

/// Answers whoever asks what was measured so far.
async fn answer<B: 'static>(core: Rc<Core<B>>, mut asked: UnboundedReceiver<Question>) {
    while let Some(question) = asked.recv().await {
        // Who asked may have given up.
        match question {
            Question::Share(whom) => _ = whom.send(core.share()),
            Question::Glance(whom) => _ = whom.send(core.books.glance()),
            Question::Seconds(number, whom) => {
                _ = whom.send((number, core.books.hand_over(core.clock.now())));
            }
        }
    }
}

/// A core and what serves its requests.
struct Serving<S, B> {
    core: Rc<Core<B>>,
    service: Rc<Service<Rc<S>>>,
}

impl<S: Strategy, B: Backend> load::Serves for Serving<S, B> {
    fn clock(&self) -> Clock {
        self.core.clock
    }

    fn timer(&self) -> &Timer {
        &self.core.timer
    }

    fn fan(&self) -> &Fan {
        &self.core.fan
    }

    fn opened(&self) {
        self.core.books.opened();
    }

    fn serve(self: Rc<Self>, due: Due) -> impl Future<Output = ()> + 'static {
        request::serve(Rc::clone(&self.core), Rc::clone(&self.service), due, None)
    }

    /// A user may give up before the work is done.
    async fn answer(self: Rc<Self>, due: Due) -> bool {
        let (tell, told) = oneshot::channel();
        let (core, service) = (Rc::clone(&self.core), Rc::clone(&self.service));
        spawn_local(request::serve(core, service, due, Some(tell)));
        told.await.is_ok()
    }
}

impl<B> Core<B> {
    fn share(&self) -> Share {
        Share { requests: self.books.recorder(), cache: *self.cache.borrow() }
    }

    /// A request that was sent at `sent` has its outcome.
    pub(crate) fn ended(&self, due: &Due, sent: Nanos, answer: Answer) {
        let ended = self.clock.now();
        let times = Times { due: due.at, sent, ended };
        self.books.ended(times, answer.outcome, |recorder| {
            if answer.items.len() > 1 {
                recorder.page_served(&answer.items);
            }
            let (mut writes, variant) = (self.writes.borrow_mut(), self.fan.variant(due.number));
            for (item, served) in &answer.items {
                let rank = self.fan.rank(*item);
                let last = writes.as_mut().and_then(|writes| writes.last(ended, rank));
                recorder.value_served(ended, served.value(), variant, last);
            }
        });
    }

    /// How long a client pauses before the `nth` attempt after the first.
    pub(crate) fn pause(&self, request: u64, nth: u32) -> Nanos {
        self.retries.pause(self.seed, request, nth)
    }

    /// The name under which a key's entry lies now.
    pub(crate) fn named(&self, key: Key) -> Key {
        key.renamed(self.renames())
    }

    /// How often every value has got a new name.
    pub(crate) fn renames(&self) -> u32 {
        self.renamed.load(Relaxed)
    }
}

impl<B: Backend> Core<B> {
    fn results(&self) -> CoreRun {
        CoreRun {
            requests: self.books.recorder(),
            cache: *self.cache.borrow(),
            sent: self.backend.sent(),
            panics: self.panics.get(),
            panic: first_message(),
        }
    }
}
