//! Sending: the open loop's schedule and the closed loop's users.

use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Load, Plan};
use herdlab_sim::random::{generator, process_of, purpose, stream};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::{Fan, Items, Schedule};
use tokio::task::{JoinSet, spawn_local};

use crate::clock::Clock;
use crate::timer::Timer;

/// A generator that is behind sends so many before it lets answers in: otherwise none would ever come.
pub(crate) const BURST: usize = 64;

/// A core, as those see it who send its requests.
pub(crate) trait Serves: 'static {
    /// The run's.
    fn clock(&self) -> Clock;
    /// Its own.
    fn timer(&self) -> &Timer;
    /// Makes requests out of ranks.
    fn fan(&self) -> &Fan;
    /// A request is about to be sent.
    fn opened(&self);
    /// Serves a request of the schedule.
    fn serve(self: Rc<Self>, due: Due) -> impl Future<Output = ()> + 'static;
    /// Serves a user's request until the user hears of it; whether it ever will.
    fn answer(self: Rc<Self>, due: Due) -> impl Future<Output = bool>;
}

/// One request, as the schedule has it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Due {
    pub(crate) at: Nanos,
    pub(crate) number: u64,
    pub(crate) process: u32,
    pub(crate) item: Item,
}

/// Sends what is due from processes that are `ours`, until the end of the run.
pub(crate) async fn send<C: Serves>(core: Rc<C>, plan: Plan, ours: impl Fn(u32) -> bool) {
    if let Load::Closed { users, think } = &plan.traffic.load {
        return send_as_users(&core, &plan, *users, think, ours).await;
    }
    let schedule = schedule(&plan).filter(|due| ours(due.process));
    send_on_schedule(&core, schedule).await;
}

/// Every request of an open loop, whichever core sends it. Each core goes through all of them: that is cheap, and makes
/// the cores together exactly the one schedule that virtual time runs.
fn schedule(plan: &Plan) -> impl Iterator<Item = Due> {
    let (seed, processes) = (plan.seed, plan.traffic.processes);
    let (mut items, fan) = (Items::new(&plan.traffic.keys), Fan::new(seed, &plan.traffic));
    let mut draws = stream(seed, "items");
    let dues = Schedule::new(seed, &plan.traffic.load, &plan.events, plan.duration);
    dues.into_iter().flatten().zip(0..).map(move |(at, number)| Due {
        at,
        number,
        process: process_of(seed, number, processes),
        item: fan.item(items.next(&mut draws).0, number),
    })
}

async fn send_on_schedule<C: Serves>(core: &Rc<C>, schedule: impl Iterator<Item = Due>) {
    for (nth, due) in schedule.enumerate() {
        if core.clock().now() < due.at {
            core.timer().at(core.clock().monotonic(due.at)).await;
        } else if nth % BURST == 0 {
            step_back().await;
        }
        core.opened();
        spawn_local(Rc::clone(core).serve(due));
    }
}

/// Lets every other task that is ready run once. Tokio's own `yield_now` lets 61 run, so a generator that is behind would
/// send faster than answers are looked at, and its memory would be the only thing to grow.
pub(crate) async fn step_back() {
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

async fn send_as_users<C: Serves>(
    core: &Rc<C>,
    plan: &Plan,
    users: u32,
    think: &Law,
    ours: impl Fn(u32) -> bool,
) {
    let items = Items::new(&plan.traffic.keys);
    let mut all = JoinSet::new();
    for number in 0..users {
        let process = process_of(plan.seed, u64::from(number), plan.traffic.processes);
        if ours(process) {
            let user = User { number, users, process, items: items.clone(), think: think.clone() };
            all.spawn_local(user.live(Rc::clone(core), plan.seed, plan.duration));
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
    async fn live<C: Serves>(mut self, core: Rc<C>, seed: u64, end: Nanos) {
        let think = self.think.sampler();
        for nth in 0.. {
            let mut draws = generator(seed, u64::from(self.number), purpose::THINK + nth);
            let at = core.clock().now() + think.sample(&mut draws);
            if at >= end {
                return;
            }
            core.timer().at(core.clock().monotonic(at)).await;
            let number = u64::from(self.number) << 32 | nth;
            let item = core.fan().item(self.rank(seed, nth), number);
            let due = Due { at, number, process: self.process, item };
            core.opened();
            if !Rc::clone(&core).answer(due).await {
                return; // the run is over
            }
        }
    }

    /// The rank of the user's n-th item; of a trace, every `users`-th belongs to a user.
    fn rank(&mut self, seed: u64, nth: u64) -> u32 {
        if let Items::Trace(trace, at) = &mut self.items {
            let place = u64::from(self.number) + nth * u64::from(self.users);
            *at = (place % trace.items().len() as u64) as usize;
        }
        let mut draws = generator(seed, u64::from(self.number), purpose::USER_ITEM + nth);
        self.items.next(&mut draws).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic;
    use std::cell::{Cell, RefCell};
    use std::pin::pin;
    use tokio::runtime::{Builder, LocalOptions};

    /// A core that only notes when requests were sent.
    struct Notes {
        clock: Clock,
        timer: Timer,
        fan: Fan,
        sent: RefCell<Vec<(Nanos, Nanos)>>,
    }

    impl Serves for Notes {
        fn clock(&self) -> Clock {
            self.clock
        }

        fn timer(&self) -> &Timer {
            &self.timer
        }

        fn fan(&self) -> &Fan {
            &self.fan
        }

        fn opened(&self) {}

        async fn serve(self: Rc<Self>, due: Due) {
            self.sent.borrow_mut().push((due.at, self.clock.now()));
        }

        async fn answer(self: Rc<Self>, _: Due) -> bool {
            true
        }
    }

    /// Sends a request every millisecond for 200 ms with that tick; how often the sender woke, and when each was sent.
    fn sent_with(tick: Nanos) -> (u64, Vec<(Nanos, Nanos)>) {
        let runtime =
            Builder::new_current_thread().enable_io().build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(async {
            let timer = Timer::new(tick).expect("a timerfd");
            spawn_local(timer.clone().drive());
            let (clock, fan) = (Clock::starting_at(monotonic()), Fan::new(1, &Default::default()));
            let core = Rc::new(Notes { clock, timer, fan, sent: RefCell::default() });
            let due =
                |number| Due { at: Nanos::from_millis(number), number, process: 0, item: Item(0) };
            let (wakes, sender) = (Cell::new(0), Rc::clone(&core));
            let mut sending = pin!(send_on_schedule(&sender, (1..=200).map(due)));
            poll_fn(|cx| {
                wakes.set(wakes.get() + 1);
                sending.as_mut().poll(cx)
            })
            .await;
            step_back().await; // those which were sent last
            (wakes.get(), core.sent.take())
        })
    }

    #[test]
    fn what_is_due_within_a_tick_is_sent_at_one_wake_and_never_early() {
        let (wakes, sent) = sent_with(Nanos::from_millis(20));
        assert_eq!(sent.len(), 200);
        assert!(sent.iter().all(|(due, sent)| sent >= due), "{sent:?}");
        // A wake a tick, its first and its last; and a generator that is behind steps back after every 64.
        assert!(wakes <= 200 / 20 + 2 + 200 / BURST as u64, "{wakes} wakes");
    }
}
