//! Where requests come from: an open loop's schedule, read ahead in batches, or a closed loop's users.

use std::cell::RefCell;

use rand_pcg::Pcg64Dxsm;

use super::machine::Machine;
use super::queue::{Class, Target};
use crate::key::Item;
use crate::law::Sampler;
use crate::plan::{Event, Load, Plan};
use crate::random::{generator, purpose, stream};
use crate::time::Nanos;
use crate::traffic::{Fan, Items, Schedule};

/// Arrivals drawn at a time. Their items' cache slots are read together, so that the misses in memory overlap; a
/// request at a time would wait for each (a spike: a third of the time at 1e6 items).
const BATCH: usize = 128;

/// An open loop.
#[derive(Debug)]
pub(super) struct Open {
    schedule: Option<Schedule>,
    items: Items,
    fan: Fan,
    /// The number of the next request to be drawn.
    number: u64,
    rng: Pcg64Dxsm,
    batch: Vec<(Nanos, Item)>,
    next: usize,
}

impl Open {
    /// The loop as these events change its rate.
    pub(super) fn new(plan: &Plan, events: &[Event]) -> Self {
        Self {
            schedule: Schedule::new(plan.seed, &plan.traffic.load, events, plan.duration),
            items: Items::new(&plan.traffic.keys),
            fan: Fan::new(plan.seed, &plan.traffic),
            number: 0,
            rng: stream(plan.seed, "items"),
            batch: Vec::with_capacity(BATCH),
            next: 0,
        }
    }

    /// When the next request is due; [`Nanos::FOREVER`] after the last.
    #[inline]
    pub(super) fn due(&mut self, machine: &RefCell<Machine>) -> Nanos {
        if self.next == self.batch.len() {
            self.refill();
            let items = self.batch.iter().map(|(_, item)| *item);
            std::hint::black_box(machine.borrow().warm_up(items));
        }
        self.batch.get(self.next).map_or(Nanos::FOREVER, |arrival| arrival.0)
    }

    /// The loop as these events change its rate, after the requests that were taken from this one: a change of rate moves
    /// none before it, and the items are the same.
    pub(super) fn changed(&self, plan: &Plan, events: &[Event]) -> Self {
        let mut changed = Self::new(plan, events);
        let mut left = self.number as usize - (self.batch.len() - self.next);
        while left > 0 {
            changed.refill();
            if changed.batch.is_empty() {
                break; // there are no more
            }
            changed.next = left.min(changed.batch.len());
            left -= changed.next;
        }
        changed
    }

    fn refill(&mut self) {
        self.batch.clear();
        self.next = 0;
        let Some(schedule) = &mut self.schedule else { return };
        let (items, fan, rng) = (&mut self.items, &self.fan, &mut self.rng);
        let first = self.number;
        self.batch.extend(
            (schedule.take(BATCH).zip(first..))
                .map(|(due, number)| (due, fan.item(items.next(rng).0, number))),
        );
        self.number += self.batch.len() as u64;
    }

    /// The item of the next request, which is then over.
    #[inline]
    pub(super) fn take(&mut self) -> Item {
        self.next += 1;
        self.batch[self.next - 1].1
    }
}

/// A closed loop: each user's items and thoughts are his own, whatever the others do.
#[derive(Debug)]
pub(super) struct Users {
    seed: u64,
    end: Nanos,
    think: Sampler,
    /// Nothing for an open loop.
    items: Option<Items>,
    fan: Fan,
    /// How often each user has asked.
    asked: Vec<u32>,
    /// Users whose next request is in the queue.
    thinking: u32,
}

impl Users {
    pub(super) fn new(plan: &Plan) -> Self {
        let (count, think) = match &plan.traffic.load {
            Load::Open { .. } | Load::Recorded { .. } => (0, Sampler::Constant(Nanos::ZERO)),
            Load::Closed { users, think } => (*users, think.sampler()),
        };
        Self {
            seed: plan.seed,
            end: plan.duration,
            think,
            items: (count > 0).then(|| Items::new(&plan.traffic.keys)),
            fan: Fan::new(plan.seed, &plan.traffic),
            asked: vec![0; count as usize],
            thinking: 0,
        }
    }

    /// All users begin to think.
    pub(super) fn begin(&mut self, machine: &mut Machine) {
        (0..self.asked.len() as u32).for_each(|user| self.think(machine, user));
    }

    /// A user thinks, and asks again if the run is not over by then.
    pub(super) fn think(&mut self, machine: &mut Machine, user: u32) {
        let Some(&nth) = self.asked.get(user as usize) else { return };
        let span = self.think.sample(&mut generator(
            self.seed,
            u64::from(user),
            purpose::THINK + u64::from(nth),
        ));
        if machine.now + span < self.end {
            self.thinking += 1;
            let now = machine.now;
            machine.queue.push(now, span, Class::Arrival, Target::User(user));
        }
    }

    /// What that user asks for now, with the request of that number.
    pub(super) fn ask(&mut self, user: u32, number: u64) -> Item {
        self.thinking -= 1;
        let nth = &mut self.asked[user as usize];
        let mut rng = generator(self.seed, u64::from(user), purpose::USER_ITEM + u64::from(*nth));
        *nth += 1;
        let rank = self.items.as_mut().map_or(0, |items| items.next(&mut rng).0);
        self.fan.item(rank, number)
    }

    pub(super) const fn thinking(&self) -> u32 {
        self.thinking
    }
}
