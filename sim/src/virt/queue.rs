//! Events in order: by time, at equal times by kind, within a kind by sequence.
//!
//! An event is one `u128`, most significant first: 58 bits of time (9.1 years in nanoseconds), 2 of class, 40 of
//! sequence, 3 of target kind, 25 of target. A binary heap holds them; spans that are always the same (the cache's
//! latency, the clients' patience, no time at all) have a FIFO lane each, where pushing and popping cost nothing.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::time::Nanos;

const TIME_SHIFT: u32 = 70;
const CLASS_SHIFT: u32 = 68;
const SEQUENCE_SHIFT: u32 = 28;
const KIND_SHIFT: u32 = 25;

/// The largest number of a target.
pub(super) const TARGET_LIMIT: u32 = 1 << KIND_SHIFT;
/// The last instant there is; later ones are cut to it.
const LAST: u64 = (1 << 58) - 1;

/// What comes first at equal times.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub(super) enum Class {
    /// Results: cache operations, origin calls, leads, the scenario's events.
    Result,
    /// A client gives up.
    Deadline,
    /// A sleep is over.
    Sleep,
    /// A request is due.
    Arrival,
}

/// What an event is for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// Poll the request in that slot.
    Request(u32),
    /// Poll the work in that slot.
    Behind(u32),
    /// Begin the work of that number.
    Begin(u32),
    /// A call of the origin's is up.
    Origin(u32),
    /// A write whose sender is gone takes effect.
    Write(u32),
    /// The client of the request in that slot gives up.
    Deadline(u32),
    /// The scenario's event of that number happens.
    Script(u32),
    /// That user asks.
    User(u32),
}

impl Target {
    const fn bits(self) -> u128 {
        let (kind, which) = match self {
            Self::Request(n) => (0, n),
            Self::Behind(n) => (1, n),
            Self::Begin(n) => (2, n),
            Self::Origin(n) => (3, n),
            Self::Write(n) => (4, n),
            Self::Deadline(n) => (5, n),
            Self::Script(n) => (6, n),
            Self::User(n) => (7, n),
        };
        (kind as u128) << KIND_SHIFT | which as u128
    }
}

/// One event.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Event(u128);

impl Event {
    /// No event: earlier than all.
    pub(super) const ZERO: Self = Self(0);

    fn new(at: Nanos, class: Class, sequence: u64, target: Target) -> Self {
        Self(
            (at.as_nanos().min(LAST) as u128) << TIME_SHIFT
                | (class as u128) << CLASS_SHIFT
                | (sequence as u128) << SEQUENCE_SHIFT
                | target.bits(),
        )
    }

    /// The instant of an arrival: later than every event due then.
    pub(super) fn arrival(at: Nanos, sequence: u64) -> Self {
        Self::new(at, Class::Arrival, sequence, Target::Request(0))
    }

    /// When.
    pub(super) const fn at(self) -> Nanos {
        Nanos::from_nanos((self.0 >> TIME_SHIFT) as u64)
    }

    /// Its number: later events have higher ones.
    pub(super) const fn sequence(self) -> u64 {
        (self.0 >> SEQUENCE_SHIFT) as u64 & ((1 << 40) - 1)
    }

    /// For whom.
    pub(super) const fn target(self) -> Target {
        let which = self.0 as u32 & (TARGET_LIMIT - 1);
        match (self.0 >> KIND_SHIFT) & 7 {
            0 => Target::Request(which),
            1 => Target::Behind(which),
            2 => Target::Begin(which),
            3 => Target::Origin(which),
            4 => Target::Write(which),
            5 => Target::Deadline(which),
            6 => Target::Script(which),
            _ => Target::User(which),
        }
    }

    /// The same instant, kind and place in line for another target.
    pub(super) const fn retarget(self, target: Target) -> Self {
        Self(self.0 >> SEQUENCE_SHIFT << SEQUENCE_SHIFT | target.bits())
    }
}

/// A span that is always the same.
#[derive(Debug)]
struct Lane {
    span: Nanos,
    class: Class,
    events: VecDeque<Event>,
}

/// The events to come.
#[derive(Debug)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Event>>,
    lanes: Vec<Lane>,
    sequence: u64,
}

