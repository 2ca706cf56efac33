//! The executor: takes the next event or arrival, polls whom it is for, records who is done.
//!
//! The machine is borrowed for single steps only: polls and drops of futures borrow it themselves.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::RunError;
use super::machine::{Machine, Spinning, TaskRef, Who};
use super::queue::{Class, Event, TARGET_LIMIT, Target};
use super::slab::Slab;
use super::traffic::{Open, Users};
use super::world::{VirtualPromise, VirtualWorld};
use crate::contain::{contain, first_message, silence};
use crate::key::Item;
use crate::measure::{LaneRun, Observer, Outcome, Progress, Recorder};
use crate::plan::{Event as ScriptEvent, OnTimeout, Plan};
use crate::strategy::Strategy;
use crate::time::Nanos;
use crate::world::{Failure, Served, Task};

/// Events in one instant beyond this, and 16 for each task, are a loop that lets no time pass.
const INSTANT_LIMIT: u64 = 100_000;

type Answer = Result<Served, Failure>;

/// Runs one lane.
pub(super) fn drive<S: Strategy>(
    plan: &Plan,
    strategy: &S,
    observer: &mut dyn Observer,
) -> Result<LaneRun, RunError> {
    silence();
    drop(first_message());
    let machine = RefCell::new(Machine::new(plan, strategy));
    let (partial, recorder) = {
        let world = VirtualWorld::new(&machine);
        let serve = |item| strategy.serve(&world, item);
        let behind = |task| strategy.behind(&world, task);
        let mut executor = Executor {
            machine: &machine,
            world,
            serve,
            behind,
            requests: Slab::new(),
            behinds: Slab::new(),
            open: Open::new(plan),
            users: Users::new(plan),
            script: &plan.events,
            timeout: plan.traffic.timeout,
            on_timeout: plan.traffic.on_timeout,
            recorder: Recorder::new(plan.window(), plan.traffic.timeout),
            number: 0,
            live: 0,
            instant: (Nanos::ZERO, 0),
            next_tick: Nanos::SECOND,
        };
        let partial = executor.run(observer)?;
        (partial, executor.recorder)
    }; // the futures that are left borrow the machine, and go here
    let machine = machine.into_inner();
    let mut cache = machine.counts;
    cache.evictions = machine.cache.evictions();
    Ok(LaneRun {
        requests: recorder,
        origin: machine.origin.ledger,
        cache,
        partial,
        panic: first_message(),
    })
}

struct Executor<'m, F, B, Serve, Behind> {
    machine: &'m RefCell<Machine>,
    world: VirtualWorld<'m>,
    serve: Serve,
    behind: Behind,
    requests: Slab<F>,
    behinds: Slab<B>,
    open: Open,
    users: Users,
    script: &'m [ScriptEvent],
    timeout: Option<Nanos>,
    on_timeout: OnTimeout,
    recorder: Recorder,
    /// The next request's number.
    number: u64,
    /// Requests whose client still waits.
    live: u64,
    /// The present instant and how many events it has had.
    instant: (Nanos, u64),
    next_tick: Nanos,
}

