//! Sending: the open loop's schedule, the closed loop's users, and a request from its due time to its outcome.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::Outcome;
use herdlab_sim::plan::{Arrivals, Load, OnTimeout, Plan};
use herdlab_sim::random::{generator, process_of, purpose, stream};
use herdlab_sim::strategy::Strategy;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::{Items, Schedule};
use herdlab_sim::world::{Either, Failure, Served, race};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, spawn_local};

use crate::backend::Backend;
use crate::contain::contained;
use crate::engine::Core;
use crate::world::{RealWorld, Request};

/// A generator that is behind sends so many before it lets answers in: otherwise none would ever come.
const BURST: usize = 64;

/// One request, as the schedule has it.
#[derive(Copy, Clone, Debug)]
struct Due {
    at: Nanos,
    number: u64,
    process: u32,
    item: Item,
}

/// Sends what is due from processes that are `ours`, until the end of the run.
pub(crate) async fn send<S: Strategy, B: Backend>(
    core: Rc<Core<B>>,
    strategy: Rc<S>,
    plan: Plan,
    ours: impl Fn(u32) -> bool,
) {
    match plan.traffic.load {
        Load::Open { rate, arrivals } => {
            let schedule = schedule(&plan, rate, arrivals).filter(|due| ours(due.process));
            send_on_schedule(&core, &strategy, schedule).await;
        }
        Load::Closed { users, think } => {
            send_as_users(&core, &strategy, &plan, users, think, ours).await
        }
    }
}

/// Every request of an open loop, whichever core sends it. Each core goes through all of them: that is cheap, and makes
/// the cores together exactly the one schedule that virtual time runs.
fn schedule(plan: &Plan, rate: f64, arrivals: Arrivals) -> impl Iterator<Item = Due> {
    let (seed, processes) = (plan.seed, plan.traffic.processes);
    let mut items = Items::new(&plan.traffic.keys);
    let mut draws = stream(seed, "items");
    let dues = Schedule::new(seed, arrivals, rate, &plan.events, plan.duration);
    dues.zip(0..).map(move |(at, number)| Due {
        at,
        number,
        process: process_of(seed, number, processes),
        item: items.next(&mut draws),
    })
}

async fn send_on_schedule<S: Strategy, B: Backend>(
    core: &Rc<Core<B>>,
    strategy: &Rc<S>,
    schedule: impl Iterator<Item = Due>,
) {
    for (nth, due) in schedule.enumerate() {
        if core.clock.now() < due.at {
            core.timer.at(core.clock.monotonic(due.at)).await;
        } else if nth % BURST == 0 {
            step_back().await;
        }
        core.opened();
        spawn_local(serve(Rc::clone(core), Rc::clone(strategy), due, None));
    }
}

/// Lets every other task that is ready run once. Tokio's own `yield_now` lets 61 run, so a generator that is behind would
/// send faster than answers are looked at, and its memory would be the only thing to grow.
async fn step_back() {
    let mut stepped = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut stepped, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn send_as_users<S: Strategy, B: Backend>(
    core: &Rc<Core<B>>,
    strategy: &Rc<S>,
    plan: &Plan,
    users: u32,
    think: Law,
    ours: impl Fn(u32) -> bool,
) {
    let items = Items::new(&plan.traffic.keys);
    let mut all = JoinSet::new();
    for number in 0..users {
        let process = process_of(plan.seed, u64::from(number), plan.traffic.processes);
        if ours(process) {
            let user = User { number, users, process, items: items.clone(), think };
            let (core, strategy) = (Rc::clone(core), Rc::clone(strategy));
            all.spawn_local(user.live(core, strategy, plan.duration));
        }
    }
    while all.join_next().await.is_some() {}
}

/// A user of a closed loop: thinks, asks, waits for the answer, and so on.
struct User {
    number: u32,
    users: u32,
    process: u32,
    items: Items,
    think: Law,
}

impl User {
    async fn live<S: Strategy, B: Backend>(
        mut self,
        core: Rc<Core<B>>,
        strategy: Rc<S>,
        end: Nanos,
    ) {
        let think = self.think.sampler();
        for nth in 0.. {
            let mut draws = generator(core.seed, u64::from(self.number), purpose::THINK + nth);
            let at = core.clock.now() + think.sample(&mut draws);
            if at >= end {
                return;
            }
            core.timer.at(core.clock.monotonic(at)).await;
            let item = self.item(core.seed, nth);
            let number = u64::from(self.number) << 32 | nth;
            let due = Due { at, number, process: self.process, item };
            let (tell, told) = oneshot::channel();
            core.opened();
            spawn_local(serve(Rc::clone(&core), Rc::clone(&strategy), due, Some(tell)));
            if told.await.is_err() {
                return; // the run is over
            }
        }
    }

    /// The user's n-th item; of a trace, every `users`-th belongs to a user.
    fn item(&mut self, seed: u64, nth: u64) -> Item {
        if let Items::Trace(trace, at) = &mut self.items {
            let place = u64::from(self.number) + nth * u64::from(self.users);
            *at = (place % trace.items().len() as u64) as usize;
        }
        let mut draws = generator(seed, u64::from(self.number), purpose::USER_ITEM + nth);
        self.items.next(&mut draws)
    }
}

/// A request, from its send to its outcome and, if its client leaves first, to the end of its work.
async fn serve<S: Strategy, B: Backend>(
    core: Rc<Core<B>>,
    strategy: Rc<S>,
    due: Due,
    tell: Option<oneshot::Sender<()>>,
) {
    let sent = core.clock.now();
    let request = Rc::new(Request::new(due.number, due.process));
    let world = RealWorld::new(Rc::clone(&core), Rc::clone(&request));
    let (deadline, impatience) = deadline(&core, due.at);
    let mut work = pin!(Some(contained(strategy.serve(&world, due.item))));
    let timer = core.timer.clone();
    let answered = {
        let work = work.as_mut().as_pin_mut().expect("it was just put there");
        race(work, timer.at(core.clock.monotonic(deadline))).await
    };
    let answer = match answered {
        Either::Left(answer) => flatten(answer),
        Either::Right(()) => Err(impatience),
    };
    core.ended(
        due.at,
        sent,
        Outcome::of(&answer, request.degraded()),
        answer.ok().map(|served| (due.item, served.value())),
    );
    if let Some(tell) = tell {
        let _ = tell.send(()); // its user may be gone with the run
    }
    if matches!(answered, Either::Right(())) {
        request.leave();
        if core.patience.on_timeout == OnTimeout::Detach
            && let Some(work) = work.as_mut().as_pin_mut()
        {
            let _ = work.await;
        }
        work.set(None);
        core.origin.waste(request.unclaimed());
    }
}

/// When the client gives up, and how that is called.
fn deadline<B>(core: &Core<B>, due: Nanos) -> (Nanos, Failure) {
    let patience = core.patience;
    let timeout = due + patience.timeout;
    if timeout <= patience.last {
        (timeout, Failure::Timeout)
    } else {
        (patience.last, Failure::Stuck)
    }
}

fn flatten(answer: Result<Result<Served, Failure>, Failure>) -> Result<Served, Failure> {
    answer.and_then(|inner| inner)
}
