//! The executor: takes the next event or arrival, polls whom it is for, records who is done.
//!
//! The machine is borrowed for single steps only: polls and drops of futures borrow it themselves.

use std::cell::RefCell;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::RunError;
use super::jobs::Jobs;
use super::machine::{Crashed, Machine, Spinning};
use super::patience::Patience;
use super::queue::{Event, TARGET_LIMIT, Target};
use super::retries::Retries;
use super::slab::Slab;
use super::traffic::{Open, Users};
use super::truth::Truth;
use super::updates::Updates;
use super::versions::{Changing, Current, Later, Renew, Versions};
use super::who::{TaskRef, Who};
use super::world::{VirtualPromise, VirtualWorld};
use crate::contain::{contain, first_message, silence};
use crate::key::Item;
use crate::measure::{LaneRun, Observer, Outcome, Progress, Recorder};
use crate::plan::{Change, Event as ScriptEvent, OnTimeout, Plan, Rules};
use crate::service::{Service, Work};
use crate::strategy::Strategy;
use crate::time::Nanos;
use crate::world::{Failure, Served, Task};

/// Events in one instant beyond this, and 16 for each task, are a loop that lets no time pass.
const INSTANT_LIMIT: u64 = 100_000;

/// The observer hears of so many events at least: a second of virtual time may have very many.
const STEPS_A_TICK: u64 = 1 << 20;

pub(super) type Answer = Result<Served, Failure>;

/// Runs one lane.
pub(super) fn drive<S: Strategy>(
    plan: &Plan,
    strategy: &S,
    renew: Renew<S>,
    rules: &Rules,
    observer: &mut dyn Observer,
) -> Result<LaneRun, RunError> {
    silence();
    drop(first_message());
    let machine = RefCell::new(Machine::new(plan, strategy, rules));
    let later = Later::default();
    let versions = Versions::new(strategy, &later, renew);
    let (partial, recorder) = {
        let service = Service::new(plan, Current(&versions), rules);
        if service.is_plain() {
            // The strategy's own future: a layer around it would cost every request a quarter of what it does.
            let world = VirtualWorld::<false>::new(&machine);
            let serve = |item, _| versions.current().serve(&world, item);
            let behind = |work| service.behind_plainly(&world, work);
            Executor::new(plan, rules, &machine, serve, behind, &versions, observer).run()?
        } else {
            let world = VirtualWorld::<true>::new(&machine);
            let serve = |item, request| service.serve(&world, item, request);
            let behind = |work| service.behind(&world, work);
            Executor::new(plan, rules, &machine, serve, behind, &versions, observer).run()?
        }
    }; // the futures that are left borrow the machine, and go here
    let machine = machine.into_inner();
    Ok(LaneRun {
        requests: recorder,
        cache: machine.cache_counts(),
        origin: machine.origin.ledger,
        partial,
        panic: first_message(),
    })
}

/// Why a lane ends before its end.
pub(super) enum End {
    /// The observer cut it short.
    Cut,
    /// It cannot go on.
    Error(RunError),
}

impl From<RunError> for End {
    fn from(error: RunError) -> Self {
        Self::Error(error)
    }
}

pub(super) struct Executor<'m, F, B, Serve, Behind> {
    pub(super) plan: &'m Plan,
    pub(super) observer: &'m mut dyn Observer,
    pub(super) machine: &'m RefCell<Machine>,
    pub(super) serve: Serve,
    behind: Behind,
    pub(super) requests: Slab<F>,
    behinds: Slab<B>,
    pub(super) open: Open,
    pub(super) users: Users,
    /// What happens in the run, and what was put to it since.
    pub(super) script: Vec<ScriptEvent>,
    /// The lane's strategy, as events change it.
    strategy: &'m dyn Changing,
    /// How much jitter a bulk load's TTLs have.
    jitter: f64,
    pub(super) patience: Patience,
    /// Whether clients give up at all.
    pub(super) gives_up: bool,
    pub(super) on_timeout: OnTimeout,
    pub(super) retries: Retries,
    pub(super) recorder: Recorder,
    truth: Truth,
    updates: Option<Updates>,
    jobs: Jobs,
    /// The next request's number, and the next update's.
    pub(super) number: u64,
    updated: u64,
    /// When the open loop's next request is due, and its place among the events.
    pub(super) due: Nanos,
    arrival: Event,
    /// Requests whose client still waits.
    pub(super) live: u64,
    /// The present instant and how many events it has had.
    instant: (Nanos, u64),
    /// When there is something to do beside the events, and when the observer looks next.
    next_tick: Nanos,
    next_second: Nanos,
    /// Events and arrivals so far.
    pub(super) steps: u64,
    /// The step that was a look: to the lane itself, nothing happened in it.
    pub(super) looked: u64,
}