impl Queue {
    /// An empty queue with lanes for these spans.
    pub(super) fn new(lanes: impl IntoIterator<Item = (Nanos, Class)>) -> Self {
        let lanes =
            lanes.into_iter().map(|(span, class)| Lane { span, class, events: VecDeque::new() });
        Self { heap: BinaryHeap::new(), lanes: lanes.collect(), sequence: 1 }
    }

    /// The number of the next event.
    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// An event `span` after `now`.
    #[inline]
    pub(super) fn push(&mut self, now: Nanos, span: Nanos, class: Class, target: Target) -> Event {
        let event = Event::new(now + span, class, self.sequence, target);
        self.sequence += 1;
        match self.lanes.iter_mut().find(|lane| lane.span == span && lane.class == class) {
            Some(lane) => lane.events.push_back(event),
            None => self.heap.push(Reverse(event)),
        }
        event
    }

    /// A place in line `span` after `now`, for an event to be [inserted](Self::insert).
    pub(super) fn reserve(&mut self, now: Nanos, span: Nanos, class: Class) -> Event {
        let event = Event::new(now + span, class, self.sequence, Target::Write(0));
        self.sequence += 1;
        event
    }

    /// An event that has its place already.
    pub(super) fn insert(&mut self, event: Event) {
        self.heap.push(Reverse(event));
    }

    /// The first event due at `until` or before, and no later than an arrival due then.
    #[inline]
    pub(super) fn pop_until(&mut self, until: Nanos) -> Option<Event> {
        let mut first = self.heap.peek().map(|Reverse(event)| *event);
        let mut from = None;
        for (index, lane) in self.lanes.iter().enumerate() {
            if let Some(&front) = lane.events.front()
                && first.is_none_or(|best| front < best)
            {
                first = Some(front);
                from = Some(index);
            }
        }
        let event = first.filter(|event| event.at() <= until)?;
        match from {
            Some(lane) => _ = self.lanes[lane].events.pop_front(),
            None => _ = self.heap.pop(),
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn at_equal_times_results_come_first_then_deadlines_then_sleeps_then_arrivals() {
        let mut queue = Queue::new([(Nanos::SECOND, Class::Deadline)]);
        for (class, n) in [
            (Class::Arrival, 0),
            (Class::Sleep, 1),
            (Class::Deadline, 2),
            (Class::Result, 3),
            (Class::Result, 4),
        ] {
            queue.push(Nanos::ZERO, Nanos::SECOND, class, Target::Request(n));
        }
        let order: Vec<Target> =
            std::iter::from_fn(|| queue.pop_until(Nanos::FOREVER)).map(Event::target).collect();
        assert_eq!(order, [3, 4, 2, 1, 0].map(Target::Request));
    }

    #[test]
    fn targets_survive_packing() {
        let last = TARGET_LIMIT - 1;
        for target in [
            Target::Request(last),
            Target::Behind(1),
            Target::Begin(2),
            Target::Origin(3),
            Target::Write(4),
            Target::Deadline(5),
            Target::Script(6),
            Target::User(last),
        ] {
            let event = Event::new(Nanos::FOREVER, Class::Arrival, 77, target);
            assert_eq!((event.target(), event.sequence()), (target, 77));
            assert_eq!(event.retarget(Target::Write(9)).target(), Target::Write(9));
        }
    }

    proptest! {
        #[test]
        fn lanes_and_heap_give_one_order(steps in prop::collection::vec((0..4_u64, 0..3_u64, 0..2_u8), 1..300)) {
            let ns = Nanos::from_nanos;
            let mut queue = Queue::new([(ns(0), Class::Result), (ns(2), Class::Result), (ns(2), Class::Deadline)]);
            let (mut now, mut naive) = (ns(0), Vec::new());
            for (ahead, span, class) in steps {
                let class = if class == 0 { Class::Result } else { Class::Deadline };
                naive.push(queue.push(now, ns(span), class, Target::Request(0)));
                now += ns(ahead);
                naive.sort_unstable();
                let (due, later) = naive.iter().partition::<Vec<_>, _>(|event: &&Event| event.at() <= now);
                let popped: Vec<Event> = std::iter::from_fn(|| queue.pop_until(now)).collect();
                prop_assert_eq!(popped, due);
                naive = later;
            }
        }
    }
}