impl<'m, F, B, Serve, Behind> Executor<'m, F, B, Serve, Behind>
where
    F: Future<Output = Answer>,
    B: Future<Output = ()>,
    Serve: Fn(Item) -> F,
    Behind: Fn(Task<VirtualPromise<'m>>) -> B,
{
    /// Until every request is answered or given up; true if the observer cut it short.
    fn run(&mut self, observer: &mut dyn Observer) -> Result<bool, RunError> {
        self.users.begin(&mut self.machine.borrow_mut());
        loop {
            let machine = self.machine;
            let due = self.open.due(|warm_up| warm_up(&machine.borrow().cache));
            let over = due == Nanos::FOREVER && self.live == 0 && self.users.thinking() == 0;
            if over {
                return Ok(false);
            }
            let event = machine.borrow_mut().queue.pop_until(due);
            let now = match event {
                Some(event) => {
                    self.handle(event)?;
                    event.at()
                }
                None if due == Nanos::FOREVER => {
                    self.fail_stuck();
                    return Ok(false);
                }
                None => {
                    let item = self.open.take();
                    self.arrive(due, item, Who::NOBODY)?;
                    due
                }
            };
            if now >= self.next_tick && self.tick(now, observer).is_break() {
                return Ok(true);
            }
        }
    }

    #[cold]
    fn tick(&mut self, now: Nanos, observer: &mut dyn Observer) -> std::ops::ControlFlow<()> {
        self.next_tick = Nanos::from_secs(now.as_secs() + 1);
        let [fresh, stale, _, _, _, failed] = self.recorder.outcomes();
        let machine = self.machine.borrow();
        let progress = Progress {
            now,
            requests: self.recorder.requests(),
            hits: fresh + stale,
            failed,
            origin_calls: machine.origin.ledger.calls(),
            origin_duplicates: machine.origin.ledger.duplicates(),
            in_flight: self.live,
        };
        drop(machine);
        observer.tick(&progress)
    }

    /// A request is due.
    #[inline]
    fn arrive(&mut self, due: Nanos, item: Item, user: u32) -> Result<(), RunError> {
        let slot = self.requests.reserve();
        if slot >= TARGET_LIMIT {
            return Err(RunError::TooManyInFlight { limit: TARGET_LIMIT, at_s: due.as_secs() });
        }
        {
            let mut machine = self.machine.borrow_mut();
            let born = machine.queue.sequence();
            machine.now = due;
            machine.current = Event::arrival(due, born);
            let who = Who::new(born, self.number, due, user);
            match machine.requests.get_mut(slot as usize) {
                Some(place) => *place = who,
                None => machine.requests.push(who),
            }
        }
        self.number += 1;
        self.live += 1;
        let future = (self.serve)(item);
        self.requests.fill(slot, future);
        let pending = self.poll_request(slot);
        if pending && let Some(patience) = self.timeout {
            let mut machine = self.machine.borrow_mut();
            machine.queue.push(due, patience, Class::Deadline, Target::Deadline(slot));
        }
        Ok(())
    }

    #[inline]
    fn handle(&mut self, event: Event) -> Result<(), RunError> {
        let spinning = self.count_in_instant(event.at());
        {
            let mut machine = self.machine.borrow_mut();
            machine.now = event.at();
            machine.current = event;
        }
        match event.target() {
            Target::Request(slot) if self.lives(event, slot) => {
                if spinning {
                    self.end_request(slot, Err(Failure::Spin));
                } else {
                    self.poll_request(slot);
                }
            }
            Target::Behind(slot) if self.works(event, slot) => {
                if spinning {
                    self.end_behind(slot);
                } else {
                    self.poll_behind(slot);
                }
            }
            Target::Deadline(slot) if self.lives(event, slot) => self.give_up(slot),
            Target::Request(_) | Target::Behind(_) | Target::Deadline(_) => {} // for an earlier tenant of the slot
            Target::Begin(number) => self.begin(number)?,
            Target::Origin(call) => self.machine.borrow_mut().finish_call(call),
            Target::Write(number) => self.machine.borrow_mut().apply_orphan(number),
            Target::Script(number) => {
                let change = self.script[number as usize].change;
                self.machine.borrow_mut().happen(change);
            }
            Target::User(_) if spinning => {
                return Err(RunError::NoTimePasses { at_s: event.at().as_secs() });
            }
            Target::User(user) => {
                let item = self.users.ask(user);
                self.arrive(event.at(), item, user)?;
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

    fn lives(&mut self, event: Event, slot: u32) -> bool {
        self.machine.borrow().requests[slot as usize].born <= event.sequence()
            && self.requests.get(slot).is_some()
    }

    fn works(&mut self, event: Event, slot: u32) -> bool {
        self.machine.borrow().behinds[slot as usize].born <= event.sequence()
            && self.behinds.get(slot).is_some()
    }

    /// Polls a request; true if it goes on.
    #[inline]
    fn poll_request(&mut self, slot: u32) -> bool {
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
    #[inline]
    fn end_request(&mut self, slot: u32, answer: Answer) {
        let who = self.drop_request(slot);
        if !who.gone {
            self.client_leaves(&who, Outcome::of(&answer, who.degraded));
        }
    }

    /// Drops a request's future, settles its accounts and gives its slot back.
    #[inline]
    fn drop_request(&mut self, slot: u32) -> Who {
        self.machine.borrow_mut().begin_poll(TaskRef::request(slot));
        self.requests.clear(slot);
        self.requests.release(slot);
        let mut machine = self.machine.borrow_mut();
        let who = machine.requests[slot as usize];
        machine.settle(&who);
        who
    }

    fn end_behind(&mut self, slot: u32) {
        self.machine.borrow_mut().begin_poll(TaskRef::behind(slot));
        self.behinds.clear(slot);
        self.behinds.release(slot);
        let mut machine = self.machine.borrow_mut();
        let who = machine.behinds[slot as usize];
        machine.settle(&who);
    }

    /// The client has its answer, or has given up.
    #[inline]
    fn client_leaves(&mut self, who: &Who, outcome: Outcome) {
        let mut machine = self.machine.borrow_mut();
        self.recorder.ended(who.due, machine.now, outcome);
        self.live -= 1;
        if who.user != Who::NOBODY {
            self.users.think(&mut machine, who.user);
        }
    }

    /// The client's patience is over.
    fn give_up(&mut self, slot: u32) {
        let who = {
            let mut machine = self.machine.borrow_mut();
            let who = &mut machine.requests[slot as usize];
            who.gone = true;
            *who
        };
        self.client_leaves(&who, Outcome::Failed(Failure::Timeout));
        if self.on_timeout == OnTimeout::Cancel {
            self.drop_request(slot);
        }
    }

    /// Work behind a request begins.
    fn begin(&mut self, number: u32) -> Result<(), RunError> {
        let slot = self.behinds.reserve();
        let job = {
            let mut machine = self.machine.borrow_mut();
            if slot >= TARGET_LIMIT {
                return Err(RunError::TooManyInFlight {
                    limit: TARGET_LIMIT,
                    at_s: machine.now.as_secs(),
                });
            }
            let mut job = machine.take_job(number);
            job.who.born = machine.queue.sequence();
            match machine.behinds.get_mut(slot as usize) {
                Some(place) => *place = job.who,
                None => machine.behinds.push(job.who),
            }
            job
        };
        let promise = job.flight.map(|flight| self.world.promise(flight));
        let future = (self.behind)(Task { item: job.item, note: job.note, promise });
        self.behinds.fill(slot, future);
        self.poll_behind(slot);
        Ok(())
    }

    /// No event is left: whoever still waits, waits for something that never comes.
    fn fail_stuck(&mut self) {
        for slot in self.requests.living() {
            self.end_request(slot, Err(Failure::Stuck));
        }
    }
}

/// Polls; a panic becomes a failure.
#[inline]
fn poll<F: Future>(future: Pin<&mut F>) -> Result<Poll<F::Output>, Failure> {
    let mut context = Context::from_waker(Waker::noop());
    contain(|| future.poll(&mut context))
        .map_err(|thrown| if thrown.is::<Spinning>() { Failure::Spin } else { Failure::Panic })
}