impl<F, B, Serve, Behind> Executor<'_, F, B, Serve, Behind> {
    /// Looks when the open loop's next request is due.
    #[inline]
    pub(super) fn read_ahead(&mut self) {
        self.due = self.open.due(self.machine);
        self.arrival = Event::arrival(self.due);
    }
}

impl<'m, F, B, Serve, Behind> Executor<'m, F, B, Serve, Behind>
where
    F: Future<Output = Answer>,
    B: Future<Output = ()>,
    Serve: Fn(Item, u64) -> F,
    Behind: Fn(Work<VirtualPromise<'m>>) -> B,
{
    fn new(
        plan: &'m Plan,
        rules: &Rules,
        machine: &'m RefCell<Machine>,
        serve: Serve,
        behind: Behind,
        strategy: &'m dyn Changing,
        observer: &'m mut dyn Observer,
    ) -> Self {
        let jobs = Jobs::new(plan.duration, strategy, &mut machine.borrow_mut());
        Self {
            plan,
            observer,
            machine,
            serve,
            behind,
            requests: Slab::new(),
            behinds: Slab::new(),
            open: Open::new(plan, &plan.events),
            users: Users::new(plan),
            script: plan.events.clone(),
            strategy,
            jitter: rules.layers.jitter,
            patience: Patience::new(plan.traffic.timeout.unwrap_or(Nanos::FOREVER)),
            gives_up: plan.traffic.timeout.is_some(),
            on_timeout: plan.traffic.on_timeout,
            retries: Retries::new(plan.traffic.retries, plan.seed),
            recorder: Recorder::new(plan.window(), plan.traffic.patience())
                .keeping_seconds(plan.interval_log),
            truth: Truth::new(plan),
            updates: Updates::new(plan, rules, &mut machine.borrow_mut()),
            jobs,
            number: 0,
            updated: 0,
            due: Nanos::ZERO,
            arrival: Event::ZERO,
            live: 0,
            instant: (Nanos::ZERO, 0),
            next_tick: Nanos::ZERO,
            next_second: Nanos::SECOND,
            steps: 0,
            looked: u64::MAX,
        }
    }

    /// Until every request is answered or given up; whether the observer cut it short, and what was counted.
    fn run(mut self) -> Result<(bool, Recorder), RunError> {
        self = self.begin_to_look();
        let partial = match self.play() {
            Ok(()) => false,
            Err(End::Cut) => true,
            Err(End::Error(error)) => return Err(error),
        };
        self.look_again();
        Ok((partial, self.recorder))
    }

    fn play(&mut self) -> Result<(), End> {
        self.users.begin(&mut self.machine.borrow_mut());
        self.read_ahead();
        loop {
            let now = match self.next_event() {
                Some(event) => {
                    self.handle(event)?;
                    event.at()
                }
                None if self.due == Nanos::FOREVER => {
                    self.fail_stuck();
                    return Ok(());
                }
                None => {
                    let (due, arrival) = (self.due, self.arrival);
                    let item = self.open.take();
                    self.read_ahead();
                    self.ask(due, arrival, item, Who::NOBODY)?;
                    due
                }
            };
            self.steps += 1;
            let due_tick = now >= self.next_tick || self.steps.is_multiple_of(STEPS_A_TICK);
            if due_tick {
                self.tick(now)?;
            }
            if self.due == Nanos::FOREVER && self.live == 0 && self.users.thinking() == 0 {
                return Ok(());
            }
        }
    }

    /// The next event or deadline, if one comes before the next arrival.
    #[inline]
    fn next_event(&mut self) -> Option<Event> {
        let deadline = self.patience.first();
        let event = self.machine.borrow_mut().queue.pop_before(deadline.min(self.arrival));
        event.or_else(|| (deadline < self.arrival).then_some(deadline))
    }

    #[cold]
    fn tick(&mut self, now: Nanos) -> Result<(), End> {
        if self.looked == self.steps {
            return Ok(());
        }
        let warmup = self.machine.borrow_mut().begin_to_measure(now);
        let looks = now >= self.next_second || self.steps.is_multiple_of(STEPS_A_TICK);
        if looks {
            self.next_second = Nanos::from_secs(now.as_secs() + 1);
        }
        self.next_tick = warmup.min(self.next_second);
        if !looks {
            return Ok(()); // only the warm-up was over
        }
        let [fresh, stale, _, _, _, failed] = self.recorder.outcomes();
        let machine = self.machine.borrow();
        let progress = Progress {
            now,
            requests: self.recorder.requests(),
            hits: fresh + stale,
            failed,
            unknown: 0, // the model knows of each
            origin_calls: machine.origin.ledger.calls(),
            origin_duplicates: machine.origin.ledger.duplicates(),
            in_flight: self.live,
        };
        drop(machine);
        let Self { observer, recorder, machine, .. } = self;
        match observer.tick(&progress, &mut || Some(present(recorder, &machine.borrow()))) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(End::Cut),
        }
    }

    #[inline]
    fn handle(&mut self, event: Event) -> Result<(), End> {
        if event.is_look() {
            return self.look(event.at());
        }
        let spinning = self.count_in_instant(event.at());
        let mut machine = self.machine.borrow_mut();
        machine.advance(event);
        match event.target() {
            Target::Request(slot) if machine.requests[slot as usize].born <= event.sequence() => {
                drop(machine);
                if spinning {
                    self.machine.borrow_mut().begin_poll(TaskRef::request(slot));
                    self.end_request(slot, Err(Failure::Spin));
                } else {
                    self.poll_request(slot);
                }
            }
            Target::Behind(slot) if machine.behinds[slot as usize].born <= event.sequence() => {
                drop(machine);
                if spinning {
                    self.machine.borrow_mut().begin_poll(TaskRef::behind(slot));
                    self.end_behind(slot);
                } else {
                    self.poll_behind(slot);
                }
            }
            Target::Request(_) | Target::Behind(_) => {} // for an earlier tenant of the slot
            Target::Origin(call) => machine.finish_call(call),
            Target::Write(number) => machine.apply_orphan(number),
            Target::Script(number) => {
                machine.happen(number as usize, &self.script);
                match self.script[number as usize].change {
                    Change::Set(setting) => self.strategy.set(setting),
                    Change::Load => machine.bulk_load(self.plan, self.jitter, self.strategy.life()),
                    _ => {}
                }
            }
            Target::Look(_) => {} // was looked at above: to the lane it is no event
            Target::Deadline(slot) => {
                drop(machine);
                self.give_up(slot);
            }
            Target::Begin(number) => {
                drop(machine);
                self.begin(number)?;
            }
            Target::User(_) if spinning => {
                return Err(RunError::NoTimePasses { at_s: event.at().as_secs() }.into());
            }
            Target::User(user) => {
                drop(machine);
                self.ask_as(user, event)?;
            }
            Target::Retry(number) => {
                drop(machine);
                let retry = self.retries.take(number);
                self.ask_again(event, retry)?;
            }
            Target::Update(_) => {
                drop(machine);
                self.update()?;
            }
            Target::Job(_) => {
                drop(machine);
                self.run_job()?;
            }
        }
        Ok(())
    }

    /// True if this instant has had more events than tasks without a loop could make.
    #[inline]
    fn count_in_instant(&mut self, now: Nanos) -> bool {
        if now != self.instant.0 {
            self.instant = (now, 0);
        }
        self.instant.1 += 1;
        self.instant.1 > INSTANT_LIMIT
            && self.instant.1
                > INSTANT_LIMIT + 16 * (self.requests.in_use() + self.behinds.in_use()) as u64
    }

    /// Polls a request; true if it goes on.
    #[inline]
    pub(super) fn poll_request(&mut self, slot: u32) -> bool {
        self.machine.borrow_mut().begin_poll(TaskRef::request(slot));
        let Some(future) = self.requests.get(slot) else { return false };
        match poll(future) {
            Ok(Poll::Pending) => return true,
            Ok(Poll::Ready(answer)) => self.end_request(slot, answer),
            Err(failure) => self.end_request(slot, Err(failure)),
        }
        false
    }

    fn poll_behind(&mut self, slot: u32) {
        self.machine.borrow_mut().begin_poll(TaskRef::behind(slot));
        let Some(future) = self.behinds.get(slot) else { return };
        match poll(future) {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(())) | Err(_) => self.end_behind(slot),
        }
    }

    /// A request's future is over, by itself or by force.
    #[inline(always)]
    pub(super) fn end_request(&mut self, slot: u32, answer: Answer) {
        self.requests.clear(slot);
        self.requests.release(slot);
        let mut machine = self.machine.borrow_mut();
        let who = &mut machine.requests[slot as usize];
        who.born = u64::MAX;
        if who.gone {
            let unstored = who.unstored;
            machine.settle(unstored);
            machine.tally.clear(); // nobody was served a page that nobody waited for
            return;
        }
        let outcome = Outcome::of(&answer, who.degraded);
        if let (true, Ok(served)) = (self.truth.matters(), &answer) {
            self.truth.hold(&mut self.recorder, &mut machine, slot, *served);
        }
        self.client_leaves(machine, slot, outcome);
    }

    fn end_behind(&mut self, slot: u32) {
        self.behinds.clear(slot);
        self.behinds.release(slot);
        let mut machine = self.machine.borrow_mut();
        let who = &mut machine.behinds[slot as usize];
        who.born = u64::MAX;
        let unstored = who.unstored;
        machine.settle(unstored);
    }

    /// An update at the origin invalidates.
    #[cold]
    fn update(&mut self) -> Result<(), RunError> {
        let Some(updates) = &mut self.updates else { return Ok(()) };
        let rank = updates.take(&mut self.machine.borrow_mut());
        let number = self.updated;
        self.updated += 1;
        self.work(Work::Updated(rank), Who::updater(number))
    }

    /// The strategy's job runs.
    #[cold]
    fn run_job(&mut self) -> Result<(), RunError> {
        let number = self.jobs.take(self.strategy, &mut self.machine.borrow_mut());
        self.work(Work::Job, Who::job(number))
    }

    /// Work behind a request begins.
    fn begin(&mut self, number: u32) -> Result<(), RunError> {
        let job = self.machine.borrow_mut().take_job(number);
        let promise = job.flight.map(|flight| VirtualPromise::new(self.machine, flight));
        self.work(Work::Behind(Task { item: job.item, note: job.note, promise }), job.who)
    }

    /// Work that no client waits for begins.
    fn work(&mut self, work: Work<VirtualPromise<'m>>, mut who: Who) -> Result<(), RunError> {
        let slot = self.behinds.reserve();
        {
            let mut machine = self.machine.borrow_mut();
            if slot >= TARGET_LIMIT {
                let at_s = machine.now.as_secs();
                return Err(RunError::TooManyInFlight { limit: TARGET_LIMIT, at_s });
            }
            who.born = machine.queue.sequence();
            match machine.behinds.get_mut(slot as usize) {
                Some(place) => *place = who,
                None => machine.behinds.push(who),
            }
        }
        let future = (self.behind)(work);
        self.behinds.fill(slot, future);
        self.poll_behind(slot);
        Ok(())
    }

    /// No event is left: whoever still waits, waits for something that never comes.
    fn fail_stuck(&mut self) {
        for slot in self.requests.living() {
            self.machine.borrow_mut().begin_poll(TaskRef::request(slot));
            self.end_request(slot, Err(Failure::Stuck));
        }
    }
}

/// What was measured so far, copied.
pub(super) fn present(requests: &Recorder, machine: &Machine) -> LaneRun {
    LaneRun {
        requests: requests.clone(),
        origin: machine.origin.ledger.clone(),
        cache: machine.cache_counts(),
        partial: true,
        panic: None,
    }
}

/// Polls; a panic becomes a failure.
#[inline]
fn poll<F: Future>(future: Pin<&mut F>) -> Result<Poll<F::Output>, Failure> {
    let mut context = Context::from_waker(Waker::noop());
    contain(|| future.poll(&mut context)).map_err(|thrown| match thrown {
        thrown if thrown.is::<Spinning>() => Failure::Spin,
        thrown if thrown.is::<Crashed>() => Failure::Lost,
        _ => Failure::Panic,
    })
}
